"""Where a corpus of one's own comes from: a folder or a table on this machine, or a zip file to upload."""

from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import streamlit as st

from ser_core import settings
from ser_core.corpora.own import Definition, guess_columns, guess_scale, paths, read_table, upload
from ser_core.corpora.own.definition import RATINGS
from ser_core.corpora.own.folder import levels
from ser_core.corpora.own.table import Table
from ser_core.corpora.own.tables import ENDINGS
from ser_core.corpora.own.upload import Staged
from ser_core.corpora.scan import audio_files
from ser_core.errors import ConfigError, SERError
from ui import working
from ui.format import bytes_text
from ui.markdown import plain

FORMS = {
    "folder": "A folder per emotion",
    "table": "A table of clips",
    "zip": "Upload a zip file",
}
"""Forms of a corpus -> as the page calls them."""

_TURN = "corpora-turn"
_STAGED = "corpora-staged"
_FIELDS = {
    "path": ("File", "Path of the recording, from the folder of the table"),
    "emotion": ("Emotion", "The word for the emotion"),
    "speaker": ("Speaker", "Who speaks: needed for tests on unseen speakers"),
    "sex": ("Sex", "female or male, f or m"),
    "age": ("Age", "Years"),
    "intensity": ("Intensity", "How strong, in words"),
    "text": ("Sentence", "What is said"),
    "language": ("Language", "ISO 639 code"),
    "valence": ("Valence", "How pleasant"),
    "arousal": ("Arousal", "How excited"),
    "dominance": ("Dominance", "How much in control"),
}
_NONE = "(none)"
_COLUMNS = 4
_NAMES_SHOWN = 3
# Files by whose folders the speaker may be told: enough to see how a corpus is laid out.
_LOOKED_AT = 5_000


@dataclass(frozen=True)
class Source:
    """What a visitor chose.

    Attributes
    ----------
    draft : Definition
        Where it lies and how to read it, without a name of its own.
    table : Table or None
        The table, read.
    staged : Staged or None
        What was uploaded, if anything was.
    name : str
        What the corpus may be called.
    """

    draft: Definition
    table: Table | None
    staged: Staged | None
    name: str


def pick() -> Source | None:
    """The form: what to read and how; None until enough is said."""
    form = st.segmented_control(
        "Form",
        tuple(FORMS),
        format_func=FORMS.get,
        default="folder",
        required=True,
        key="corpora-form",
        persist_state="session",
        label_visibility="collapsed",
    )
    try:
        return {"folder": _folder, "table": _table, "zip": _zip}[form]()
    except SERError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


# the three forms


def _folder() -> Source | None:
    text = _path("Folder", key="corpora-folder", placeholder="~/recordings", note="With a subfolder per emotion.")
    if not text:
        return None
    folder = paths.allowed(text)
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder; for a table choose “{FORMS['table']}”.")
    return _of_folder(folder, staged=None, name=folder.name)


def _table() -> Source | None:
    note = f"{', '.join(ENDINGS)}; one row per recording."
    text = _path("Table", key="corpora-table", placeholder="~/recordings/labels.csv", note=note)
    if not text:
        return None
    file = paths.allowed(text)
    start = _path(
        "Folder that its paths start from",
        key="corpora-audio",
        placeholder="the folder of the table",
        note="Leave it empty where the table lies beside the recordings.",
    )
    folder = paths.allowed(start) if start else file.parent
    return _of_table(file, folder=folder, staged=None, name=file.stem)


def _zip() -> Source | None:
    limits = settings.OWN_LIMITS
    turn = _turn()
    left, right = st.columns(2)
    packed = left.file_uploader(
        "Zip file of recordings",
        type="zip",
        key=f"corpora-zip-{turn}",
        max_upload_size=limits.max_upload_bytes >> 20,
        help=f"A folder per emotion, or any folders where a table says the emotions. At most "
        f"{bytes_text(limits.max_upload_bytes)}, unpacked {bytes_text(limits.max_unpacked_bytes)}.",
    )
    listed = right.file_uploader(
        "Table (where folders do not say the emotion)",
        type=[ending.removeprefix(".") for ending in ENDINGS],
        key=f"corpora-zip-table-{turn}",
        help="One row per recording; paths as in the zip file.",
    )
    if packed is None:
        return None
    table = (listed.name, listed.getvalue()) if listed is not None else None
    key = f"unpack {packed.file_id} {listed.file_id if listed is not None else ''}"
    staged = working.result(key, partial(upload.stage, packed, table=table), words=f"Unpacking {plain(packed.name)}")
    if staged is None:
        return None
    if not staged.audio.is_dir():
        working.forget(key)
        raise ConfigError("This upload was dropped meanwhile. Choose the file again.")
    _drop_former(staged)
    name = Path(packed.name).stem
    if staged.table is None:
        return _of_folder(staged.audio, staged=staged, name=name)
    return _of_table(staged.table, folder=staged.audio, staged=staged, name=name)


def _drop_former(staged: Staged) -> None:
    """Delete what this visitor uploaded before and did not add."""
    former = st.session_state.get(_STAGED)
    if former is not None and former.place != staged.place:
        upload.discard(former)
    st.session_state[_STAGED] = staged


def clear() -> None:
    """Callback: begin anew. The form gets fresh widgets, for a browser may still send what stood in the old ones."""
    st.session_state[_TURN] = _turn() + 1


def _turn() -> int:
    return st.session_state.get(_TURN, 0)


def _path(label: str, *, key: str, placeholder: str, note: str) -> str:
    allowed = ", ".join(dict.fromkeys(map(str, settings.own_folders())))
    help = f"{note} On the machine that runs this app, below {allowed}; the recordings stay where they are."
    key = f"{key}-{_turn()}"
    text = st.text_input(label, key=key, placeholder=placeholder, help=plain(help), persist_state="session")
    return text.strip()


# how to read them


def _of_folder(folder: Path, *, staged: Staged | None, name: str) -> Source:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        how = _speaker(folder, column=None)
    return Source(Definition("draft", folder, **how), None, staged, name)


def _of_table(file: Path, *, folder: Path, staged: Staged | None, name: str) -> Source | None:
    status = file.stat()
    table = _read_table(str(file), (status.st_mtime_ns, status.st_size))
    guess = guess_columns(table)
    key = f"{file}-{hash(table.columns)}"
    st.caption(f"{len(table.rows):,} rows. Which column says what? What could be guessed is filled in.")
    columns = {}
    places = st.columns(_COLUMNS)
    for i, (field, (title, help)) in enumerate(_FIELDS.items()):
        options = [_NONE, *table.columns]
        index = options.index(guess[field]) if field in guess else 0
        chosen = places[i % _COLUMNS].selectbox(title, options, index=index, key=f"corpora-{field}-{key}", help=help)
        if chosen != _NONE:
            columns[field] = chosen
    if "path" not in columns:
        st.info("Choose the column that names the files.", icon=":material/info:")
        return None
    base = folder if staged is None else upload.base_of(staged, table, columns["path"])
    how = _scale(table, columns, key) | _speaker(base, column=columns.get("speaker"))
    return Source(Definition("draft", base, table=file, columns=columns, **how), table, staged, name)


def _scale(table: Table, columns: dict[str, str], key: str) -> dict:
    if not set(RATINGS) & set(columns):
        return {}
    low, high = guess_scale(table, columns)
    with st.container(horizontal=True):
        help = "Ratings are brought from this scale to -1 to 1."
        least = st.number_input("Ratings from", value=low, key=f"corpora-low-{key}", help=help, width=160)
        most = st.number_input("to", value=high, key=f"corpora-high-{key}", width=160)
    return {"scale": (least, most)}


def _speaker(folder: Path, *, column: str | None) -> dict:
    """Who speaks, where no column says it: a folder, or a part of the file's name."""
    if column is not None:
        return {}
    found = _levels(str(folder), folder.stat().st_mtime_ns)
    folders = {str(level.number): _level_text(level) for level in found}
    options = {"": "unknown", **folders, "name": "part of the file name"}
    chosen = st.selectbox(
        "Speaker",
        tuple(options),
        format_func=options.get,
        key=f"corpora-speaker-{folder}",
        help="Tests on unseen speakers need to know who speaks.",
        width=340,
    )
    if chosen != "name":
        return {"speaker_folder": int(chosen) if chosen else None}
    pattern = st.text_input(
        "Pattern",
        "^([^_]+)_",
        key="corpora-pattern",
        help=plain(
            "A regular expression whose first group, in parentheses, is the speaker. ^([^_]+)_ takes what stands "
            "before the first underscore of the file's name."
        ),
        persist_state="session",
        width=260,
    )
    return {"speaker_pattern": pattern}


def _level_text(level) -> str:
    names = ", ".join(level.names[:_NAMES_SHOWN]) + (", …" if len(level.names) > _NAMES_SHOWN else "")
    return f"folder {level.number}: {names} ({len(level.names)})"


@st.cache_data(max_entries=4, show_spinner=False)
def _levels(folder: str, stamp: int) -> list:
    place = Path(folder)
    return levels([file.relative_to(place) for file in islice(audio_files(place), _LOOKED_AT)])


# Shared by all visitors, so none is changed.
@st.cache_resource(max_entries=2, show_spinner="Reading the table …")
def _read_table(file: str, stamp: tuple[int, int]) -> Table:
    return read_table(Path(file))
