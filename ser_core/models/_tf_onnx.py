"""A Keras network as ONNX by tf2onnx, which also folds batch normalisation and lays images out as ONNX wants them."""

import logging

import onnx

from ser_core.models._tensorflow import keras, tf
from ser_core.models.onnx_tools import INPUT, IR_VERSION, OPSET, OUTPUT


def to_onnx(model: keras.Model, *, temperature: float) -> bytes:
    """Serialise a trained network.

    Parameters
    ----------
    model : keras.Model
        One input ``(batch, ...)`` to logits ``(batch, k)``.
    temperature : float
        Divides the logits before the softmax.

    Returns
    -------
    bytes
        Input ``features`` float32 (batch, ...), output ``probabilities`` float32 (batch, k).
    """
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.WARNING)

    @tf.function(input_signature=[tf.TensorSpec(model.input_shape, tf.float32, name=INPUT)])
    def probabilities(features):
        return {OUTPUT: tf.nn.softmax(model(features, training=False) / temperature)}

    converted, _ = tf2onnx.convert.from_function(
        probabilities, input_signature=probabilities.input_signature, opset=OPSET
    )
    converted.ir_version, converted.producer_name = IR_VERSION, "ser_core"
    for value in (*converted.graph.input, *converted.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.checker.check_model(converted, full_check=True)
    return converted.SerializeToString()
