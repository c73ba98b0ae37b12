"""``search``: from a task to its networks, in a process, in several, interrupted, from a trained network."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch
from sklearn.datasets import load_wine
from torch import nn

from frontsearch import Range, Recipe, Task, UserError, search
from frontsearch.cli.picking import PickOptions, pick_network
from frontsearch.recipe import Initial

WEIGHTS = Range(low=0.1, high=1.0)
TRAINING = Recipe(epochs=2.0, batch_size=16, learning_rate=0.02)


def network():
    return nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))


def wine(**options):
    inputs, targets = load_wine(return_X_y=True)
    splits = {"train": ((inputs - inputs.mean(0)) / inputs.std(0), targets)}
    return Task(name="wine", splits=splits, **({"build": network} | options))


def found(out=None, *, task=None, **options):
    options = {"epochs": 20.0, "l1_weights": (1e-3, 1e-1), "training": TRAINING, "quiet": True} | options
    return search(task or wine(), out=out, **options)


def test_networks_of_the_front_have_the_figures_that_are_reported(tmp_path):
    result = found(tmp_path / "run")
    assert len(result.front) > 2
    inputs, targets = result.task.splits["test"]
    for point in result.front:
        loaded = point.network()
        assert not loaded.training
        with torch.no_grad():
            outputs = loaded(inputs)
        assert float(nn.functional.cross_entropy(outputs, targets)) == pytest.approx(
            point.metrics["test_cross_entropy"], rel=1e-5
        )
        assert int(loaded[0].weight.count_nonzero() + loaded[2].weight.count_nonzero()) == point.metrics["nonzeros"]
    losses, sizes = zip(*(point.objectives for point in result.front), strict=True)
    assert list(losses) == sorted(losses)
    assert list(sizes) == sorted(sizes, reverse=True)


def test_the_columns_in_use_are_named_in_python_by_pick_and_in_the_report(tmp_path, capsys):
    names = load_wine().feature_names
    for task, columns in ((wine(feature_names=names), names), (wine(), [f"x{number}" for number in range(13)])):
        result = found(tmp_path / columns[0], task=task, l1_weights=(1e-3, 0.3))
        point = result.pick(max_nonzeros=40)
        used = point.network()[0].weight.count_nonzero(dim=0).nonzero().flatten().tolist()
        assert 0 < len(used) < 13
        assert list(point.features_used) == [columns[number] for number in used]
        row = f"{len(used)} of 13: {', '.join(point.features_used)}"
        pick_network(str(result.folder), {"max_nonzeros": 40}, PickOptions())
        assert f"Inputs used    {row}\n" in capsys.readouterr().out
        assert f"<dd>{row}</dd>" in (result.folder / "report.html").read_text(encoding="utf-8")


def test_no_columns_are_named_where_more_than_linear_layers_read_them(tmp_path, capsys):
    build = lambda: nn.Sequential(nn.BatchNorm1d(13), nn.Linear(13, 3))  # noqa: E731
    result = found(tmp_path / "run", task=wine(build=build, feature_names=load_wine().feature_names), epochs=6.0)
    assert result.pick(knee="chord").features_used is None
    pick_network(str(result.folder), {"knee": "chord"}, PickOptions())
    assert "Inputs used" not in capsys.readouterr().out
    assert "Inputs used" not in (result.folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("count", [16, 40])
def test_path_searches_tasks_of_few_examples(tmp_path, count):
    inputs = torch.randn(count, 13, generator=torch.Generator().manual_seed(1))
    task = Task(name="few", splits={"train": (inputs, (inputs[:, 0] > 0).long())}, build=network)
    assert search(task, epochs=40, out=tmp_path / "run", seed=1, quiet=True).front


def test_a_search_with_a_target_ends_there_and_takes_that_network(tmp_path):
    target = {"nonzeros": 60}
    result = found(tmp_path / "run", epochs=40.0, target=target, method={"path": {"first_epochs": 8, "step_epochs": 2}})
    assert result.pick().metrics["nonzeros"] <= 60
    said = result.summary()["target"]
    assert said == {"asked": target, "methods": {"path": {"reached": [True], "key": [result.pick().key]}}}
    assert (
        found(tmp_path / "run", epochs=40.0, target=target, method={"path": {"first_epochs": 8, "step_epochs": 2}})
        .pick()
        .key
        == result.pick().key
    )
    with pytest.raises(UserError, match=r"`target` needs a method that accepts one: path or gmp; found random"):
        found(tmp_path / "other", target=target, method="random")


@pytest.mark.parametrize("options", [{"method": "gmp"}, {"method": "path", "target": {"sparsity": 0.5}}])
def test_what_a_method_says_of_its_trainings_is_a_sentence_that_names_it_before_the_first(tmp_path, options):
    with pytest.raises(UserError, match=rf"`method\['{options['method']}'\]`: `optimiser` must be another one than"):
        found(tmp_path / "run", training=Recipe(optimiser="linbreg", epochs=2.0, batch_size=16), **options)
    assert not list((tmp_path / "run").rglob("*.safetensors"))


def test_picks_are_those_of_the_command_line_and_files_are_where_a_study_has_them(tmp_path):
    result = found(tmp_path / "run", method=["path", "random"])
    assert result.pick().key == result.pick(max_error_increase=0.5).key
    assert result.pick(max_nonzeros=60).metrics["nonzeros"] <= 60
    assert result.pick(method="random").key in {
        point.trial.key for point in result.comparison.of_method("random")[0].points
    } | {point.trial.key for point in result.comparison.of_method("random")[0].metric_front}
    result.report(tmp_path / "page.html")
    assert "<!doctype html>" in (tmp_path / "page.html").read_text().lower()[:200]
    assert set(result.summary()["methods"]) == {"path", "random"}
    result.pick().export(tmp_path / "small.safetensors")
    assert (tmp_path / "small.safetensors").stat().st_size > 0
    with pytest.raises(UserError, match=r"The search has no method 'smgd'"):
        result.pick(method="smgd")
    with pytest.raises(UserError, match=r"Choose by one rule only; found `max_l1` and `max_nonzeros`\."):
        result.pick(max_l1=3.0, max_nonzeros=4)


def test_the_same_call_again_trains_nothing_and_a_larger_budget_goes_on(tmp_path):
    first = found(tmp_path / "run")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run" / "checkpoints").iterdir()}
    again = found(tmp_path / "run")
    assert [point.key for point in again.front] == [point.key for point in first.front]
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run" / "checkpoints").iterdir()} == before
    with pytest.raises(UserError, match="holds another task"):
        found(tmp_path / "run", task=wine(penalised="all"))


def test_a_search_without_a_folder_says_where_it_keeps_its_results(capsys):
    result = found(epochs=4.0, quiet=False)
    assert f"Results are kept in the temporary folder {result.folder}." in capsys.readouterr().err


def test_several_jobs_find_what_one_finds_with_functions_of_ones_own(tmp_path):
    factor = 2.0
    task = wine(build=lambda: network().double().float(), transform=lambda inputs: inputs * (factor - 1.0))
    options = {"method": ["path", "weighted-grid"], "task": task}
    one, two = found(tmp_path / "one", **options), found(tmp_path / "two", jobs=2, **options)
    assert [point.objectives for point in one.front] == [point.objectives for point in two.front]


def test_a_task_that_cannot_travel_is_refused_before_any_training(tmp_path):
    lock = threading.Lock()
    task = wine(transform=lambda inputs: (lock, inputs)[1], version=1)
    with pytest.raises(UserError, match=r"With several jobs, the task wine must be picklable: .* One job"):
        found(tmp_path / "run", task=task, jobs=2)
    assert not list((tmp_path / "run").glob("checkpoints/*"))


def test_a_trained_network_is_on_the_front_at_no_cost_and_every_method_starts_from_it(tmp_path):
    trained = found(epochs=10.0).front[0].network()
    result = found(tmp_path / "run", task=wine(build=None, network=trained), method=["path", "gmp"], epochs=8.0)
    for run in result.comparison.runs:
        given, *others = run.run.trials
        assert (given.recipe.start, given.epochs) == (Initial(), 0.0)
        assert sum(trial.epochs for trial in others) == pytest.approx(8.0)
    expected = trained(result.task.splits["validation"].inputs)
    loss = float(nn.functional.cross_entropy(expected, result.task.splits["validation"].targets).detach())
    assert result.comparison.runs[0].run.trials[0].objectives[0] == pytest.approx(loss, rel=1e-5)


SCRIPT = """
import sys
import numpy as np
import torch
from torch import nn
import frontsearch as fs

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(4, 3)
    def forward(self, inputs):
        return self.dense(inputs)

rng = np.random.default_rng(0)
torch.manual_seed(0)
inputs = rng.normal(size=(20000, 4))
targets = inputs[:, :3].argmax(1)
task = fs.Task(name="own", splits={"train": (inputs, targets)}, build=None, network=Net())
result = fs.search(task, epochs=float(sys.argv[2]), out=sys.argv[1], jobs=2, l1_weights=(1e-3, 1e-1),
                   training=fs.Recipe(epochs=1.0, batch_size=16))
print([point.objectives for point in result.front])
picked = result.pick()
picked.export(sys.argv[1] + ".safetensors", dense=True)
print(picked.metrics["test_cross_entropy"], picked.metrics["nonzeros"])
"""


def test_a_script_without_a_guard_is_killed_goes_on_and_ends_as_if_it_had_not_been(tmp_path):
    script = tmp_path / "own.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script)]
    process = subprocess.Popen(
        [*command, str(tmp_path / "killed"), "16"], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while "of 16 epochs" not in process.stderr.readline():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    folders = [tmp_path / "killed", tmp_path / "whole"]
    printed = [
        subprocess.run([*command, str(out), "16"], capture_output=True, text=True, check=True) for out in folders
    ]
    assert printed[0].stdout == printed[1].stdout
    assert printed[0].stdout.count("(") > 2
    loss, nonzeros = map(float, printed[0].stdout.split()[-2:])
    state = safetensors.torch.load_file(tmp_path / "killed.safetensors")
    plain = nn.Linear(4, 3)  # in plain torch, without the class of the script
    plain.load_state_dict({name.removeprefix("dense."): tensor for name, tensor in state.items()})
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(20_000, 4))
    task = Task(name="own", splits={"train": (inputs, inputs[:, :3].argmax(1))}, build=lambda: nn.Linear(4, 3))
    held_out, targets = task.splits["test"]
    assert float(nn.functional.cross_entropy(plain(held_out), targets).detach()) == pytest.approx(loss, rel=1e-5)
    assert int(plain.weight.count_nonzero()) == nonzeros


WRONG = {
    "a task that is none": ({"task": "wine"}, "`task` must be a frontsearch.Task, such as"),
    "an unknown method": ({"method": "pth"}, "unknown method 'pth' in `method`: did you mean 'path'?"),
    "a budget too small": ({"epochs": 0.5}, "`epochs`, a method's budget, must pay for one training"),
    "an option that no method has": (
        {"method": {"path": {"frist_epochs": 2}}},
        "unknown key 'frist_epochs' in `method['path']`:",
    ),
    "a number for a method": ({"method": 3}, "`method` must be a method's name, a list of names, or options by name"),
    "a number for options": ({"method": {"path": 3}}, "`method` must be a method's name, a list of names, or options"),
    "no method": ({"method": []}, "`method` must name at least one method."),
    "an option that is no number": (
        {"method": {"path": {"step_epochs": "few"}}},
        "`method['path']['step_epochs']` must be a number; found 'few'.",
    ),
    "an option in an option": (
        {"method": {"path": {"debias": {"share": 2}}}},
        "`method['path']['debias']`: `share` must be in (0, 1); found",
    ),
    "a population beyond the budget": (
        {"method": {"optuna-nsga2": {"population": 50}}},
        "`method['optuna-nsga2']`: `population` = 50 must be at most the 10 trainings that the budget, `epochs` = 20,",
    ),
    "a text for a number": ({"epochs": "many"}, "`epochs` must be a number; found 'many'."),
    "no budget": ({"epochs": None}, "`epochs` must be given."),
    "a negative seed": ({"seed": -1}, "`seed` must be at least 0; found -1."),
    "an unknown device": ({"device": "gpu"}, "`device` must be auto, cpu, cuda or mps; found 'gpu'."),
    "a list of devices": ({"device": ["cpu"]}, "`device` must be auto, cpu, cuda or mps; found ['cpu']."),
    "a file as folder": ({"out": __file__}, f"`out` must be a folder; {__file__} is a file."),
    "no folder": ({"out": ""}, "`out` must be a path, as text or a pathlib.Path; found ''."),
    "no storage": ({"storage": "nonsense"}, "`storage` must be a storage URL that Optuna can open"),
    "a storage in memory": ({"storage": "sqlite://"}, "`storage` 'sqlite://' would be in memory"),
    "a storage that is none": ({"storage": 3}, "`storage` must be the URL of an Optuna storage, or None; found 3."),
    "a number for a target": (
        {"target": 0.98},
        "`target` must be one of sparsity, nonzeros, error_increase, metric_gap with its",
    ),
    "a target in per cent": ({"target": {"sparsity": 98}}, "`target`: `sparsity` must be a share of zeros in (0, 1)"),
    "a target larger than the network": (
        {"target": {"nonzeros": 1000}},
        "`target` must leave and remove at least one of the 256 penalised weights",
    ),
    "an unknown field": ({"space": {"l1_wieght": WEIGHTS}}, "unknown key 'l1_wieght' in `space`: did you mean"),
    "a space of broken numbers": (
        {"space": {"batch_size": Range(low=1.5, high=2.5)}},
        "`space`: `batch_size` must be a whole number",
    ),
    "weights upside down": ({"l1_weights": (1.0, 0.1)}, "`l1_weights` must be the smallest and the largest"),
}


@pytest.mark.parametrize("name", WRONG)
def test_arguments_are_checked_before_any_training(name):
    options, sentence = WRONG[name]
    with pytest.raises((UserError, ValueError)) as raised:
        found(**options)
    assert str(raised.value).startswith(sentence)
    assert "--" not in str(raised.value)


def test_a_folder_of_another_study_is_named_with_the_argument(tmp_path):
    (tmp_path / "study.toml").write_text('name = "other"')
    with pytest.raises(UserError, match=r"holds another study: .*; choose another with `out`\."):
        found(tmp_path)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return found(tmp_path_factory.mktemp("results") / "run", epochs=6.0)


PICKS = {
    "a text": ({"max_nonzeros": "x"}, "`max_nonzeros` must be finite and not negative, at most 1e+30; found 'x'."),
    "a list": ({"max_l1": [1]}, "`max_l1` must be finite and not negative, at most 1e+30; found [1]."),
    "an unknown knee": ({"knee": "elbow"}, "`knee` must be chord or weights; found 'elbow'."),
    "a list of methods": ({"method": ["path"]}, "The search has no method ['path']: did you mean 'path'?"),
}


@pytest.mark.parametrize("name", PICKS)
def test_a_pick_that_makes_no_sense_is_refused(name, result):
    rule, sentence = PICKS[name]
    with pytest.raises(UserError) as raised:
        result.pick(**rule)
    assert str(raised.value).startswith(sentence)


def test_a_report_goes_to_any_path_that_can_be_written(result, tmp_path):
    result.report(tmp_path / "new" / "page.html")
    assert (tmp_path / "new" / "page.html").read_bytes() == (result.folder / "report.html").read_bytes()
    for path in (tmp_path, tmp_path / "new" / "page.html" / "page.html"):
        with pytest.raises(UserError, match=rf"^`path` must be a file that can be written; {path}: \w+Error: .*\.$"):
            result.report(path)
    for copy in (result.report, result.pick().export):
        with pytest.raises(ValueError, match=r"^`path` must be a path, as text or a pathlib\.Path; found 3\.$"):
            copy(3)


def test_what_is_gone_from_the_folder_is_named(result, tmp_path):
    gone = replace(result, folder=tmp_path)
    with pytest.raises(UserError, match=r"^report\.html must be in .* and is missing; the same `search` writes"):
        gone.report(tmp_path / "page.html")
    with pytest.raises(UserError, match=r"^summary\.json must be in .* and is missing"):
        gone.summary()


def test_a_page_of_another_storage_shows_commands_that_name_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found("run", storage="sqlite:///study.db", epochs=4.0)
    assert "run --storage sqlite:///study.db" in (tmp_path / "run" / "report.html").read_text()


def test_numbers_are_searched_for_regressions(tmp_path):
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(300, 5))
    targets = (inputs @ rng.normal(size=(5, 1))).astype(np.float32)
    task = Task(name="numbers", splits={"train": (inputs, targets)}, build=lambda: nn.Linear(5, 1), loss=nn.MSELoss())
    result = found(tmp_path / "run", task=task, reference_point=(20.0, 5.0), epochs=40.0)
    assert result.pick().metrics["test_r2"] > 0.8


def test_a_metric_that_counts_its_calls_does_not_change_the_task(tmp_path):
    seen = []

    def counting(outputs, targets):
        seen.append(len(targets))
        return len(seen)

    for jobs in (1, 2):
        result = found(tmp_path / f"run{jobs}", task=wine(metrics={"calls": counting}), jobs=jobs, epochs=6.0)
        assert result.front


def test_ignored_targets_are_searched(tmp_path):
    inputs, targets = load_wine(return_X_y=True)
    targets[::5] = -100
    splits = {"train": ((inputs - inputs.mean(0)) / inputs.std(0), targets)}
    assert found(tmp_path / "run", task=Task(name="ignored", splits=splits, build=network), epochs=6.0).front


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"jobs": 0}, "`jobs` must be a whole number, at least 1; found 0."),
        ({"training": {"epochs": 3}}, "`training` must be a Recipe, such as `Recipe(epochs=2)`; found {'epochs': 3}."),
        ({"space": {"l1_weight": (1, 2)}}, "`space` must be `Range`s and `Choice`s by recipe field; found"),
    ],
)
def test_arguments_of_another_kind_are_refused(options, sentence):
    with pytest.raises(ValueError, match=r"\.$") as raised:
        found(**options)
    assert str(raised.value).startswith(sentence)


def test_a_search_leaves_the_threads_of_its_process(tmp_path):
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        found(tmp_path / "run", epochs=4.0)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
