"""Study files whose task a function of one's own makes, also from trained weights."""

import shutil
import subprocess
import sys

import pytest
import safetensors.torch
import torch
from torch import nn

from frontsearch import UserError
from frontsearch.folder import Folder
from frontsearch.recipe import Initial
from frontsearch.study import Session, read_study, recorded_comparison

MODULE = """
from sklearn.datasets import load_wine
from torch import nn

import frontsearch as fs


def make_task(hidden=8, name="wine"):
    inputs, targets = load_wine(return_X_y=True)
    splits = {"train": ((inputs - inputs.mean(0)) / inputs.std(0), targets)}
    build = lambda: nn.Sequential(nn.Linear(13, hidden), nn.ReLU(), nn.Linear(hidden, 3))
    return fs.Task(name=name, splits=splits, build=build)


def make_nothing():
    return None


def make_error():
    raise RuntimeError("no file")


def make_exit():
    raise SystemExit(3)
"""
STUDY = """
epochs = 12
l1_weights = [1e-3, 1e-1]
[task]
factory = "winery:make_task"
[training]
epochs = 2
batch_size = 16
[methods.path]
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "winery.py").write_text(MODULE)
    path = tmp_path / "own.toml"
    path.write_text(STUDY)
    return path


def ran(study, out, **options):
    return Session(config=read_study(str(study)), folder=Folder(out), quiet=True, **options).run()


def points(comparison):
    return [[trial.objectives for trial in result.run.trials] for result in comparison.runs]


def test_arguments_reach_the_factory_and_workers_make_the_same_task(study, tmp_path):
    study.write_text(STUDY.replace("[training]", "hidden = 5\n[training]"))
    one, two = ran(study, tmp_path / "one"), ran(study, tmp_path / "two", jobs=2)
    assert points(one) == points(two)
    assert one.runs[0].points[0].trial.metrics["prunable"] == 13 * 5 + 5 * 3


def test_workers_find_the_functions_of_the_module_beside_the_study(study, tmp_path):
    made = "build = lambda: nn.Sequential(nn.Linear(13, hidden), nn.ReLU(), nn.Linear(hidden, 3))"
    assert made in MODULE
    by_name = MODULE.replace(made, "build = network") + "\n\ndef network():\n    return nn.Linear(13, 3)\n"
    (tmp_path / "winery.py").write_text(by_name)  # pickled by its name, and not as a lambda is
    assert points(ran(study, tmp_path / "two", jobs=2)) == points(ran(study, tmp_path / "one"))


def test_the_resolved_file_runs_again_and_finds_the_module(study, tmp_path):
    first = ran(study, tmp_path / "out")
    again = ran(tmp_path / "out" / "study.toml", tmp_path / "out")
    assert points(again) == points(first)


def test_modules_of_one_name_beside_two_studies_do_not_mix(study, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "winery.py").write_text(MODULE.replace("hidden=8", "hidden=4"))
    shutil.copy(study, other / "own.toml")
    sizes = [
        ran(path, path.parent / "out").runs[0].points[0].trial.metrics["prunable"]
        for path in (study, other / "own.toml", study)
    ]
    assert sizes == [13 * 8 + 8 * 3, 13 * 4 + 4 * 3, 13 * 8 + 8 * 3]


def test_start_names_trained_weights_and_the_trained_network_is_on_the_front(study, tmp_path):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(13, 8), nn.ReLU(), nn.Linear(8, 3))
    safetensors.torch.save_file(network.state_dict(), tmp_path / "weights.safetensors")
    study.write_text('start = "weights.safetensors"\n' + STUDY)
    comparison = ran(study, tmp_path / "out", jobs=2)
    given = comparison.runs[0].run.trials[0]
    assert (given.recipe.start, given.epochs) == (Initial(), 0.0)
    assert given.metrics["l1_raw"] == pytest.approx(
        sum(float(network[layer].weight.detach().abs().sum()) for layer in (0, 2)), rel=1e-6
    )
    (tmp_path / "weights.safetensors").unlink()  # the output folder keeps a copy
    assert points(ran(tmp_path / "out" / "study.toml", tmp_path / "out")) == points(comparison)


MADE = "[task] `factory` winery:"
WRONG = {
    "no module": (
        "winery:",
        "cellar:",
        "[task] `factory`: there is no module 'cellar' in {folder} or on Python's path.",
    ),
    "no colon": (
        "winery:make_task",
        "winery.make_task",
        "{folder}/own.toml: 'factory' in [task] must be a module and a function of it with a colon between, such as",
    ),
    "no function": (
        "make_task",
        "make_tsk",
        "[task] `factory`: winery has no function 'make_tsk': did you mean 'make_t",
    ),
    "no task": ("make_task", "make_nothing", MADE + "make_nothing must return a frontsearch.Task; found NoneType."),
    "an error": (
        "make_task",
        "make_error",
        MADE + "make_error, called with no arguments, raised RuntimeError: no file.",
    ),
    "an argument": (
        "[training]",
        "widht = 3\n[training]",
        MADE + "make_task, called with widht, raised TypeError: make_",
    ),
    "an exit": (
        "make_task",
        "make_exit",
        MADE + "make_exit, called with no arguments, raised SystemExit: 3.",
    ),
    "no weights": (
        "\nepochs = 12",
        '\nstart = "w"\nepochs = 12',
        "`start`, {folder}/w, could not be read: No such file",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_factory_that_makes_no_task_is_named_before_any_training(study, tmp_path, name):
    old, new, sentence = WRONG[name]
    study.write_text(STUDY.replace(old, new))
    with pytest.raises(UserError) as raised:
        ran(study, tmp_path / "out")
    assert str(raised.value).startswith(sentence.format(folder=tmp_path))
    assert not (tmp_path / "out").exists()


def test_weights_of_another_network_are_refused(study, tmp_path):
    safetensors.torch.save_file({"weight": torch.ones(2)}, tmp_path / "w.safetensors")
    study.write_text('start = "w.safetensors"\n' + STUDY)
    with pytest.raises(
        UserError,
        match=r"`start` must be a safetensors file with weights of the network of the task wine, as .*; found Error",
    ):
        ran(study, tmp_path / "out")


def test_a_task_of_a_program_is_read_without_it_but_not_trained(tmp_path):
    program = MODULE + (
        "\nfs.search(make_task(), epochs=24, out='out', quiet=True, l1_weights=(1e-3, 1e-1),"
        " training=fs.Recipe(epochs=1.0, batch_size=16), jobs=2)\n"
    )
    subprocess.run([sys.executable, "-"], input=program, text=True, check=True, cwd=tmp_path)  # as a notebook, no file
    comparison = recorded_comparison(Folder(tmp_path / "out"))
    assert comparison.runs[0].points
    with pytest.raises(UserError, match=r"^The task wine was made in a Python program: train, report and export there"):
        ran(tmp_path / "out" / "study.toml", tmp_path / "out")
