"""A study of a regression, whose page, terminal and files name its own loss and metrics only."""

import csv
import json
import re

import numpy as np
import optuna
import pytest
from plotly.offline import get_plotlyjs
from torch import nn

from frontsearch import Metric, Task, UserError, search
from frontsearch.cli.commands import compare_runs
from frontsearch.cli.picking import PickOptions, pick_network
from frontsearch.folder import Folder
from frontsearch.ledger import open_storage
from frontsearch.study import read_study, recorded_comparison
from frontsearch.study.across.files import read_front
from frontsearch.study.boxes import chance_of, hypervolume_boxes
from frontsearch.tasks.metrics import r2

FOREIGN = re.compile(r"cross.?entropy|\bnats\b|validation.error|test.error|percentage point", re.IGNORECASE)


def worst(outputs, targets):
    return float((outputs - targets).abs().max())


def line():
    """Numbers that depend on two of five inputs."""
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(200, 5)).astype(np.float32)
    targets = inputs[:, :1] - 0.5 * inputs[:, 1:2] + 0.1 * rng.normal(size=(200, 1)).astype(np.float32)
    return Task(
        name="line", splits={"train": (inputs, targets)}, build=lambda: nn.Linear(5, 1), loss=nn.MSELoss(),
        metrics={"r2": Metric(function=r2, maximise=True), "worst": worst},
    )  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Folder and result of a finished study of two methods."""
    folder = tmp_path_factory.mktemp("regression") / "out"
    return folder, search(line(), method=["random", "path"], epochs=60, out=folder, quiet=True)


def test_no_file_and_no_sentence_speaks_of_cross_entropy_or_error(finished, capsys):
    folder, result = finished
    search(line(), method=["random", "path"], epochs=80, out=folder.parent / "again")
    pick_network(str(folder), {"max_l1": 2.0}, PickOptions())
    pick_network(str(folder), {"knee": "chord"}, PickOptions())
    texts = {path.name: path.read_text() for path in folder.rglob("*") if path.suffix in {".csv", ".json", ".toml"}}
    texts["page"] = (folder / "report.html").read_text().replace(get_plotlyjs(), "")
    texts["ledger"] = (folder / "ledger.journal").read_text()
    texts["terminal"] = "".join(capsys.readouterr())
    assert "mean squared error" in texts["terminal"]
    assert {name: FOREIGN.search(text) for name, text in texts.items() if FOREIGN.search(text)} == {}
    assert result.comparison.measures.loss.label == "mean squared error"


def test_files_have_the_loss_and_every_metric_by_name(finished):
    folder, result = finished
    rows = list(csv.DictReader((folder / "fronts.csv").read_text().splitlines()))
    point = next(one for one in result.front if one.key in {row["key"] for row in rows})
    row = next(row for row in rows if row["key"] == point.key)
    names = ["mean_squared_error", "r2", "worst"]
    assert float(row["mean_squared_error"]) == point.objectives[0] == point.metrics["validation_mean_squared_error"]
    assert all(float(row[f"test_{name}"]) == point.metrics[f"test_{name}"] for name in names)
    assert json.loads((folder / "summary.json").read_text())["methods"]["path"]["knee"]["mean_squared_error"] > 0
    curve = json.loads((folder / "curves" / f"{point.key}.json").read_text())
    assert list(curve) == ["epochs", "mean_squared_error", "l1", "nonzeros"]
    study = optuna.load_study(study_name="line/path/0", storage=open_storage(folder / "ledger.journal", to_write=False))
    assert study.metric_names == ["mean_squared_error", "l1"]


def test_a_folder_is_read_without_its_task(finished):
    folder, result = finished
    again = recorded_comparison(Folder(folder))
    assert again.measures == result.comparison.measures
    assert [run.metric_front for run in again.runs] == [run.metric_front for run in result.comparison.runs]


def test_a_network_is_dead_if_a_constant_is_as_good(finished):
    folder, result = finished
    targets = result.task.splits["validation"].targets
    chance = chance_of(read_study(str(folder / "study.toml")))
    assert chance.loss == pytest.approx(float(targets.var(correction=0)), rel=1e-4)
    measures = result.comparison.measures
    for loss, dead in ((1.01, True), (0.99, False)):
        metrics = {"nonzeros": 5, "validation_mean_squared_error": loss * chance.loss}
        assert chance.is_dead(metrics, measures=measures) is dead


def test_fronts_are_imported_by_the_name_of_the_loss_or_its_earlier_one(finished, capsys):
    folder, _ = finished
    compare_runs([str(folder)], [folder / "fronts.csv"], out=folder.parent / "across")
    assert "fronts:path" in (folder.parent / "across" / "fronts.csv").read_text()
    assert not FOREIGN.search(capsys.readouterr().out)
    earlier = folder.parent / "earlier.csv"
    earlier.write_text("cross_entropy,l1,test_cross_entropy,validation_r2\n1,2,3,-0.5\n")
    (front,) = read_front(earlier, recorded_comparison(Folder(folder)).measures).fronts
    assert front.points[0].trial.metrics == {
        "validation_mean_squared_error": 1.0, "l1": 2.0, "validation_r2": -0.5, "test_mean_squared_error": 3.0,
    }  # fmt: skip
    other = folder.parent / "other.csv"
    other.write_text("mean_squared_eror,l1\n1,2\n")
    with pytest.raises(UserError, match="must have a column 'mean_squared_error'"):
        compare_runs([str(folder)], [other], out=folder.parent / "never")


def test_study_files_of_earlier_versions_are_read(finished):
    folder, _ = finished
    text = (folder / "study.toml").read_text()
    earlier = text.replace("chance_loss", "chance_cross_entropy").replace("[log_box]\nloss", "[log_box]\ncross_entropy")
    assert earlier.count("cross_entropy") == 2
    (folder.parent / "earlier.toml").write_text(earlier)
    old, new = (read_study(str(path)) for path in (folder.parent / "earlier.toml", folder / "study.toml"))
    assert (chance_of(old), hypervolume_boxes(old)) == (chance_of(new), hypervolume_boxes(new))
