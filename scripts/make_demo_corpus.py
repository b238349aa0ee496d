"""Make the synthetic demo corpus in data/demo.

Needs espeak-ng on the machine and scripts/requirements-demo.txt in the environment; nothing else of the project does.
The same versions make the same bytes.

    python scripts/make_demo_corpus.py            make the clips, the manifest and the checksums
    python scripts/make_demo_corpus.py --table    measure the finished clips
"""

import argparse
import csv
import hashlib
import io
import sys
import zlib
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.demo_corpus import finish, measure, ogg, vocoder
from scripts.demo_corpus.espeak import Espeak
from scripts.demo_corpus.plan import COLUMNS, SENTENCES, VOICES, Item, items
from scripts.demo_corpus.prosody import acted
from ser_core.labels import EMOTIONS
from ser_core.settings import demo_dir

WORDS_PER_MINUTE = 168


def write(path: Path, data: bytes) -> None:
    """Write a file so that it is never seen half done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)


def manifest_bytes(rows: list[dict[str, str]]) -> bytes:
    """The manifest as CSV."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, fieldnames=COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


class Studio:
    """Says items of the plan; reads each sentence once for each voice."""

    def __init__(self):
        vocoder.world()  # fails before any work is done, where it is missing
        self._espeak = Espeak()
        self._voices: dict[str, tuple[dict[str, vocoder.Analysis], np.ndarray]] = {}

    def _prepared(self, voice):
        if voice.name not in self._voices:
            readings = {}
            for sentence in SENTENCES:
                reading = self._espeak.read(
                    sentence.text, voice=voice.espeak, words_per_minute=WORDS_PER_MINUTE, pitch=voice.note
                )
                readings[sentence.name] = vocoder.analyse(reading, formants=voice.formants)
            self._voices[voice.name] = readings, vocoder.voice_equaliser(list(readings.values()))
        return self._voices[voice.name]

    def say(self, item: Item) -> np.ndarray:
        """The finished clip at 16 kHz [shape=(t,)], the same whenever it is made."""
        readings, equaliser = self._prepared(item.voice)
        analysis = readings[item.sentence.name]
        rng = np.random.default_rng(zlib.crc32(item.file.encode()))
        prosody = acted(item.emotion, intensity=item.intensity, expression=item.voice.expression, rng=rng)
        signal = vocoder.act(
            analysis, sentence=item.sentence, voice=item.voice, prosody=prosody, equaliser=equaliser, rng=rng
        )
        return finish.finish(
            signal, sr=analysis.sr, level_db=prosody.level_db, room_seed=VOICES.index(item.voice), rng=rng
        )


def make(folder: Path) -> None:
    """Make every clip, the manifest and the checksums in `folder`; clips that the plan no longer has are removed."""
    studio = Studio()
    rows, sums = [], []
    for item in items():
        data = ogg.encode(studio.say(item), sr=finish.SAMPLING_RATE, name=item.file)
        write(folder / item.file, data)
        rows.append(item.row())
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {item.file}\n")
    write(folder / "manifest.csv", manifest_bytes(rows))
    write(folder / "SHA256SUMS", "".join(sums).encode())
    wanted = {row["file"] for row in rows}
    for path in (folder / "audio").glob("*.ogg"):
        if path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    size = sum((folder / row["file"]).stat().st_size for row in rows)
    print(f"{len(rows)} clips, {size / 1e6:.2f} MB, in {folder}")


def show(folder: Path) -> None:
    """Print the measured prosody of the clips in `folder`."""
    with (folder / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    measured = []
    for row in rows:
        signal, sr = soundfile.read(folder / row["file"])
        measured.append(measure.functionals(signal, sr=sr))
    print(measure.table(rows, measured, order=EMOTIONS.names))
    recall = measure.leave_one_voice_out(
        np.array([list(values.values()) for values in measured]),
        np.array([row["emotion"] for row in rows]),
        np.array([row["speaker"] for row in rows]),
    )
    print(f"\nEmotion of an unseen voice by nearest class mean: UAR {recall:.2f} (chance {1 / len(EMOTIONS):.3f})")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--out", type=Path, default=demo_dir(), help="folder of the corpus (default: data/demo)")
    parser.add_argument("--table", action="store_true", help="measure the clips that are there, make nothing")
    arguments = parser.parse_args()
    try:
        (show if arguments.table else make)(arguments.out)
    except (RuntimeError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
