"""Clips judged in processes of their own."""

import asyncio
import os
import signal

import pytest

from ser_core.api import judging
from ser_core.errors import ConfigError, SilentAudioError, UnreadableAudioError
from ser_core.serving import Predictor
from ser_core.testing import encode, silence


def crash_on_poison(clip, model):
    """Stands for a decoder with a fault; a worker finds it by its name, in this module."""
    if clip == b"poison":
        os.kill(os.getpid(), signal.SIGKILL)
    if clip == b"endless":
        signal.pause()
    return judging._models.get(model).predict(clip)


def using(folder, work):
    async def run():
        judges = judging.Judges(judging.Models(folder), workers=1)
        await judges.start()
        try:
            return await work(judges)
        finally:
            judges.close()

    return run()


def test_workers_answer_as_python_does_and_errors_come_through(folder, clip, run_async):
    async def work(judges):
        answer = await judges.judge(clip, "default")
        for content, model, error in (
            (encode(silence(1.0)), "default", SilentAudioError),
            (b"Dear Sir", "default", UnreadableAudioError),
            (clip, "none", ConfigError),
        ):
            with pytest.raises(error) as caught:
                await judges.judge(content, model)
            assert str(caught.value)
        return answer

    answer = run_async(using(folder, work))
    expected = Predictor.load(folder=folder).predict(clip)
    assert answer.to_dict() | {"seconds": 0} == expected.to_dict() | {"seconds": 0}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Unix signals")
def test_a_clip_that_crashes_a_decoder_takes_no_other_with_it(folder, clip, run_async, monkeypatch):
    monkeypatch.setattr(judging, "_judge", crash_on_poison)

    async def work(judges):
        clips = (clip, b"poison")
        return await asyncio.gather(*(judges.judge(each, "default") for each in clips), return_exceptions=True)

    answer, poisoned = run_async(using(folder, work))
    assert isinstance(poisoned, UnreadableAudioError)
    assert answer.label == Predictor.load(folder=folder).predict(clip).label


@pytest.mark.skipif(not hasattr(signal, "pause"), reason="Unix signals")
def test_a_clip_that_takes_for_ever_is_given_up(folder, run_async, monkeypatch):
    monkeypatch.setattr(judging, "_judge", crash_on_poison)

    async def work(judges):
        monkeypatch.setattr(judging, "LONGEST_S", 0.3)
        with pytest.raises(UnreadableAudioError):
            await judges.judge(b"endless", "default")

    run_async(using(folder, work))
