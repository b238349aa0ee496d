"""Networks that are quick to compile, and trainings that were stopped."""

import shutil

import pytest

#: Of AudioSet's fifteen blocks, counted from 0: one that does not expand its channels, one with squeeze-excite, one
#: that adds its input as well, one with hard-swish.
BLOCKS = (0, 3, 4, 6)


@pytest.fixture(scope="module")
def few_blocks():
    """AudioSet's network with four of its blocks, one of each kind; all of them take seconds to compile."""
    from ser_core.models import _audioset_network

    whole = _audioset_network._BLOCKS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_audioset_network, "_BLOCKS", tuple(whole[i] for i in BLOCKS))
        yield whole


@pytest.fixture(scope="module")
def fit_and_keep(tmp_path_factory):
    """Trains a family; gives what it fitted and the checkpoint that a stop after the first epoch would have left."""

    def fit(family, data, *, config, seed):
        state = tmp_path_factory.mktemp("training") / "state.npz"
        kept = tmp_path_factory.mktemp("stopped") / state.name

        def cancel() -> bool:
            # Asked before every batch; the state is written after each epoch.
            if state.exists() and not kept.exists():
                for file in state.parent.iterdir():
                    shutil.copy(file, kept.parent)
            return False

        fitted = family.fit(*data, config=config, seed=seed, checkpoint=state, cancel=cancel)
        assert not list(state.parent.iterdir())
        return fitted, kept

    return fit
