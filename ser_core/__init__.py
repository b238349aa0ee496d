"""Speech emotion recognition: corpora, features, models, honest evaluation and serving, without the app."""

import os

# The official builds of ONNX Runtime report how they are used to their maker, from 1.29 on also outside Windows
# (github.com/microsoft/onnxruntime, docs/Privacy.md). It reads this once, when it is first imported, which is why it
# stands here: nothing that is done with a voice leaves the machine. Who wants to report sets it to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
