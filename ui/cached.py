"""Loaders that the pages share, each behind a bounded cache.

Keys hold what identifies the data (a name, a folder, a time stamp, a SHA-256), never large arrays, of which Streamlit
would hash only a sample. Heavy modules are imported where they are needed, so that a first page paints at once.
"""

from pathlib import Path

import streamlit as st

from ser_core import settings


def _stamp(path: Path) -> int:
    """Time of the last change of a file or folder, ns; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def manifest(name: str):
    """Manifest of a corpus (DataFrame, one row per clip), read again when its definition, table or folders change."""
    from ser_core import corpora

    corpus = corpora.get(name)
    stamps = tuple(map(_stamp, (corpus.manifest_file(), *corpus.folders())))
    return _manifest(name, str(settings.data_root()), corpus.version, stamps)


@st.cache_data(max_entries=8, show_spinner="Reading the list of clips …")
def _manifest(name: str, root: str, version: str, stamps: tuple[int, ...]):
    from ser_core import corpora

    return corpora.manifest(name)


def forget_manifests() -> None:
    """Read every manifest again at its next use, as after a download."""
    _manifest.clear()


@st.cache_data(max_entries=32, max_size="64mb", show_spinner=False)
def audio(sha256: str, *, sr: int | None, _path: Path):
    """Decoded `Audio` of a clip, keyed by the SHA-256 of its encoded bytes.

    Parameters
    ----------
    sha256 : str
        Digest of the encoded bytes, from the manifest.
    sr : int or None
        Sampling rate to resample to, Hz; None keeps the clip's own.
    _path : Path
        File that holds the bytes.
    """
    from ser_core.audio import decode

    return decode(_path, sr=sr)


@st.cache_data(max_entries=16, max_size="32mb", show_spinner=False)
def decoded(sha256: str, *, sr: int, _content: bytes):
    """Decoded `Audio` of a clip that a visitor brought, keyed by the SHA-256 of its bytes, resampled to `sr`, Hz."""
    from ser_core.audio import decode

    return decode(_content, sr=sr)


def predictor(name: str):
    """`Predictor` of a model folder, loaded once per version of the folder and shared by all visitors."""
    folder = settings.models_dir() / name
    return _predictor(name, str(folder), _stamp(folder / "card.json"), _stamp(folder / "model.onnx"))


@st.cache_resource(max_entries=6, show_spinner="Loading the model …")
def _predictor(name: str, folder: str, card_stamp: int, model_stamp: int):
    from ser_core.serving import Predictor

    return Predictor(folder)


def runs() -> list:
    """The finished run folders, by name; cheap, for a `Run` reads its tables only when asked."""
    from ser_core.experiments import list_runs

    return list_runs()


def score(kind: str, run, *, corpus: str | None = None):
    """A score of a run, kept until the run is made again.

    Parameters
    ----------
    kind : str
        Name of a function of `ser_core.evaluation` that takes a run: ``"summarise"``, ``"confusion"``,
        ``"per_emotion"``, ``"learning_curve"``, ``"calibration"``, ``"coverage"``...
    run : ser_core.experiments.Run
        The run.
    corpus : str, optional
        Only its clips of this corpus.
    """
    return _score(kind, str(run.folder), corpus, _stamp(run.folder / "predictions.parquet"), run)


@st.cache_data(max_entries=1024, max_size="128mb", show_spinner=False)
def _score(kind: str, folder: str, corpus: str | None, stamp: int, _run):
    from ser_core import evaluation

    return getattr(evaluation, kind)(_run if corpus is None else evaluation.Part(_run, corpus))
