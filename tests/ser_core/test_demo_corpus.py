"""The demo corpus that ships, and the parts of its script that need neither espeak-ng nor the vocoder."""

import csv
import hashlib
from collections import Counter

import numpy as np
import pytest
import soundfile

from scripts.demo_corpus import finish, melody, ogg, timbre, timing
from scripts.demo_corpus.espeak import EVENT_PHONE, EVENT_WORD, Phone, phones_of
from scripts.demo_corpus.measure import leave_one_voice_out
from scripts.demo_corpus.plan import COLUMNS, SENTENCES, VOICES, Sentence, items
from scripts.demo_corpus.prosody import NEUTRAL, PROSODY, acted, move
from ser_core.labels import EMOTIONS
from ser_core.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "data" / "demo"
STEP = 0.0025


@pytest.fixture(scope="module")
def rows():
    with (FOLDER / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def clips(rows):
    return {row["file"]: soundfile.read(FOLDER / row["file"]) for row in rows}


class TestShippedFiles:
    def test_manifest_lists_what_the_plan_says(self, rows):
        assert tuple(rows[0]) == COLUMNS
        assert rows == [item.row() for item in items()]

    def test_each_voice_speaks_every_emotion(self, rows):
        counts = Counter((row["speaker"], row["emotion"], row["intensity"]) for row in rows)
        for voice in VOICES:
            for emotion in EMOTIONS:
                assert counts[voice.name, emotion, "normal"] == len(SENTENCES)
                assert counts[voice.name, emotion, "strong"] == (0 if emotion == "neutral" else len(SENTENCES))

    def test_two_women_and_two_men(self, rows):
        assert Counter(sex for _, sex in {(row["speaker"], row["sex"]) for row in rows}) == {"female": 2, "male": 2}

    def test_nothing_is_missing_and_nothing_left_over(self, rows):
        assert {path.relative_to(FOLDER).as_posix() for path in (FOLDER / "audio").iterdir()} == {
            row["file"] for row in rows
        }

    def test_checksums(self, rows):
        sums = dict(reversed(line.split("  ")) for line in (FOLDER / "SHA256SUMS").read_text().splitlines())
        assert set(sums) == {row["file"] for row in rows}
        for file, expected in sums.items():
            assert hashlib.sha256((FOLDER / file).read_bytes()).hexdigest() == expected, file

    def test_size(self):
        assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 3_000_000

    def test_names_are_plain(self, rows):
        for row in rows:
            assert row["file"].isascii()
            assert set(row["file"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789_/.")

    def test_mono_16_khz_of_fitting_length(self, clips):
        for file, (signal, sr) in clips.items():
            assert sr == 16_000, file
            assert signal.ndim == 1, file
            assert 1.5 <= len(signal) / sr <= 3.5, file

    def test_level_without_clipping(self, clips):
        for file, (signal, sr) in clips.items():
            assert np.abs(signal).max() < 0.95, file
            assert -38.0 < finish.active_db(signal, sr=sr) < -18.0, file

    def test_little_silence_at_the_ends(self, clips):
        for file, (signal, sr) in clips.items():
            levels = finish.frame_db(signal, sr=sr)
            loud = np.flatnonzero(levels > levels.max() - 35.0) * finish.FRAME_S
            assert loud[0] < 0.25, file
            assert len(signal) / sr - loud[-1] < 0.3, file

    def test_ends_are_faded(self, clips):
        for file, (signal, _) in clips.items():
            assert np.abs(signal[[0, -1]]).max() < 0.01, file

    def test_anger_is_louder_and_sadness_slower_and_darker_than_neutral(self, rows, clips):
        def mean(emotion, measure):
            return np.mean([measure(*clips[row["file"]]) for row in rows if row["emotion"] == emotion])

        def level(signal, sr):
            return finish.active_db(signal, sr=sr)

        def length(signal, sr):
            return len(signal) / sr

        def centroid(signal, sr):
            power = np.abs(np.fft.rfft(signal)) ** 2
            return (power * np.fft.rfftfreq(len(signal), 1 / sr)).sum() / power.sum()

        assert mean("sad", level) + 3 < mean("neutral", level) < mean("angry", level) - 3
        assert mean("angry", length) < mean("neutral", length) < mean("sad", length)
        assert mean("sad", centroid) < mean("neutral", centroid) < mean("angry", centroid)

    def test_readme_says_what_it_is(self):
        text = (FOLDER / "README.md").read_text()
        for word in ("synthetic", "No human voice", "espeak-ng", "CC0", "Not for"):
            assert word in text


class TestProsody:
    def test_every_emotion_has_its_settings(self):
        assert tuple(PROSODY) == EMOTIONS.names
        assert PROSODY["neutral"] == NEUTRAL

    def test_move_by_zero_is_neutral_and_by_one_changes_nothing(self):
        assert move(PROSODY["angry"], 0.0) == NEUTRAL
        assert move(PROSODY["angry"], 1.0) == PROSODY["angry"]

    def test_move_scales_the_distance_from_neutral(self):
        assert move(PROSODY["happy"], 2.0).final_st == pytest.approx(2.0 * 2.0 + 2.5)

    def test_strong_goes_further_than_normal(self):
        settings = [
            acted("fear", intensity=intensity, expression=1.0, rng=np.random.default_rng(0))
            for intensity in ("normal", "strong")
        ]
        assert settings[1].pitch_st > settings[0].pitch_st > 0

    def test_same_seed_same_prosody(self):
        a, b = (acted("sad", intensity="normal", expression=1.0, rng=np.random.default_rng(5)) for _ in range(2))
        assert a == b


PHONES = (
    Phone("D", 0.0, 0.05, 0),
    Phone("@", 0.05, 0.10, 0),
    Phone("t", 0.10, 0.20, 1),
    Phone("eI", 0.20, 0.40, 1),
    Phone("n", 0.40, 0.50, 1),
    Phone("s", 0.50, 0.60, 2),
    Phone("aI", 0.60, 0.85, 2),
    Phone("_", 0.85, 0.95, 2),
)
SENTENCE = Sentence("t", "The train sigh.", (0.0, 1.0, 1.0), 1)


def a_timeline(**settings):
    prosody = move(NEUTRAL, 1.0) if not settings else NEUTRAL.__class__(**settings)
    return timing.timeline(PHONES, sentence=SENTENCE, prosody=prosody, rate=1.0, rng=np.random.default_rng(0))


class TestTiming:
    def test_follows_the_reading(self):
        line = a_timeline(drawl=0.0)
        assert line.duration == pytest.approx(0.85, rel=0.1)
        assert line.source[[0, -1]] == pytest.approx([0.0, 0.85])
        assert np.all(np.diff(line.knots) > 0)
        assert [s.accent for s in line.syllables] == [0.0, 1.0, 1.0]

    def test_half_the_tempo_stretches_vowels_more_than_stops(self):
        slow, plain = a_timeline(rate_log2=-1.0, drawl=0.0), a_timeline(drawl=0.0)
        ratio = np.diff(slow.knots) / np.diff(plain.knots)
        assert ratio[3] == pytest.approx(2.0**1.25)
        assert ratio[2] == pytest.approx(2.0**0.5)

    def test_pause_stands_after_its_word(self):
        line = a_timeline(pause_s=0.2)
        start, stop = line.pause
        assert stop - start == pytest.approx(0.2)
        assert np.interp(start, line.knots, line.source) == pytest.approx(0.5)
        assert np.interp(stop, line.knots, line.source) == pytest.approx(0.5, abs=1e-5)

    def test_unexpected_reading_is_refused(self):
        with pytest.raises(ValueError, match="2 syllables, expected 3"):
            timing.timeline(PHONES[:4], sentence=SENTENCE, prosody=NEUTRAL, rate=1.0, rng=np.random.default_rng(0))

    def test_voiced(self):
        assert timing.voiced(PHONES, np.array([0.01, 0.15, 0.3, 0.45, 0.55, 0.7, 0.9])).tolist() == [
            True, False, True, True, False, True, False,
        ]  # fmt: skip

    def test_phones_of_events(self):
        events = [(EVENT_WORD, 0, 1), (EVENT_PHONE, 0, "D"), (EVENT_PHONE, 80, "@2"), (EVENT_WORD, 150, 2)]
        events += [(EVENT_PHONE, 160, "n"), (EVENT_PHONE, 240, "_:"), (EVENT_PHONE, 320, "_")]
        assert phones_of(events, sr=1600, n_samples=320) == (
            Phone("D", 0.0, 0.05, 0),
            Phone("@2", 0.05, 0.1, 0),
            Phone("n", 0.1, 0.15, 1),
            Phone("_", 0.15, 0.2, 1),
        )


class TestMelody:
    def contour(self, **settings):
        line = a_timeline(jitter=0.0, **settings)
        times = np.arange(0.0, line.duration, STEP)
        prosody = NEUTRAL.__class__(jitter=0.0, **settings)
        return melody.contour(line, times, f0_hz=120.0, prosody=prosody, rng=np.random.default_rng(1))[0]

    def test_mean_is_the_voice_moved(self):
        low, high = (self.contour(final_st=0.0, pitch_st=st) for st in (0.0, 12.0))
        assert np.exp(np.log(low).mean()) == pytest.approx(120.0, rel=0.02)
        np.testing.assert_allclose(high, 2.0 * low)

    def test_range_widens(self):
        narrow, wide = (np.log(self.contour(final_st=0.0, range_log2=r)).std() for r in (-1.0, 1.0))
        assert wide > 2.5 * narrow

    def test_final_movement_rises_by_what_was_asked(self):
        level, rise = self.contour(final_st=0.0), self.contour(final_st=6.0)
        assert 12 * np.log2(rise[-1] / level[-1]) == pytest.approx(6.0, abs=0.1)
        assert rise[0] == pytest.approx(level[0])

    def test_accent_response_levels_off(self):
        assert melody.accent_response(np.array([-1.0, 0.0, 10.0]), 20.0).tolist() == [0.0, 0.0, 0.9]


class TestTimbre:
    sr = 16_000
    frequencies = timbre.bins_hz(513, sr)

    def formant(self, hz):
        return np.tile(-(((self.frequencies - hz) / 100.0) ** 2), (4, 1))

    @pytest.mark.parametrize("octaves", [-0.1, 0.1])
    def test_warp_moves_a_formant(self, octaves):
        moved = timbre.warp(self.formant(2000.0), sr=self.sr, formants_log2=octaves)
        assert self.frequencies[moved[0].argmax()] == pytest.approx(2000.0 * 2.0**octaves, abs=16.0)

    def test_open_moves_the_first_formant_only(self):
        first, second = (
            timbre.warp(self.formant(hz), sr=self.sr, formants_log2=0.0, open_log2=0.2) for hz in (500.0, 2000.0)
        )
        assert self.frequencies[first[0].argmax()] == pytest.approx(500.0 * 2.0**0.2, abs=16.0)
        assert self.frequencies[second[0].argmax()] == pytest.approx(2000.0, abs=16.0)

    def test_tilt_slopes_per_octave(self):
        gain = np.interp([250.0, 500.0, 1000.0, 2000.0], self.frequencies, timbre.tilt(self.frequencies, -3.0))
        np.testing.assert_allclose(gain, [0.0, 0.0, -3.0, -6.0], atol=0.05)

    def test_equaliser_undoes_a_tilt(self):
        frequencies = timbre.bins_hz(2049, self.sr)
        speech = np.tile(timbre.tilt(frequencies, -7.0), (3, 1))
        tilted = speech + timbre.tilt(frequencies, 2.0)
        difference = timbre.equaliser(speech, sr=self.sr) - timbre.equaliser(tilted, sr=self.sr)
        bands = np.interp([1000.0, 2000.0], frequencies, difference)
        assert bands[1] - bands[0] == pytest.approx(2.0, abs=0.3)

    def test_slurring_brings_frames_together_and_keeps_their_level(self):
        envelope = np.vstack([np.tile(self.formant(hz)[0] / 20.0, (10, 1)) for hz in (500.0, 1500.0)])
        voiced = np.ones(20, dtype=bool)
        slurred = timbre.articulate(envelope, voiced, amount=-0.5, step=STEP)
        assert np.abs(slurred[0] - slurred[-1]).sum() < np.abs(envelope[0] - envelope[-1]).sum()
        np.testing.assert_allclose(timbre.level(slurred), timbre.level(envelope))

    def test_smoothing_leaves_voiceless_frames_alone(self):
        envelope = np.random.default_rng(0).normal(size=(20, 5))
        voiced = np.arange(20) < 10
        smooth = timbre.smooth_voiced(envelope, voiced, width=2.0)
        np.testing.assert_array_equal(smooth[10:], envelope[10:])
        np.testing.assert_allclose(timbre.smooth_voiced(np.ones((20, 5)), voiced, width=2.0), 1.0)

    def test_breath_adds_noise_but_never_more_than_all(self):
        plain, breathy = (timbre.noise_share(self.frequencies, breath_db=db) for db in (0.0, 10.0))
        assert np.all(breathy >= plain)
        assert breathy.max() < 1.0

    def test_pause_is_silent(self):
        line = a_timeline(pause_s=0.2)
        times = np.arange(0.0, line.duration, STEP)
        gain = timbre.loudness(line, times, np.zeros(len(times)), prosody=NEUTRAL, rng=np.random.default_rng(0))
        inside = (times > line.pause[0] + 0.01) & (times < line.pause[1] - 0.01)
        assert gain[inside].max() < -90.0
        assert gain[~inside & (times > 0.1) & (times < line.pause[0] - 0.1)].min() > -20.0


class TestFinish:
    def test_level_and_length(self):
        sr = 16_000
        tone = np.concatenate([np.zeros(sr), 0.5 * np.sin(0.3 * np.arange(2 * sr)), np.zeros(sr)])
        clip = finish.finish(tone, sr=sr, level_db=-3.0, room_seed=0, rng=np.random.default_rng(0))
        assert finish.active_db(clip, sr=sr) == pytest.approx(finish.NEUTRAL_DBFS - 3.0, abs=0.5)
        assert 2.0 < len(clip) / sr < 2.4

    def test_peaks_stay_below_the_ceiling(self):
        spike = np.zeros(16_000)
        spike[4000::4000] = 1.0
        clip = finish.finish(spike, sr=16_000, level_db=20.0, room_seed=0, rng=np.random.default_rng(0))
        assert 20 * np.log10(np.abs(clip).max()) < finish.CEILING_DBFS + 0.1


class TestOgg:
    def test_known_checksum(self):
        assert ogg.crc(b"123456789") == 0x89A1897F  # CRC-32/CKSUM's polynomial without its inversions

    def test_same_bytes_for_the_same_name(self):
        signal = 0.1 * np.sin(0.2 * np.arange(8000))
        first, again, other = (ogg.encode(signal, sr=16_000, name=name) for name in ("a/b.ogg", "c/b.ogg", "d.ogg"))
        assert first == again != other

    def test_still_readable(self, tmp_path):
        path = tmp_path / "a.ogg"
        path.write_bytes(ogg.encode(0.1 * np.sin(0.2 * np.arange(8000)), sr=16_000, name="a"))
        signal, sr = soundfile.read(path)
        assert (len(signal), sr) == (8000, 16_000)

    @pytest.mark.parametrize("data", [b"RIFF" + bytes(40), b"OggS"])
    def test_other_bytes_are_refused(self, data):
        with pytest.raises(ValueError, match="No Ogg page"):
            ogg.with_serial(data, 1)


def test_leave_one_voice_out_finds_shared_patterns_only():
    rng = np.random.default_rng(0)
    emotions = np.array(["a", "b"] * 40)
    speakers = np.repeat(["x", "y"], 40)
    shared = np.where(emotions == "a", 1.0, -1.0)[:, None] + 0.1 * rng.normal(size=(80, 1))
    assert leave_one_voice_out(shared, emotions, speakers) == 1.0
    assert leave_one_voice_out(rng.normal(size=(80, 1)), emotions, speakers) == pytest.approx(0.5, abs=0.2)
