"""Speech emotion recognition: corpora, features, models, honest evaluation and serving, without the app."""

__version__ = "0.1.0"
