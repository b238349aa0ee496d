"""Which column of a user's table says what: a guess for the user to confirm."""

from ser_core.corpora.own.definition import FIELDS, RATINGS
from ser_core.corpora.own.table import Table
from ser_core.corpora.own.values import SCALE
from ser_core.corpora.own.words import meaning
from ser_core.corpora.scan import AUDIO_ENDINGS

# Names in use, the surest first; compared without case, spaces and punctuation.
_NAMES = {
    "path": "path filepath file filename audiopath audiofile wavpath wavfile audio wav clip recording fname name datei "
    "uri clipid",
    "emotion": "emotion emotionlabel label emo emotionname category class target emotioncategory gefuhl",
    "speaker": "speaker speakerid spk spkid spkrid actor actorid subject subjectid clientid sprecher participant",
    "sex": "sex gender geschlecht speakersex speakergender",
    "age": "age speakerage alter",
    "intensity": "intensity emotionintensity emotionlevel strength level",
    "text": "text sentence transcript transcription utterance statement words satz",
    "language": "language lang locale sprache",
    "valence": "valence val emoval v pleasure",
    "arousal": "arousal aro emoact activation act a",
    "dominance": "dominance dom emodom d",
}
_SAMPLE = 200
_MOST = 0.5
# Scales of ratings in use: self-assessment manikins on 1-5, 1-7 and 1-9, and 0-1.
_SCALES = (SCALE, (0.0, 1.0), (1.0, 5.0), (1.0, 7.0), (1.0, 9.0), (0.0, 10.0), (0.0, 100.0))


def guess_columns(table: Table) -> dict[str, str]:
    """Field -> column, by the columns' names and, for file and emotion, by what stands in them.

    Returns
    -------
    dict
        In the order of `FIELDS`; fields without a likely column are left out, and no column is taken twice.
    """
    plain = {name: "".join(c for c in name.casefold() if c.isalnum()) for name in table.columns}
    found: dict[str, str] = {}
    for field in FIELDS:
        free = [name for name in table.columns if name not in found.values()]
        wanted = _NAMES[field].split()
        named = sorted((wanted.index(plain[name]), name) for name in free if plain[name] in wanted)
        column = named[0][1] if named else None
        if field == "path" and (column is None or not _holds_files(table, column)):
            column = next((name for name in free if _holds_files(table, name)), column)
        if field == "emotion" and column is None:
            column = next((name for name in free if _holds_emotions(table, name)), None)
        if column is not None:
            found[field] = column
    return found


def guess_scale(table: Table, columns: dict[str, str]) -> tuple[float, float]:
    """The narrowest scale in use that holds all ratings of a table; [-1, 1] where it has none."""
    numbers = []
    for field in RATINGS:
        for text in _cells(table, columns.get(field), sample=False):
            try:
                numbers.append(float(text))
            except ValueError:
                continue
    return next((s for s in _SCALES if numbers and s[0] <= min(numbers) and max(numbers) <= s[1]), SCALE)


def _cells(table: Table, column: str | None, *, sample: bool = True) -> list[str]:
    rows = table.rows[:_SAMPLE] if sample else table.rows
    return [row[column] for _, row in rows if column in row]


def _holds_files(table: Table, column: str) -> bool:
    cells = _cells(table, column)
    return sum(cell.casefold().endswith(AUDIO_ENDINGS) for cell in cells) > _MOST * max(len(cells), 1)


def _holds_emotions(table: Table, column: str) -> bool:
    cells = _cells(table, column)
    return sum(meaning(cell).emotion is not None for cell in cells) > _MOST * max(len(cells), 1)
