"""Ways to bring a voice to the page: sample clips, a file, and two recorders. Each gives a `VoiceClip`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from ser_core import settings
from ser_core.labels import EMOTIONS
from ui import cached

#: Between the theme's accents: at least 3:1 on white and on the dark ground, where the recorder's own grey vanishes.
RECORDER_COLOUR = "#2593AA"
RECORDING_COLOUR = "#D4351C"

#: Silence that ends a hands-free recording, seconds: longer than a pause for breath.
PAUSE_S = 1.5

#: A WAV header without frames, which the hands-free recorder can send when it is first clicked.
_HEADER_BYTES = 44

#: The synthetic clip to begin with: the default model gets it right, as it does with few machine-made voices.
FIRST_CLIP = "demo/v2_angry_strong_s1"

_KEPT = "predict-kept-clips"


@dataclass(frozen=True)
class VoiceClip:
    """A clip to be judged, and what is known of it.

    Attributes
    ----------
    name : str
        What the reader calls it.
    content : bytes
        The encoded clip.
    emotion : str or None
        What the corpus says it expresses; None for a voice of the user.
    corpus : str or None
        Corpus that it is from.
    about : str
        One line about where it is from.
    """

    name: str
    content: bytes
    emotion: str | None = None
    corpus: str | None = None
    about: str = ""


def choose() -> VoiceClip | None:
    """Draw the choice of ways in, then the chosen one; the clip that is there, None while there is none."""
    way = st.segmented_control(
        "Where is the voice?",
        list(_WAYS),
        default="sample",
        required=True,
        format_func=str.capitalize,
        key="voice",
        bind="query-params",
        width="stretch",
    )
    with st.container(key="predict-input"):
        return _WAYS[way]()


def _sample() -> VoiceClip | None:
    """A clip of a corpus whose files are on this machine, by emotion and speaker."""
    from ser_core import corpora

    present = [name for name in corpora.names() if corpora.get(name).is_present()]
    if not present:
        st.info("No sample clips on this machine. Upload a file or record your voice; both need nothing else.")
        return None
    # The synthetic voices first: they ship, so that every visitor meets the same page at once.
    present.sort(key=lambda name: (not corpora.get(name).synthetic, name))
    _take_from_address(present)
    left, middle, right = st.columns([2, 2, 3])
    name = left.selectbox(
        "Voices",
        present,
        index=_place("predict-corpus", present),
        format_func=lambda each: corpora.get(each).title,
        key="predict-corpus",
        persist_state="session",
    )
    corpus, table = corpora.get(name), cached.manifest(name)
    table = table[table["emotion"].notna()]
    emotion = _pick_emotion(EMOTIONS.ordered(table["emotion"]), key=f"predict-emotion-{name}")
    table = table[table["emotion"] == emotion]
    speakers = sorted(table["speaker"].unique())
    speaker = middle.selectbox(
        "Speaker",
        speakers,
        index=_place(f"predict-speaker-{name}", speakers),
        format_func=_speaker_titles(table).get,
        key=f"predict-speaker-{name}",
        persist_state="session",
    )
    table = table[table["speaker"] == speaker].set_index("clip_id")
    titles = _clip_titles(table)
    key = f"predict-clip-{name}"
    clip_id = right.selectbox(
        "Clip",
        list(table.index),
        index=_place(key, list(table.index)),
        format_func=titles.get,
        key=key,
        persist_state="session",
    )
    if all(corpora.get(each).synthetic for each in present):
        st.page_link("pages/Explore.py", label="Hear real voices: get RAVDESS", icon=":material/download:")
    path = corpus.clip_path(table.loc[clip_id, "path"])
    if path is None:
        st.warning(f"The file of this clip is gone. {corpus.how_to_get}")
        return None
    kind = "synthetic voice, made by a machine" if corpus.synthetic else f"from {corpus.title}, acted"
    return VoiceClip(
        name=f"{speaker}, {titles[clip_id]}",
        content=path.read_bytes(),
        emotion=emotion,
        corpus=name,
        about=f"Meant to sound {EMOTIONS[emotion].adjective} ({kind}).",
    )


def _take_from_address(present: list[str]) -> None:
    """Put the clip that a link names (``?sample=ravdess/03-01-...``) into the pickers, once; the front page does so."""
    first = "" if "predict-corpus" in st.session_state else FIRST_CLIP
    clip_id = st.query_params.pop("sample", first)
    name = clip_id.partition("/")[0]
    if name not in present:
        return
    rows = cached.manifest(name).set_index("clip_id")
    if clip_id in rows.index and isinstance(rows.loc[clip_id, "emotion"], str):
        st.session_state["predict-corpus"] = name
        st.session_state[f"predict-emotion-{name}"] = rows.loc[clip_id, "emotion"]
        st.session_state[f"predict-speaker-{name}"] = rows.loc[clip_id, "speaker"]
        st.session_state[f"predict-clip-{name}"] = clip_id


def _place(key: str, options: Sequence[str]) -> int:
    """Where what was set stands among the options; told with every run, as in `ui.state.choice`."""
    value = st.session_state.get(key)
    return options.index(value) if value in options else 0


def _pick_emotion(names: tuple[str, ...], *, key: str) -> str:
    return st.pills(
        "Meant to sound",
        names,
        default=names[_place(key, names)],
        required=True,
        format_func=lambda name: EMOTIONS[name].title,
        key=key,
        persist_state="session",
    )


def _speaker_titles(table) -> dict[str, str]:
    known = table.drop_duplicates("speaker").set_index("speaker")["sex"]
    return {speaker: f"{speaker} ({sex})" if isinstance(sex, str) else speaker for speaker, sex in known.items()}


def _clip_titles(table) -> dict[str, str]:
    """What tells the clips of one speaker and emotion apart: text and intensity, numbered where that is not enough."""
    titles: dict[str, str] = {}
    seen: dict[str, int] = {}
    for clip_id, text, intensity in table[["text", "intensity"]].astype(object).itertuples():
        parts = [f"“{text}”" if isinstance(text, str) else clip_id.rsplit("/", 1)[-1]]
        if isinstance(intensity, str):
            parts.append(intensity)
        title = ", ".join(parts)
        seen[title] = seen.get(title, 0) + 1
        titles[clip_id] = title if seen[title] == 1 else f"{title}, take {seen[title]}"
    return titles


def _upload() -> VoiceClip | None:
    limits = settings.LIMITS
    # Any file may be dropped: what is no audio gets an explanation, where a filter would only refuse it.
    st.file_uploader(
        "A recording of one voice",
        key="predict-upload",
        on_change=_keep_file,
        args=("upload", "predict-upload"),
        max_upload_size=limits.max_bytes // 2**20,
        help="Nothing is stored: the file stays in this session's memory until you leave.",
    )
    st.caption(
        f"WAV, MP3, FLAC, OGG, Opus, M4A or WebM, at most {limits.max_bytes // 2**20} MB and "
        f"{limits.max_duration_s:g} s. A sentence of 2 to 5 s works best."
    )
    return _kept("upload")


def _record() -> VoiceClip | None:
    st.audio_input(
        "Record a sentence, then press stop",
        sample_rate=16_000,
        key="predict-record",
        on_change=_keep_file,
        args=("record", "predict-record"),
    )
    st.caption("Your browser asks for the microphone. The recording stays in this session's memory until you leave.")
    return _kept("record")


def _hands_free() -> VoiceClip | None:
    from audio_recorder_streamlit import audio_recorder

    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        with st.container(width=64):
            content = audio_recorder(
                text="",
                pause_threshold=PAUSE_S,
                neutral_color=RECORDER_COLOUR,
                recording_color=RECORDING_COLOUR,
                icon_size="3x",
                key="predict-hands-free",
            )
        st.markdown(
            f"Press the microphone and speak; the recording ends by itself after {PAUSE_S:g} s of silence. "
            "The microphone is red while it listens."
        )
    if content and len(content) <= _HEADER_BYTES:
        # The recorder gives up when the microphone's first moment is digital silence, as it is while it starts up.
        st.info("The microphone was still starting, nothing was recorded. Press it again.", icon=":material/mic:")
    elif content:
        _keep("hands-free", VoiceClip(name="your recording", content=content))
    st.caption("Without a mouse use *Record*, which works by keyboard. The recording stays in this session's memory.")
    return _kept("hands-free")


def _keep_file(way: str, key: str) -> None:
    """Keep what an upload widget holds, since the widget forgets it as soon as another way in is shown."""
    file = st.session_state[key]
    if file is None:
        _keep(way, None)
    else:
        _keep(way, VoiceClip(name=file.name if way == "upload" else "your recording", content=file.getvalue()))


def _keep(way: str, clip: VoiceClip | None) -> None:
    st.session_state.setdefault(_KEPT, {})[way] = clip


def _kept(way: str) -> VoiceClip | None:
    return st.session_state.get(_KEPT, {}).get(way)


#: Way in -> what draws it. The names, capitalised, stand on the buttons and in the page's address.
_WAYS: dict[str, Callable[[], VoiceClip | None]] = {
    "sample": _sample,
    "upload": _upload,
    "record": _record,
    "hands-free": _hands_free,
}
