"""What a user's table holds, as rows of text."""

from dataclasses import dataclass

from ser_core.corpora.own.findings import Finding
from ser_core.errors import ConfigError
from ser_core.settings import OwnLimits


@dataclass(frozen=True)
class Table:
    """Rows of text.

    Attributes
    ----------
    columns : tuple of str
        Names of the columns, each once.
    rows : list of tuple
        Row as `Finding.row` counts it, and its cells that are not empty by column.
    findings : tuple of Finding
        What is wrong with the form of the table; rows that cannot be used are left out.
    """

    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]
    findings: tuple[Finding, ...] = ()


def check_size(*, rows: int = 0, columns: int = 0, limits: OwnLimits) -> None:
    """Stop at a table of more rows or columns than are read.

    Raises
    ------
    ConfigError
        If there are more.
    """
    if rows > limits.max_clips:
        raise ConfigError(f"The table has more than {limits.max_clips:,} rows, which are the most that are read.")
    if columns > limits.max_columns:
        raise ConfigError(f"The table has more than {limits.max_columns} columns; leave out those that are not needed.")
