"""Chains of augmentations: order, names, hashes, round trips."""

import json

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from ser_core import testing
from ser_core.augment import KINDS, MAX_STEPS, Augmentation, Chain
from ser_core.errors import ConfigError

SR = 16_000
QUIET, LOUD = Augmentation("gain", {"gain_db": -40}), Augmentation("gain", {"gain_db": 40})


def test_steps_are_applied_in_order():
    signal = testing.sine(0.1, amplitude=0.5)
    np.testing.assert_allclose(Chain([QUIET, LOUD]).apply(signal, sr=SR), signal, atol=1e-6)
    assert np.abs(Chain([LOUD, QUIET]).apply(signal, sr=SR)).max() == pytest.approx(0.01)


def test_a_chain_of_one_is_its_step():
    signal, step = testing.speechlike(0.2), Augmentation("noise")
    chain = Chain([step])
    np.testing.assert_array_equal(chain.apply(signal, sr=SR, seed=4), step.apply(signal, sr=SR, seed=4))
    assert (chain.hash, chain.name, chain.text) == (step.hash, step.name, step.text)


def test_the_same_noise_twice_is_drawn_twice():
    signal = testing.speechlike(0.5)
    noise = Augmentation("noise", {"snr_db": 0})
    once = noise.apply(signal, sr=SR, seed=0) - signal
    twice = Chain([noise, noise]).apply(signal, sr=SR, seed=0) - signal - once
    assert abs(np.corrcoef(once, twice)[0, 1]) < 0.1


def test_no_steps_change_nothing_and_hand_over_a_copy():
    signal = testing.sine(0.1)
    changed = Chain().apply(signal, sr=SR)
    np.testing.assert_array_equal(changed, signal)
    changed[0] = 1
    assert signal[0] != 1
    assert Chain().text == "" and Chain.from_text("") == Chain()


def test_waveform_and_spectrogram_are_told_apart():
    chain = Chain.from_text("noise:snr_db=10+spec-augment")
    assert [step.kind for step in chain.waveform.steps] == ["noise"]
    assert [step.kind for step in chain.spectrogram.steps] == ["spec-augment"]
    logmel = np.random.default_rng(0).normal(size=(64, 188)).astype(np.float32)
    assert not np.array_equal(chain.spectrogram.apply_logmel(logmel), logmel)
    with pytest.raises(ConfigError, match="changes the spectrogram"):
        chain.apply(testing.sine(0.1), sr=SR)
    with pytest.raises(ConfigError, match="changes the waveform"):
        chain.apply_logmel(logmel)


def test_what_changes_a_spectrogram_comes_last():
    with pytest.raises(ConfigError, match="come after those of the waveform, got spec-augment, noise"):
        Chain.from_text("spec-augment+noise")


def test_too_many_steps():
    assert len(Chain([QUIET] * MAX_STEPS).steps) == MAX_STEPS
    with pytest.raises(ConfigError, match="at most 8 augmentations, got 9"):
        Chain([QUIET] * (MAX_STEPS + 1))


def test_hashes_know_the_order():
    room, noise = Augmentation("room"), Augmentation("noise")
    assert Chain([room, noise]).hash != Chain([noise, room]).hash
    assert len(Chain([room, noise]).hash) == 16


def test_a_plus_that_became_a_space_is_understood():
    assert Chain.from_text("gain:gain_db=3 noise") == Chain.from_text("gain:gain_db=3+noise")


@st.composite
def chains(draw):
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), max_size=MAX_STEPS))
    steps = []
    for kind in sorted(kinds, key=lambda kind: KINDS[kind].domain, reverse=True):
        values = {
            each.name: draw(
                st.sampled_from(each.choices)
                if each.choices
                else st.integers(int(each.low), int(each.high))
                if each.whole
                else st.floats(each.low, each.high).map(lambda value: float(f"{value:.9g}"))
            )
            for each in KINDS[kind].parameters
        }
        steps.append(Augmentation(kind, values))
    return Chain(steps)


@given(chains())
def test_any_chain_survives_text_and_json(chain):
    assert Chain.from_text(chain.text) == chain
    again = Chain.from_list(json.loads(json.dumps(chain.to_list())))
    assert again == chain and again.hash == chain.hash


@given(st.text(max_size=40))
def test_any_text_gives_a_chain_or_an_error_that_says_what_is_wrong(text):
    try:
        assert isinstance(Chain.from_text(text), Chain)
    except ConfigError as error:
        assert str(error)
