"""What a model tells besides emotions is part of its scores on the command line."""

import json

import numpy as np

from ser_core.cli import main
from tests.miniature_runs import make_run


def test_side_tasks_are_printed_and_given_as_json(tmp_path, capsys):
    run = make_run(tmp_path, "speaker-independent", "cnn")
    asked = ["evaluate", run.id, "--runs", str(tmp_path)]
    assert main([*asked, "--json"]) == 0
    assert "side_tasks" not in json.loads(capsys.readouterr().out)
    clips = run.predictions[run.predictions["fraction"] == 1.0]
    truth = (np.arange(len(clips)) % 2).astype(float)
    side = clips[["seed", "fold", "fraction", "clip_id", "speaker"]].assign(task="sex", truth=truth, value=truth)
    side.to_parquet(run.folder / "side.parquet", index=False)
    assert main([*asked, "--json"]) == 0
    uar, accuracy = json.loads(capsys.readouterr().out)["side_tasks"]
    assert (uar["task"], uar["score"], uar["value"], uar["low"]) == ("sex", "uar", 1.0, 1.0)
    assert accuracy["score"] == "accuracy" and accuracy["clips"] == len(clips)
    assert main(asked) == 0
    assert "Besides emotions" in capsys.readouterr().out
