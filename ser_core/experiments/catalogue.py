"""What ships: the experiments behind the figures of the pages, and the models that predict."""

from dataclasses import dataclass

from ser_core.experiments.config import LEARNING_CURVE, ExperimentConfig

CORPUS = "ravdess"
MODELS = ("svm", "cnn")
PROTOCOLS = ("speaker-independent", "random", "leaky")
#: A network starts from random weights: three seeds show how far that matters. An SVM has no such start, and one seed
#: decides only how `random` and `leaky` split, of which three are shown as well.
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class ShippedModel:
    """A model that ships.

    Attributes
    ----------
    id : str
        Name of the model folder.
    corpus, model : str
        What it is trained on, and its family.
    """

    id: str
    corpus: str
    model: str


def experiments(
    *, corpora: tuple[str, ...] = (CORPUS,), protocols: tuple[str, ...] = PROTOCOLS, models: tuple[str, ...] = MODELS
) -> list[ExperimentConfig]:
    """The shipped experiments among these, quick ones first."""
    configs = []
    for model in models:
        for corpus in corpora:
            for protocol in protocols:
                once = model == "svm" and protocol == "speaker-independent"
                seeds = SEEDS[:1] if once else SEEDS
                configs.append(ExperimentConfig.of(corpus, protocol, model, seeds=seeds, fractions=LEARNING_CURVE))
                if once:
                    configs.append(ExperimentConfig.of(corpus, protocol, model, seeds=seeds, speaker_calibration=True))
    return configs


def shipped_models(*, corpora: tuple[str, ...] = (CORPUS,), models: tuple[str, ...] = MODELS) -> list[ShippedModel]:
    """The models that ship."""
    return [ShippedModel(f"{corpus}-{model}", corpus, model) for corpus in corpora for model in models]
