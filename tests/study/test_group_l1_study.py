"""A study with group l1: every kind of method searches it, and files, page and picks call it by its name."""

import csv
import json
from itertools import pairwise

import pytest
from torch import nn

import frontsearch as fs
from frontsearch.cli import app, picking
from frontsearch.cli.picking import PickOptions, pick_network
from frontsearch.folder import Folder
from frontsearch.report.figures.networks import network_description
from frontsearch.report.indicator_tables import knee_rows

METHODS = ("path", "weighted-grid", "optuna-tpe", "pymoo-nsga2", "smgd", "adabreg", "bisection")
STUDY = """
epochs = 8
complexity = "group-l1"
[task]
name = "digits"
network = "mlp"
[training]
epochs = 2
[methods.path]
first_epochs = 2
step_epochs = 1
[methods.optuna-tpe]
startup = 2
"""


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    inputs, targets = fs.digits().splits["train"]
    task = fs.Task(
        name="small digits", splits={"train": (inputs.flatten(1), targets)}, complexity="group-l1",
        build=lambda: nn.Sequential(nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 10)),
    )  # fmt: skip
    return fs.search(task, method=METHODS, epochs=12, out=tmp_path_factory.mktemp("groups") / "run", seed=1)


def test_every_kind_of_method_finds_a_front_of_loss_and_group_l1(result):
    found = {row["method"] for row in rows(result.folder / "fronts.csv")}
    assert found == set(METHODS)
    trials = rows(result.folder / "trials.csv")
    assert {"cross_entropy", "group_l1", "l1_raw", "units", "multiply_adds"} <= trials[0].keys()
    assert "l1" not in trials[0]
    for row in trials:
        assert float(row["group_l1"]) >= 0
        assert 0 <= float(row["multiply_adds"]) <= 64 * 20 + 20 * 10
    for point in result.front:
        assert point.objectives[1] == point.metrics["group_l1"]


def test_optuna_and_curves_have_its_name(result):
    import optuna  # noqa: PLC0415
    from optuna.storages.journal import JournalFileBackend  # noqa: PLC0415

    journal = optuna.storages.JournalStorage(JournalFileBackend(str(result.folder / "ledger.journal")))
    names = [name for name in optuna.get_all_study_names(journal) if name.endswith("path/0")]
    assert optuna.load_study(study_name=names[0], storage=journal).metric_names == ["cross_entropy", "group_l1"]
    curves = [json.loads(path.read_text()) for path in (result.folder / "curves").iterdir()]
    assert all(curve.keys() == {"epochs", "cross_entropy", "group_l1", "nonzeros"} for curve in curves)
    assert "group l1 norm of the penalised weights" in (result.folder / "report.html").read_text()


@pytest.mark.parametrize(("size", "name"), [("multiply_adds", "sparse_fronts.csv"), ("units", "unit_fronts.csv")])
def test_there_is_a_front_of_error_and_each_size(result, size, name):
    trials = [(float(row["validation_error"]), float(row[size])) for row in rows(result.folder / "trials.csv")]
    runs = {}
    for row in rows(result.folder / name):
        runs.setdefault(row["method"], []).append((float(row["validation_error"]), float(row[size])))
        assert (result.folder / "checkpoints" / f"{row['key']}.safetensors").exists()
    assert runs.keys() == set(METHODS)
    for front in runs.values():
        assert set(front) <= set(trials)
        assert all(one[0] < other[0] and one[1] > other[1] for one, other in pairwise(front))
    assert (min(trials)[0]) in [front[0][0] for front in runs.values()]
    page = (result.folder / "report.html").read_text()
    assert f"error and {size.replace('_', '-')}" in page
    assert f'<a href="{name}">' in page


def test_by_default_and_within_a_limit_on_the_error_the_fewest_multiply_adds_are_picked(result, capsys):
    files = ("fronts.csv", "sparse_fronts.csv", "unit_fronts.csv")
    candidates = {row["key"]: row for name in files for row in rows(result.folder / name)}.values()
    lowest = min(float(row["validation_error"]) for row in candidates)
    within = [row for row in candidates if float(row["validation_error"]) <= lowest + 0.005 + 1e-9]
    least = min((int(row["multiply_adds"]), int(row["nonzeros"])) for row in within)
    for rule in ({}, {"max_error_increase": 0.5}):
        metrics = result.pick(**rule).metrics
        assert (metrics["multiply_adds"], metrics["nonzeros"]) == least
        pick_network(str(result.folder), rule, PickOptions())
        assert f"{least[0]:,} multiply-adds" in capsys.readouterr().out


@pytest.mark.parametrize("size", ["units", "multiply_adds"])
def test_a_limit_picks_the_same_network_in_python_and_in_the_terminal(result, capsys, size):
    limit = sorted(point.metrics[size] for point in result.front)[len(result.front) // 2]
    point = result.pick(**{f"max_{size}": limit})
    assert point.metrics[size] <= limit
    pick_network(str(result.folder), {f"max_{size}": limit}, PickOptions())
    assert point.key in capsys.readouterr().out
    key = picking.default_pick(Folder(result.folder), storage=None, rule=f"max-{size.replace('_', '-')}={limit}")
    assert key.trial.key == point.key


def test_units_stand_beside_nonzeros(result):
    header, *knees = knee_rows(result.comparison)
    at = header.index("nonzeros")
    assert header[at : at + 3] == ("nonzeros", "units", "multiply-adds")
    assert all(len(row) == len(header) for row in knees)
    point = result.comparison.runs[0].points[0]
    sizes = (f"{name} {point.trial.metrics[name.replace('-', '_')]:.0f}" for name in header[at : at + 3])
    assert ", ".join(sizes) in network_description(result.comparison.runs[0], point, result.comparison.measures)
    page, metrics = (result.folder / "report.html").read_text(), result.pick().metrics
    for name in ("units", "multiply-adds"):
        assert f"<dt>{name}</dt><dd>{metrics[name.replace('-', '_')]:,}</dd>" in page


def test_the_smaller_network_computes_the_same(result):
    small, whole = (result.pick(max_l1=150).network(compact=compact) for compact in (True, False))
    inputs = fs.digits().splits["test"].inputs.flatten(1)
    assert (small(inputs) - whole(inputs)).abs().max() < 1e-4
    assert sum(map(len, small.parameters())) <= sum(map(len, whole.parameters()))


def test_a_study_file_says_so_for_any_task_and_goes_on_where_it_ended(tmp_path, monkeypatch):
    study = tmp_path / "grouped.toml"
    study.write_text(STUDY)
    for epochs in (8, 12):
        command = ["study", str(study), "--quiet", "--out", str(tmp_path / "run"), "--epochs", str(epochs)]
        monkeypatch.setattr("sys.argv", command)
        with pytest.raises(SystemExit) as ended:
            app.main_study()
        assert not ended.value.code
        assert 'complexity = "group-l1"' in (tmp_path / "run" / "study.toml").read_text()
        found = sorted(float(row["group_l1"]) for row in rows(tmp_path / "run" / "fronts.csv"))
        assert found[0] >= 0
        assert all(value > 0 for value in found[1:])  # only the sparse end may have died
        assert len(found) > 2
    assert len({row["key"] for row in rows(tmp_path / "run" / "trials.csv")}) > 8


@pytest.mark.parametrize("complexity", ["l2", 3, None])
def test_another_complexity_is_refused_in_a_sentence(complexity):
    inputs, targets = fs.digits().splits["train"]
    with pytest.raises(ValueError, match=r"^`complexity` must be one of l1, group-l1; found .*\.$"):
        fs.Task(name="x", splits={"train": (inputs, targets)}, build=lambda: nn.Linear(64, 10), complexity=complexity)
