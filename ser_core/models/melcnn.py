"""The family `melcnn`: convolutions along time over a log-mel spectrogram; `cnnlstm` without its LSTM."""

from ser_core.models import cnnlstm

FAMILY = cnnlstm.CnnLstm(
    name="melcnn",
    title="Log-mel Conv1D",
    description="Convolutions over a log-mel spectrogram: what the CNN-LSTM is without its recurrent layer.",
    spec=cnnlstm.FAMILY.spec,
    config={**cnnlstm.CONFIG, "recurrent": False},
)
