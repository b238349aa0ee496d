"""What hyperparameters of the families of networks may be, by name.

Where nothing else sets an upper end, sizes have one far beyond anything published for clips of this length: some zeros
too many would fill the memory of the machine before they were told.
"""

from collections.abc import Mapping

from ser_core.models._allowed import AT_LEAST_0, COUNT, POSITIVE, YES_OR_NO, Allowed, Listed, Named, Rule

#: Most pixels of an image's side.
SIDE = 1024

_COUNT_OR_0 = Allowed(low=0, whole=True)
_SHARE = Allowed(low=0, high=1)
#: A share of everything would leave nothing.
_NOT_ALL = Allowed(low=0, high=1, below=True)
_SIZE = Allowed(low=1, high=4096, whole=True)
_MASKS = Allowed(low=0, high=100, whole=True)

#: What means the same in every family that has it, and what AudioSet's families have.
NETWORKS: Mapping[str, Rule] = {
    # Training.
    "batch_size": COUNT,
    "epochs": COUNT,
    "min_steps": _COUNT_OR_0,
    "patience": Allowed(low=0, high=1, above=True),
    "learning_rate": POSITIVE,
    "weight_decay": AT_LEAST_0,
    "label_smoothing": _NOT_ALL,
    "average_decay": _NOT_ALL,
    "deterministic": YES_OR_NO,
    "dropout": _NOT_ALL,
    "balance": _SHARE,
    "corpus_weights": Named(POSITIVE),
    # Where it starts from.
    "pretrained": YES_OR_NO,
    # The stem alone, and as many blocks as `ser_core.models._audioset_network` has.
    "frozen_blocks": Allowed(low=-1, high=15, whole=True),
    "batch_statistics": YES_OR_NO,
    # The network is laid out once for each voice of a batch.
    "voices_per_batch": Allowed(low=0, high=32, whole=True),
    "equalised": _SHARE,
    # Beyond 60 dB nothing of a voice is left.
    "offset_db": Allowed(low=0, high=60),
    "attention": _SIZE,
    "level": YES_OR_NO,
    "networks": Allowed(low=1, high=8, whole=True),
    # Changes to the training clips.
    "crop": COUNT,
    "roll": _COUNT_OR_0,
    "gain": AT_LEAST_0,
    "channels": _SHARE,
    "lines": _SHARE,
    "freq_width": _COUNT_OR_0,
    "time_width": _COUNT_OR_0,
    "mixup": AT_LEAST_0,
    "speed": _NOT_ALL,
}

#: Of `cnn` and of the networks along time.
ALONG_TIME: Mapping[str, Rule] = {
    **NETWORKS,
    # The vector of a clip is normalised within its batch: of one clip alone nothing would be left.
    "batch_size": Allowed(low=2, whole=True),
    "channels": Listed(_SIZE),
    "kernels": Listed(_SIZE),
    "pools": Listed(COUNT),
    "kernel": _SIZE,
    "pool": COUNT,
    "units": _SIZE,
    "depth": Allowed(low=1, high=32, whole=True),
    "pooling": Allowed(also=("mean", "statistics", "attention")),
    "deltas": YES_OR_NO,
    "recurrent": YES_OR_NO,
    "spatial_dropout": _NOT_ALL,
    "recurrent_dropout": _NOT_ALL,
    "shift": _COUNT_OR_0,
    # Of tracks with a standard deviation of 1.
    "noise": _SHARE,
    "track_masks": _MASKS,
    "track_width": _COUNT_OR_0,
    "time_masks": _MASKS,
}

#: Of the networks that read a spectrogram as an image; how small it may be is up to the network.
IMAGES: Mapping[str, Rule] = {
    **NETWORKS,
    "channels": Allowed(also=("repeat", "deltas")),
    "pool": Allowed(also=("all", "time")),
    "copies": Allowed(low=0, high=100, whole=True),
    "head_epochs": COUNT,
    "head_rate": POSITIVE,
    "unfreeze": Allowed(low=-1, whole=True),
    # 0 leaves it at the last layer.
    "epochs": _COUNT_OR_0,
    "shift": _SHARE,
    "zoom": _SHARE,
    "brightness": AT_LEAST_0,
    "contrast": _SHARE,
}
