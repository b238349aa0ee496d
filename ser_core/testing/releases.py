"""Miniatures of TESS, CREMA-D, SAVEE, EMO-DB, IEMOCAP and RAVDESS song: their folders, names and tables."""

import csv
import itertools
import zlib
from collections.abc import Iterable
from pathlib import Path

from ser_core.corpora import cremad, emodb, iemocap, ravdess_song, savee, tess
from ser_core.errors import ConfigError
from ser_core.testing.files import encode
from ser_core.testing.miniature import emotional

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 72862\n" % (b"0" * 64)
"""What Git LFS leaves in place of an audio file."""

_TESS_WORDS = ("back", "bite", "chair", "dog", "gap", "hall", "keen", "mood")
# As spelled in a widely used copy of the release.
_TESS_FOLDERS = {
    ("OAF", "fear"): "OAF_Fear",
    ("OAF", "ps"): "OAF_Pleasant_surprise",
    ("OAF", "sad"): "OAF_Sad",
    ("YAF", "ps"): "YAF_pleasant_surprised",
}


def _write(file: Path, emotion: str | None, *, voice: int, duration_s: float, kind: str) -> None:
    """A clip that sounds like `emotion`, or calm where the shared label set has none, beside its name."""
    file = file.with_name(f"{file.name}.{kind}")
    file.parent.mkdir(parents=True, exist_ok=True)
    seed = zlib.crc32(file.stem.encode())
    file.write_bytes(encode(emotional(emotion or "calm", speaker=voice, duration_s=duration_s, seed=seed), kind=kind))


def make_tess(root: Path | str, *, words: int = 3, duration_s: float = 0.5, kind: str = "wav") -> Path:
    """Write a miniature of TESS with the folders of its release, whose case varies, and its one misspelt file.

    Parameters
    ----------
    root : Path or str
        Data root; the corpus comes into its folder ``tess``.
    words : int
        Words that each actress says in each of the seven emotions, at most 8; from 2 on with ``OA_bite_neutral``.
    duration_s : float
        Length of a clip, seconds.
    kind : str
        Ending and encoding, see `encode`.

    Returns
    -------
    Path
        The folder ``root/tess``; it holds 14 clips per word.
    """
    folder = Path(root) / "tess"
    for voice, speaker in enumerate(tess.AGES):
        for word, (code, emotion) in itertools.product(_TESS_WORDS[:words], tess.EMOTION_CODES.items()):
            place = folder / _TESS_FOLDERS.get((speaker, code), f"{speaker}_{code}")
            name = str(tess.TessName(speaker, word, code))
            _write(place / name, emotion, voice=2 + 2 * voice, duration_s=duration_s, kind=kind)
    return folder


def make_cremad(
    root: Path | str,
    *,
    actors: int = 4,
    sentences: int = 1,
    tables: bool = True,
    duration_s: float = 0.5,
    kind: str = "wav",
) -> Path:
    """Write a miniature of CREMA-D with its tables of actors and raters.

    The raters hear what was meant, but a third of the time neutral, and anger tied with disgust in the clips of the
    actor 1002. The EmoBox list names the clips of every fourth actor.

    Parameters
    ----------
    root : Path or str
        Data root; the corpus comes into its folder ``cremad``.
    actors : int
        The first so many; odd ones are men of 20 years and more, even ones women.
    sentences : int
        Sentences per actor: the first, IEO, gives 16 clips at three intensities, each further one 6.
    tables : bool
        Whether to write ``VideoDemographics.csv``, ``processedResults/summaryTable.csv`` and ``emobox_test.txt``.
    duration_s : float
        Length of a clip, seconds.
    kind : str
        Ending and encoding, see `encode`.

    Returns
    -------
    Path
        The folder ``root/cremad``.
    """
    folder = Path(root) / "cremad"
    names = [
        cremad.CremadName(str(1000 + actor), sentence, code, intensity)
        for actor in range(1, actors + 1)
        for sentence in list(cremad.SENTENCES)[:sentences]
        for code in cremad.EMOTION_CODES
        for intensity in (("LO", "MD", "HI") if sentence == "IEO" and code != "NEU" else ("XX",))
    ]
    for name in names:
        emotion = cremad.EMOTION_CODES[name.emotion]
        _write(folder / "AudioWAV" / str(name), emotion, voice=int(name.actor), duration_s=duration_s, kind=kind)
    if tables:
        _write_cremad_tables(folder, names)
    return folder


def _write_cremad_tables(folder: Path, names: list) -> None:
    people = dict.fromkeys(int(name.actor) for name in names)
    _write_csv(
        folder / "VideoDemographics.csv",
        ["ActorID", "Age", "Sex", "Race", "Ethnicity"],
        [[actor, actor - 981, "Male" if actor % 2 else "Female", "Unknown", "Unknown"] for actor in people],
    )
    rows = []
    for i, name in enumerate(names):
        vote, level = ("N", "61.25") if i % 3 == 2 else (name.emotion[0], "70")
        if name.actor == "1002" and name.emotion == "ANG":
            vote, level = "A:D", "40:60"
        rows.append([i + 1, name, vote, level, vote, level, vote, level])
    columns = ["", "FileName", "VoiceVote", "VoiceLevel", "FaceVote", "FaceLevel", "MultiModalVote", "MultiModalLevel"]
    _write_csv(folder / "processedResults" / "summaryTable.csv", columns, rows)
    test = [str(name) for name in names if int(name.actor) % 4 == 0]
    (folder / "emobox_test.txt").write_text("\n".join(test) + "\n", encoding="utf-8")


def _write_csv(file: Path, columns: list, rows: list[list]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])


def make_savee(
    root: Path | str, *, layout: str = "folders", sentences: int = 2, duration_s: float = 0.5, kind: str = "wav"
) -> Path:
    """Write a miniature of SAVEE.

    Parameters
    ----------
    root : Path or str
        Data root; the corpus comes into its folder ``savee``.
    layout : {'folders', 'flat'}
        ``DC/a01`` as released, or ``DC_a01``.
    sentences : int
        Sentences per speaker and emotion, at most 15; neutral has twice as many.
    duration_s : float
        Length of a clip, seconds.
    kind : str
        Ending and encoding, see `encode`.

    Returns
    -------
    Path
        The folder ``root/savee``; it holds 32 clips per sentence.

    Raises
    ------
    ConfigError
        If `layout` is neither.
    """
    if layout not in ("folders", "flat"):
        raise ConfigError(f"SAVEE lies in 'folders' or 'flat', got {layout!r}.")
    folder = Path(root) / "savee"
    for voice, speaker in enumerate(savee.SPEAKERS):
        for code, emotion in savee.EMOTION_CODES.items():
            for number in range(1, sentences * (2 if code == "n" else 1) + 1):
                name = f"{speaker}{'/' if layout == 'folders' else '_'}{code}{number:02}"
                _write(folder / name, emotion, voice=1 + 2 * voice, duration_s=duration_s, kind=kind)
    return folder


def make_emodb(root: Path | str, *, speakers: int = 4, duration_s: float = 0.5, kind: str = "wav") -> Path:
    """Write a miniature of EMO-DB: each speaker says the first sentence in each of the seven emotions, in two takes.

    Parameters
    ----------
    root : Path or str
        Data root; the corpus comes into its folder ``emodb``.
    speakers : int
        The first so many of the ten.
    duration_s : float
        Length of a clip, seconds.
    kind : str
        Ending and encoding, see `encode`.

    Returns
    -------
    Path
        The folder ``root/emodb``; its ``wav`` holds 14 clips per speaker.
    """
    folder = Path(root) / "emodb"
    for i, (speaker, (sex, _)) in enumerate(list(emodb.SPEAKERS.items())[:speakers]):
        for (code, emotion), version in itertools.product(emodb.EMOTION_CODES.items(), "ab"):
            voice = 2 * i + (2 if sex == "female" else 1)
            _write(
                folder / "wav" / f"{speaker}a01{code}{version}", emotion, voice=voice, duration_s=duration_s, kind=kind
            )
    return folder


def make_iemocap(
    root: Path | str, *, sessions: int = 2, tables: bool = True, duration_s: float = 0.5, kind: str = "wav"
) -> Path:
    """Write a miniature of IEMOCAP: per session one improvised and one scripted dialogue of eleven turns each.

    Each dialogue has a turn of each of the eleven codes, by the woman and the man by turns, rated from 1 to 5.5.

    Parameters
    ----------
    root : Path or str
        Data root; the corpus comes into its folder ``iemocap``.
    sessions : int
        The first so many of the five; each has a woman and a man of its own.
    tables : bool
        Whether to write ``EmoEvaluation`` and ``transcriptions``.
    duration_s : float
        Length of a turn, seconds.
    kind : str
        Ending and encoding, see `encode`.

    Returns
    -------
    Path
        The folder ``root/iemocap``; it holds 22 turns per session.
    """
    folder = Path(root) / "iemocap"
    for session, scene in itertools.product(range(1, sessions + 1), ("impro01", "script01_1")):
        place = folder / f"Session{session}"
        dialogue = f"Ses0{session}F_{scene}"
        evaluation, transcription = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""], []
        for i, (code, emotion) in enumerate(iemocap.EMOTION_CODES.items()):
            sex = "FM"[i % 2]
            turn = f"{dialogue}_{sex}{i // 2:03}"
            voice = 2 * session + (0 if sex == "F" else 1)
            _write(
                place / "sentences" / "wav" / dialogue / turn, emotion, voice=voice, duration_s=duration_s, kind=kind
            )
            ratings = ", ".join(f"{value:.4f}" for value in (1 + 0.45 * i, 3.0, 5.5 - 0.45 * i))
            evaluation += [f"[{i}.0000 - {i + 1}.0000]\t{turn}\t{code}\t[{ratings}]", "C-E2:\tNeutral;\t()", ""]
            transcription.append(f"{turn} [{i:03}.0000-{i + 1:03}.0000]: Turn number {i}.")
        if tables:
            for kind_of_table, lines in (("EmoEvaluation", evaluation), ("transcriptions", transcription)):
                table = place / "dialog" / kind_of_table / f"{dialogue}.txt"
                table.parent.mkdir(parents=True, exist_ok=True)
                table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def make_ravdess_song(
    root: Path | str,
    *,
    actors: int | Iterable[int] = 2,
    folder: str = "ravdess-song",
    duration_s: float = 0.5,
    kind: str = "wav",
) -> Path:
    """Write a miniature of RAVDESS song: each actor sings the first sentence once in each emotion and intensity.

    Parameters
    ----------
    root : Path or str
        Data root.
    actors : int or iterable of int
        The first so many actors, or their numbers.
    folder : str
        Folder below `root`; ``"ravdess"`` mixes it with the speech, as many copies do.
    duration_s : float
        Length of a clip, seconds.
    kind : str
        Ending and encoding, see `encode`.

    Returns
    -------
    Path
        The folder; it holds 11 clips per actor.
    """
    place = Path(root) / folder
    for actor in range(1, actors + 1) if isinstance(actors, int) else actors:
        for (code, emotion), intensity in itertools.product(ravdess_song.CORPUS.labels.items(), ("01", "02")):
            if (emotion, intensity) != ("neutral", "02"):
                name = f"03-02-{code}-{intensity}-01-01-{actor:02}"
                _write(place / f"Actor_{actor:02}" / name, emotion, voice=actor, duration_s=duration_s, kind=kind)
    return place
