"""Small studies to compare, their copies, and what is said of those that cannot be compared."""

import json
import shutil

import lasso_study
import pytest

from frontsearch.errors import UserError
from frontsearch.folder.folder import Folder
from frontsearch.study.across import CrossStudyComparison
from frontsearch.study.config import read_study
from frontsearch.study.session import Session

IRIS = """
epochs = {epochs}
repeats = 2
l1_weights = [0.001, 0.3]
exact = {exact}
[task]
name = "iris"
network = "{network}"
objective = "train"
[training]
epochs = 10
batch_size = 30
learning_rate = 0.05
[space]
l1_weight = {{ low = 0.001, high = 0.3, log = true }}
[methods.random]
[methods.weighted-grid]
"""


BOTH = {"cross_entropy": ["0"], "l1": ["1"]}


def lasso(folder, out, *methods, **study):
    lasso_study.session(lasso_study.write(folder, *methods, **study), out, overrides={"repeats": 2}).run()
    return out


def iris(folder, name, *, network="linear", exact="false", epochs=40):
    file = folder / f"{name}.toml"
    file.write_text(IRIS.format(network=network, exact=exact, epochs=epochs))
    Session(config=read_study(str(file)), folder=Folder(folder / name), quiet=True).run()
    return folder / name


def summary(out):
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))


def snapshot(folder):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def copy(run, to):
    shutil.copytree(run, to)
    return to


def edited(run, to, old, new, *, file="study.toml"):
    """A copy of a run with something replaced in one of its files."""
    path = copy(run, to) / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return to


def refused(*runs, imports=()):
    with pytest.raises(UserError) as caught:
        assert CrossStudyComparison.at([str(run) for run in runs], imports).comparison is None
    return str(caught.value)
