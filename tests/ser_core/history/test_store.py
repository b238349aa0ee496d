import dataclasses
import sqlite3
import threading
from datetime import date

import pytest

from ser_core.errors import ConfigError, HistoryError
from ser_core.history import Entry, History, Query
from ser_core.recordings import Segment
from ser_core.settings import HistoryLimits
from tests.ser_core.history.conftest import MONDAY, SECRET, entry, sound

OTHER = "f" * 64


def names(found):
    return [each.name for each in found]


def test_what_is_added_is_found_as_it_was(history):
    first = entry("a.wav", "sad", uncertain=True, abstained=True, reason="music")
    history.add([first, entry("b.wav", hours=1)])
    assert names(history.find()) == ["b.wav", "a.wav"]
    assert history.find()[1] == first and history.get(first.key) == first
    assert history.find(limit=1)[0].name == "b.wav"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(text="größe"), ["Größe 1.wav"]),
        (Query(text="GRÖSSE"), ["Größe 1.wav"]),
        (Query(text="wav 1"), ["Größe 1.wav"]),
        (Query(text="100% _"), []),
        (Query(text="music"), ["song.mp3"]),
        (Query(emotions=("sad",)), ["late.wav"]),
        (Query(emotions=("angry",)), []),
        (Query(emotions=("sad", "happy")), ["late.wav", "Größe 1.wav"]),
        (Query(models=("n",)), ["late.wav"]),
        (Query(views=("batch",)), ["song.mp3"]),
        (Query(answers=("abstained",)), ["song.mp3"]),
        (Query(answers=("uncertain", "corrected")), ["late.wav", "Größe 1.wav"]),
        (Query(answers=("sure",)), ["Größe 1.wav"]),
        (Query(first=date(2026, 3, 3)), ["late.wav"]),
        (Query(last=date(2026, 3, 2)), ["song.mp3", "Größe 1.wav"]),
        (Query(text="'; DROP TABLE entries; --"), []),
    ],
)
def test_what_is_looked_for(history, query, found):
    happy = entry("Größe 1.wav")
    history.add(
        [
            happy,
            entry("song.mp3", hours=1, uncertain=True, abstained=True, reason="it is music", view="batch"),
            entry("late.wav", "sad", hours=15, uncertain=True, reason="low", model="n"),
        ]
    )
    history.correct(happy.key, "happy")
    assert names(history.find(query)) == found


def test_what_there_is_to_look_for(history):
    assert history.facets().days is None and history.facets().models == ()
    one = entry("a.wav", hours=20)
    unanswered = entry("b.wav", "sad", abstained=True, uncertain=True, reason="x", view="batch", model="n")
    history.add([one, unanswered])
    history.correct(one.key, "fear")
    found = history.facets()
    assert (found.emotions, found.models, found.views) == (("fear",), ("m", "n"), ("clip", "batch"))
    assert found.days == (date(2026, 3, 2), date(2026, 3, 3))
    assert history.digests(Query(views=("batch",))) == [unanswered.sha256]


def test_a_correction_outlives_a_new_answer_and_can_be_taken_back(history):
    said = entry("a.wav")
    history.add([said])
    history.correct(said.key, "fear", speaker=" Anna\n")
    history.add([dataclasses.replace(said, label="sad", made=MONDAY.replace(hour=20))])
    (found,) = history.find()
    assert (found.label, found.corrected, found.speaker, found.emotion, found.made.hour) == (
        *("sad", "fear", "Anna", "fear", 20),
    )
    history.correct(said.key, None)
    assert history.find()[0].emotion == "sad"
    with pytest.raises(ConfigError, match="corrected to one of neutral"):
        history.correct(said.key, "bored")
    with pytest.raises(ConfigError, match="no longer"):
        history.correct("0" * 16, "sad")


def test_stretches_of_a_recording_stand_apart(history):
    segments = [
        Segment(start=s, end=s + 2, turn=1, label="sad", probabilities={"sad": 1.0}, uncertain=False, reason=None)
        for s in (0.0, 2.0)
    ]
    history.add([Entry.of(each, view="recording", name="talk.mp3", model="m", made=MONDAY) for each in segments])
    history.add([Entry.of(each, view="recording", name="talk.mp3", model="m", made=MONDAY) for each in segments])
    assert [(each.start_s, each.duration_s) for each in history.find()] == [(2.0, 2.0), (0.0, 2.0)]


def test_audio_goes_when_the_last_entry_that_needs_it_does(history):
    content, digest = sound(1)
    two = [entry("a.wav", sha256=digest), entry("a.wav", sha256=digest, model="n")]
    history.add(two, audio={digest: content})
    assert history.audio(digest) == content and history.heard() == {digest}
    assert history.stats() == dataclasses.replace(history.stats(), entries=2, clips=1, audio_bytes=len(content))
    assert history.delete([two[0].key]) == 1 and history.audio(digest) == content
    assert history.delete([two[1].key, "unknown"]) == 1 and history.audio(digest) is None


def test_limits_drop_the_oldest_and_spare_what_was_corrected(tmp_path):
    sounds = [sound(i) for i in range(4)]
    size = len(sounds[0][0])
    limits = HistoryLimits(max_entries=3, max_audio_bytes=2 * size + 100, max_all_entries=9, max_all_audio_bytes=9**9)
    history = History(tmp_path, secret=SECRET, limits=limits)
    entries = [entry(f"{i}.wav", hours=i, sha256=digest) for i, (_, digest) in enumerate(sounds)]
    for i in range(3):
        history.add([entries[i]], audio={sounds[i][1]: sounds[i][0]})
        if i == 0:
            history.correct(entries[0].key, "sad")
    assert history.heard() == {sounds[0][1], sounds[2][1]}
    history.add([entries[3]], audio={sounds[3][1]: sounds[3][0]})
    assert names(history.find()) == ["3.wav", "2.wav", "0.wav"]
    assert history.heard() == {sounds[0][1], sounds[3][1]}


def test_limits_of_all_visitors_together(tmp_path):
    sounds = [sound(i) for i in range(3)]
    size = len(sounds[0][0])
    limits = HistoryLimits(max_entries=9, max_audio_bytes=9**9, max_all_entries=2, max_all_audio_bytes=2 * size + 100)
    visitors = [History(tmp_path, secret=secret, limits=limits) for secret in (SECRET, OTHER)]
    for visitor in visitors:
        visitor.keep_audio(True)
    for i, (content, digest) in enumerate(sounds):
        visitors[i % 2].add([entry(f"{i}.wav", hours=i, sha256=digest)], audio={digest: content})
    assert [names(visitor.find()) for visitor in visitors] == [["2.wav"], ["1.wav"]]
    assert [visitor.heard() for visitor in visitors] == [{sounds[2][1]}, {sounds[1][1]}]


def test_visitors_never_see_each_others(kept):
    content, digest = sound(1)
    mine = entry("mine.wav", sha256=digest)
    kept.keep_audio(True)
    kept.add([mine], audio={digest: content})
    other = History(kept.folder, secret=OTHER)
    assert other.find() == [] and other.audio(digest) is None and other.stats().entries == 0
    assert other.delete([mine.key]) == 0 and other.clear() == 0
    with pytest.raises(ConfigError):
        other.correct(mine.key, "sad")
    assert kept.find() == [mine] and kept.audio(digest) == content


@pytest.mark.parametrize("secret", ["", "short", "../" * 21 + "x", SECRET.upper(), "g" * 64])
def test_a_secret_of_another_form(tmp_path, secret):
    with pytest.raises(ConfigError, match="64 hexadecimal"):
        History(tmp_path, secret=secret)


def test_what_is_kept_outlives_the_process_and_the_secret_is_not_stored(kept):
    content, digest = sound(1)
    kept.add([entry("a.wav", sha256=digest)], audio={digest: content})
    again = History(kept.folder, secret=SECRET)
    # The audio was in memory: nobody had asked for more.
    assert names(again.find()) == ["a.wav"] and again.audio(digest) is None and kept.audio(digest) == content
    assert SECRET.encode() not in (kept.folder / "history.sqlite").read_bytes()
    assert SECRET not in str(kept.place)


def test_audio_is_written_and_deleted_on_request(kept):
    content, digest = sound(1)
    kept.add([entry("a.wav", sha256=digest)], audio={digest: content})
    kept.keep_audio(True)
    file = kept.place / "audio" / f"{digest}.wav"
    assert file.read_bytes() == content
    assert History(kept.folder, secret=SECRET).audio(digest) == content
    kept.keep_audio(False)
    assert not file.exists() and kept.audio(digest) is None


def test_all_is_deleted_from_the_disk_too(kept):
    content, digest = sound(1)
    kept.keep_audio(True)
    kept.add([entry("unmistakable-name.wav", sha256=digest)], audio={digest: content})
    assert b"unmistakable-name" in (kept.folder / "history.sqlite").read_bytes()
    assert kept.clear() == 1
    assert kept.find() == [] and not kept.place.exists() and not kept.keeps_audio
    assert b"unmistakable-name" not in (kept.folder / "history.sqlite").read_bytes()


def test_several_threads(history):
    def add(i):
        for j in range(6):
            history.add([entry(f"{i}-{j}.wav")])

    threads = [threading.Thread(target=add, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert history.stats().entries == 24


def test_memory_keeps_nothing_on_disk():
    with pytest.raises(ConfigError, match="in memory"):
        History().keep_audio(True)


def test_a_file_that_is_no_history(tmp_path):
    (tmp_path / "history.sqlite").write_bytes(b"something else entirely" * 100)
    with pytest.raises(HistoryError, match="damaged"):
        History(tmp_path, secret=SECRET)


def test_a_history_of_another_version(tmp_path):
    with sqlite3.connect(tmp_path / "history.sqlite") as other:
        other.execute("PRAGMA user_version = 7")
    with pytest.raises(HistoryError, match=r"another version of this app \(7\)"):
        History(tmp_path, secret=SECRET)


def test_a_place_that_cannot_be_used(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(HistoryError, match="cannot be used"):
        History(tmp_path / "file", secret=SECRET)
