"""Predictions from model folders: no training code, no TensorFlow, no pickles."""

from ser_core.serving.card import Card, read_card, write_model
from ser_core.serving.prediction import Prediction
from ser_core.serving.predictor import Predictor, available_models
from ser_core.serving.voice import Voice

__all__ = ["Card", "Prediction", "Predictor", "Voice", "available_models", "read_card", "write_model"]
