"""Train: what is asked for is what the command says; runs start apart, go on, are told, and only they are deleted."""

import json
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from ser_core import models
from ser_core.errors import ConfigError, WorkerError
from ser_core.experiments import ExperimentConfig, list_runs, store
from ser_core.files import write_json
from ser_core.progress import Progress
from ser_core.settings import PROJECT_ROOT
from tests.miniature_runs import make_run
from ui import visitor
from ui.jobs import jobs
from ui.train import form, records, watch, work

DEMO = {"model": "lda", "corpus": "demo"}
LDA = models.get("lda")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Runs and corpora of this test alone, and a visitor who may train."""
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "none"))
    monkeypatch.setenv("SER_OWN_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("SER_TRAINING", "on")
    yield tmp_path / "runs"
    if found := work.running():
        found[1].cancel()
        ended(found[1])
    work.forget()


def train(**query) -> AppTest:
    app = AppTest.from_file(str(PROJECT_ROOT / "streamlit_app.py"), default_timeout=60)
    app.switch_page("pages/Train.py")
    for key, value in {**DEMO, **query}.items():
        app.query_params[key] = value
    return run(app)


def run(app) -> AppTest:
    app.run()
    assert not app.exception
    return app


def words(app) -> str:
    parts = (*app.markdown, *app.caption, *app.error, *app.info)
    return "\n".join(each.value for each in parts).replace("\\", "")


def keys(app) -> list[str]:
    return [button.key for button in app.button]


def ended(job, seconds=240) -> None:
    until = time.monotonic() + seconds
    while job.state == "running":
        assert time.monotonic() < until, "the training did not end"
        time.sleep(0.05)


def demo(**rest) -> ExperimentConfig:
    return ExperimentConfig.of("demo", "random", "lda", **rest)


def stands(folder, config, name=None) -> None:
    """A run folder of this configuration with tables of nothing: finished for whoever does not read them."""
    store.write_config(folder / (name or config.id), config)
    for file in store._files()[1:]:
        (folder / (name or config.id) / file).touch()


def fake(monkeypatch, outcome):
    """Trainings that do `outcome` instead, given the arguments of the command line."""
    monkeypatch.setattr(work, "train_apart", lambda arguments, **how: outcome(arguments, **how))


@pytest.mark.parametrize(
    ("query", "command"),
    [
        ({}, "train lda --corpus demo --protocol speaker-independent"),
        (
            {"protocol": "random", "seeds": "2", "calibrated": "true", "curve": "true"},
            "train lda --corpus demo --protocol random --seeds 0 1 --learning-curve --speaker-calibration",
        ),
    ],
)
def test_the_choices_stand_in_the_address_and_in_the_command(query, command):
    assert train(**query).code[0].value == f"python -m ser_core {command}"


def test_the_page_says_what_the_protocol_leaks_and_what_demo_voices_are_worth():
    told = words(train(protocol="leaky"))
    assert "Leak: the training knows" in told and "say nothing about people" in told
    assert "Only the synthetic demo voices are on this machine" in told


def test_published_tasks_are_offered_for_the_corpora_that_they_take():
    usual = ["speaker-independent", "random", "leaky"]
    assert form.tests_for(("ravdess",)) == usual
    assert form.tests_for(("cremad",)) == [*usual, "random-emobox"]
    assert form.tests_for(("cremad", "ravdess")) == [*usual, "random-seven", "cross-corpus"]


@pytest.mark.parametrize(
    ("text", "message", "model"),
    [
        ("{", "line 1 is not", "lda"),
        ("[1]", "JSON object of names", "lda"),
        ('{"shrinkag": 1}', "no hyperparameter shrinkag", "lda"),
        ('{"n_folds": "six"}', 'n_folds of lda is a whole number of at least 2; got "six"', "lda"),
        ('{"epochs": "six"}', 'epochs of cnn is a whole number of at least 1; got "six"', "cnn"),
        ('{"epochs": [6]}', r"epochs of cnn .*; got \[6\]", "cnn"),
    ],
)
def test_hyperparameters_that_cannot_be_are_refused_with_the_reason(text, message, model):
    with pytest.raises(ConfigError, match=message):
        form.hyperparameters(text, models.get(model))


@pytest.mark.parametrize("name", models.names())
def test_the_own_hyperparameters_of_every_family_are_taken_as_they_are_shown(name):
    family = models.get(name)
    assert form.hyperparameters(json.dumps(family.config, indent=2), family) == family.config


def test_a_wrong_hyperparameter_is_told_on_the_page_and_stops_the_start():
    app = train()
    app.text_area[0].set_value('{"n_folds": "six"}')
    assert "n_folds of lda is a whole number" in words(run(app)) and "train-start" not in keys(app)
    app.text_area[0].set_value('{"n_folds": 3}')
    assert "--set n_folds=3 --name" in run(app).code[0].value and "train-start" in keys(app)


def test_a_family_that_cannot_train_here_says_why(monkeypatch, tmp_path):
    monkeypatch.setenv("SER_PRETRAINED_DIR", str(tmp_path))
    app = train(model="audioset")
    assert "The AudioSet weights are not at" in words(app) and "train-start" not in keys(app)


def test_a_run_is_trained_apart_and_its_result_told(place):
    app = train(protocol="random")
    app.button(key="train-start").click()
    run(app)
    record, job = work.latest()
    assert "Every visitor of this page sees this run" in words(app) and app.button(key="train-start").disabled
    ended(job)
    assert (job.state, job.message) == ("done", "")
    (found,) = list_runs()
    assert found.id == record.name == "demo-random-lda" and found.config.hash == record.config.hash
    assert "chance .125" in words(run(app)) and "finished already" in words(app)
    assert "Finished, started" in words(app) and not record.log.exists()
    app.button(key=f"delete-{found.id}").click()
    assert "None yet" in words(run(app)) and list(place.glob("[a-z]*")) == []


def test_a_failure_is_told_with_its_reason_and_may_go_on(monkeypatch):
    def outcome(arguments, **_):
        raise WorkerError("The training failed: no space left.")

    fake(monkeypatch, outcome)
    app = train()
    app.button(key="train-start").click()
    run(app)
    ended(work.latest()[1])
    work.forget()
    assert "The training failed: no space left." in words(run(app))
    name = "demo-speaker-independent-lda"
    seen = []
    fake(monkeypatch, lambda arguments, **_: seen.append(arguments))
    app.button(key=f"go-on-{name}").click()
    run(app)
    ended(work.latest()[1])
    assert seen == [["lda", "--corpus", "demo", "--protocol", "speaker-independent"]]
    assert records.read(name).error == ""


def test_a_run_that_is_cancelled_is_stopped_not_failed(monkeypatch):
    def outcome(arguments, *, progress, cancel, **_):
        progress(Progress(1, 4, "trainings", "demo", 9.0))
        while not cancel():
            time.sleep(0.01)
        raise WorkerError("It was stopped.")

    fake(monkeypatch, outcome)
    app = train()
    app.button(key="train-start").click()
    run(app)
    app.button(key="train-cancel").click()
    run(app)
    ended(work.latest()[1])
    record = records.listed()[0]
    assert record.error == "" and record.state(None) == "stopped"


def test_the_epochs_of_the_folds_that_are_done_are_drawn(monkeypatch, place):
    fake(monkeypatch, lambda arguments, *, cancel, **_: [time.sleep(0.01) for _ in iter(cancel, True)])
    record = records.new(demo(), own=LDA.config)
    history = [
        {"seed": 0, "fold": 0, "fraction": 1.0, "epoch": i, "loss": 2.0 / i, "val_loss": 3.0 / i} for i in (1, 2, 3)
    ]
    note = {"training": {"fraction": 1.0, "n_train": 77}, "history": history}
    write_json(record.folder / "parts" / "seed0-fold0-of1.json", note)
    assert work.start(record)
    app = train()
    assert len(app.get("plotly_chart")) == 1
    assert "on 77 clips" in str([each.proto for each in app.get("html")])
    drawn, table = watch._curves(record.name, "", (), list((record.folder / "parts").iterdir()), record)
    assert [3.0, 1.5, 1.0] in [list(trace.y) for trace in drawn.data] and len(table) == 3


def test_one_run_at_a_time(monkeypatch):
    fake(monkeypatch, lambda arguments, *, cancel, **_: [time.sleep(0.01) for _ in iter(cancel, True)])
    assert work.start(records.new(demo(), own=LDA.config))
    assert not work.start(records.new(demo(seeds=(1,)), own=LDA.config))
    # A second click, or another visitor who wants the same, gets the one that is at work.
    assert work.start(records.new(demo(), own=LDA.config))
    assert [record.config for record in records.listed()] == [demo()]
    jobs().get("train").cancel()


def test_runs_not_made_here_are_neither_continued_nor_deleted(place):
    stands(place, demo())
    other = demo(hyperparameters={"n_folds": 3})
    record = records.new(other, own=LDA.config)
    assert record.name.startswith("demo-random-lda-")
    assert record.command.endswith(f"--set n_folds=3 --name {record.name}")
    assert records.existing(demo()).id == "demo-random-lda" and records.existing(other) is None
    # The same settings with further seeds go on in the same folder, once it was made here.
    record.write()
    stands(place, other, record.name)
    more = demo(hyperparameters={"n_folds": 3}, seeds=(0, 1))
    assert records.new(more, own=LDA.config).name == record.name
    # Fewer do not: that folder holds more than was asked for.
    stands(place, more, record.name)
    assert records.new(other, own=LDA.config).name == f"demo-random-lda-{other.hash[:6]}"
    records.delete(record)
    app = train(protocol="random")
    assert "finished already: demo-random-lda" in words(app) and "train-start" not in keys(app)
    assert not [key for key in keys(app) if key and key.startswith("delete")]


def test_other_hyperparameters_never_take_the_plain_name():
    """Compare states the command of a run of the plain name without them."""
    record = records.new(demo(hyperparameters={"n_folds": 3}), own=LDA.config)
    assert record.name != record.config.id and "--set n_folds=3 --name" in record.command
    assert records.new(demo(), own=LDA.config).name == "demo-random-lda"


def test_a_run_made_here_is_extended_in_its_own_folder(place):
    records.new(demo(), own=LDA.config).write()
    stands(place, demo())
    more = demo(seeds=(0, 1))
    assert records.new(more, own=LDA.config).name == "demo-random-lda"
    records.new(more, own=LDA.config).write()
    (record,) = records.listed()
    assert record.state(None) == "stopped" and record.state(record.name) == "running"
    stands(place, more)
    assert record.state(None) == "finished"


def test_who_may_not_train_sees_the_runs_and_why(monkeypatch, place):
    made = make_run(place, "random", "svm")
    records.Record(made.id, made.config, "python -m ser_core train svm", "2026-01-01T00:00:00+00:00").write()
    monkeypatch.setenv("SER_TRAINING", "local")
    monkeypatch.setattr(
        visitor, "st", SimpleNamespace(context=SimpleNamespace(ip_address="10.0.0.7", url="http://localhost"))
    )
    app = train()
    assert "SER_TRAINING=on" in words(app) and "SVM on" in words(app)
    assert not [key for key in keys(app) if key and key.startswith(("train", "delete", "go-on"))]
    monkeypatch.setenv("SER_TRAINING", "perhaps")
    assert "SER_TRAINING must be local, on or off" in words(run(app))


def test_the_page_brings_no_training_library():
    code = (
        "import sys\nfrom ui.train import page\nfrom ser_core import models\n"
        "[models.get(name).obstacle() for name in models.names()]\n"
        "print(*[name for name in ('tensorflow', 'keras') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT_ROOT, check=True)
    assert done.stdout.strip() == ""


def test_silence_may_be_left_in():
    app = train(trim="0")
    (code,) = app.code
    assert code.value.endswith("--trim none")


def test_a_family_that_needs_something_of_the_users_says_what(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_ENCODERS_DIR", str(tmp_path / "encoders"))
    app = train(model="encoder")
    assert "train encoder --encoder FILE" in words(app) and "train-start" not in keys(app)
