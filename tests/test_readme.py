"""README states what the run folders say."""

import re
from functools import cache

import pandas as pd
import pytest

from ser_core import corpora, settings
from ser_core.evaluation import summarise as summarise_run
from ser_core.evaluation.calibration import calibration as reliability
from ser_core.evaluation.coverage import coverage as over_coverage
from ser_core.evaluation.groups import by_group, with_groups
from ser_core.evaluation.of_run import calibration, coverage
from ser_core.evaluation.robustness import robustness
from ser_core.evaluation.side_tasks import summarise
from ser_core.experiments import open_run, result
from ser_core.experiments.enrolment import enrolment_curve, read_enrolment
from ser_core.experiments.robustness import N_ENROLLED, read_robustness

TEXT = re.sub(r"\s+", " ", (settings.PROJECT_ROOT / "README.md").read_text(encoding="utf-8"))
POOLED = "cremad+emodb+ravdess+savee+tess-speaker-independent-audioset"
CORPORA = ("ravdess", "cremad", "savee", "emodb", "tess")


@cache
def run(name):
    return open_run(name, folder=settings.PROJECT_ROOT / "data" / "runs")


@cache
def score(name, what="uar", corpus=None):
    return result(run(name), corpus=corpus)[what]


def number(value: float) -> str:
    """As README writes it: .617, -.001, 1.000."""
    return f"{value:.3f}".replace("0.", ".", 1)


def of(name: str, what: str = "uar") -> str:
    return number(score(f"ravdess-{name}", what))


def interval(name: str) -> str:
    return f"{number(score(name))} [{number(score(name, 'uar_low'))}, {number(score(name, 'uar_high'))}]"


def within(name: str) -> str:
    return interval(f"ravdess-{name}")


def unseen(name: str) -> str:
    return of(f"speaker-independent-{name}")


@pytest.mark.parametrize("model", ["svm", "cnn"])
def test_the_leak_is_stated_as_measured(model):
    for protocol in ("speaker-independent", "random", "leaky"):
        assert within(f"{protocol}-{model}") in TEXT
    assert f"accuracy {of(f'random-{model}', 'accuracy')}" in TEXT


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("linear discriminant analysis", "lda"),
        ("logistic regression", "logistic"),
        ("stacked classical models", "stacking"),
        ("multilayer perceptron", "mlp"),
        ("extra trees", "extratrees"),
        ("vote", "voting"),
        ("bagging", "bagging"),
        ("random forest", "forest"),
        ("gradient boosting", "boosting"),
        ("nearest neighbours", "knn"),
        ("MFCC Conv1D", "mfccnet"),
        ("a residual LSTM of 46,424 parameters", "reslstm"),
        ("CNN-LSTM", "cnnlstm"),
        ("CNN-LSTM without its LSTM", "melcnn"),
        ("SqueezeNet from ImageNet", "squeezenet"),
        ("ranks of functionals within the voice", "ranks-augmented-calibrated"),
        ("stacked with the SVM", "svm+ranks-stacked-calibrated"),
        ("changes UAR by less than chance (SVM", "svm-untrimmed"),
    ],
)
def test_families_are_stated_as_measured(words, name):
    assert f"{words} {unseen(name)}" in TEXT


def test_the_multitask_network_is_stated_as_measured():
    name = "speaker-independent-multitask"
    side = summarise(run(f"ravdess-{name}").side).set_index(["task", "score"])["value"]
    told = (
        f"{within(name)}, its top three hold {of(name, 'top3')}, sex {number(side['sex', 'uar'])}, intensity "
        f"{number(side['intensity', 'uar'])}"
    )
    assert told in TEXT


def test_what_enrolment_gives_is_stated_as_measured():
    curve = enrolment_curve(read_enrolment(run(f"{POOLED}-calibrated"))).set_index(["n_clips", "corpus"])["uar_known"]
    rows = {
        words: [curve[n, corpus] for corpus in CORPORA] for words, n in (("none", 0), ("3", 3), ("12", 12), ("30", 30))
    }
    together = "audioset+ranks+audioset"
    for words, name in (
        ("all of the voice", "audioset"),
        ("all, stacked with ranks within the voice and the network for clips alone", f"{together}-stacked"),
        ("the same, mean answers drawn towards the training's", f"{together}-stacked-aligned"),
    ):
        whole = f"{POOLED.removesuffix('audioset')}{name}-calibrated"
        rows[words] = [score(whole, "uar_known", corpus) for corpus in CORPORA]
    for words, values in rows.items():
        assert f"| {words} | " + " | ".join(map(number, values)) + " |" in TEXT


def test_ensembles_with_families_on_ravdess_alone_are_stated_as_measured():
    split = "split-with-cremad+emodb+savee+tess"
    by_voice = "speaker-independent-audioset+ranks+svm+cnn+audioset"
    averaged = f"{by_voice}-{split}-calibrated"
    right = coverage(run(f"ravdess-{averaged}")).set_index("coverage")["accuracy"][0.5]
    told = (
        f"reach {within(averaged)}, with an ECE of {number(calibration(run(f'ravdess-{averaged}')).ece)} and "
        f"{number(right)} of the answers right at half coverage"
    )
    assert told in TEXT
    assert f"each emotion {within(f'{by_voice}-aligned-{split}-calibrated')}" in TEXT
    assert f"averaged with a CNN and LDA: {unseen(f'audioset+cnn+lda-{split}')}." in TEXT


def test_robustness_is_stated_as_measured():
    alone, calibrated = read_robustness(run(POOLED).folder), read_robustness(run(f"{POOLED}-calibrated").folder)
    told = []
    for table in (alone[""], calibrated[f"served after {N_ENROLLED} clips"], calibrated[""]):
        lost = robustness(table).set_index("condition")["loss"]
        told.append([number(lost[name]) for name in ("noise-20", "telephone-band", "mp3-64", "room-0.4")])
        assert table["clip_id"].nunique() == len(run(POOLED).predictions)
    text = (
        "white noise of 20 dB costs them {}, a telephone band {}, MP3 at 64 kbit/s {} and a living room {}; the model "
        "as served after 30 clips of the voice, degraded alike, {}, {}, {} and {}; the networks by voice alone, which "
        "know all clips of it, {}, {}, {} and {}."
    )
    assert text.format(*(loss for losses in told for loss in losses)) in TEXT


def test_trust_in_what_is_served_is_stated_as_measured():
    table = read_enrolment(run(f"{POOLED}-calibrated"))
    table = table[table["n_clips"] == N_ENROLLED]
    ravdess = table[table["corpus"] == "ravdess"]
    right = over_coverage(ravdess).set_index("coverage")["accuracy"][0.5]
    manifest = pd.concat([corpora.load_manifest(name) for name in CORPORA])
    uar = by_group(with_groups(table, manifest), "sex").set_index("group")["uar"]
    ece = number(reliability(table).ece)
    told = (
        f"As served, all clips have an ECE of {ece}, {number(right)} of the answers "
        f"on RAVDESS are right at half coverage, and women are heard {number(uar['female'] - uar['male'])} of UAR "
        "better than men."
    )
    assert told in TEXT


def test_clips_drawn_at_random_are_stated_as_measured():
    emobox, four = "cremad-random-emobox-audioset", "+ranks+svm+cnn-stacked-calibrated"
    assert f"the network by voice {number(score(f'{emobox}-calibrated'))}" in TEXT
    assert f"and a CNN {interval(emobox + four)}" in TEXT
    accuracies = (
        ("SVM by voice", "svm-calibrated"),
        ("other speeds", "cnn-augmented"),
        ("five models stacked", "svm+cnn+cnn+audioset+mfccnet-stacked-calibrated"),
    )
    for words, name in accuracies:
        assert f"{words} {of(f'random-{name}', 'accuracy')}" in TEXT
    seven = run(f"cremad+ravdess+savee+tess-random-seven-audioset{four}")
    accuracy = summarise_run(seven).accuracy
    told = f"{number(accuracy.value)} [{number(accuracy.low)}, {number(accuracy.high)}]"
    assert f"the same four stacked {told}" in TEXT
