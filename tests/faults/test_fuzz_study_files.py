"""Study files of all kinds: each is run, or refused in one sentence before anything is trained."""

import datetime as dt
import os
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import tomli_w
from endings import ending
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from frontsearch.errors import UserError
from frontsearch.methods import METHODS
from frontsearch.study.config import StudyConfig, read_study
from frontsearch.study.config.tables import TrainingTable

FUZZ = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
BASE = {
    "epochs": 20.0,
    "l1_weights": [0.01, 3.0],
    "task": {"name": "lasso"},
    "training": {"epochs": 10.0, "optimiser": "prox-sgd", "learning_rate": 0.05},
    "space": {"l1_weight": {"low": 0.01, "high": 3.0, "log": True}},
    "methods": {"weighted-grid": {}},
}
TEXT = tomli_w.dumps(BASE)
NUMBERS = [
    0, -1, 1, 2, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**4000, 0.0, -0.0, 0.5, 1.5, 5e-324, 1e-320,
    1e-46, 1e-31, 1e-30, 1e-12, 1e29, 1e30, 1e31, 1e39, 1e200, 1.7e308, float("inf"), float("-inf"), float("nan"),
]  # fmt: skip
numbers = st.sampled_from(NUMBERS) | st.floats() | st.integers()
texts = st.sampled_from(["", "\0", ".", "..", "/", "a" * 300, "=1+1", "\u202e", "<script>", "lasso"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=8
)
days = st.just(dt.date(1979, 5, 27)) | st.just(dt.time(7, 32))
scalars = numbers | st.booleans() | texts | days
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2))
pairs = st.tuples(numbers, numbers).map(list)
ranges = st.fixed_dictionaries({"low": numbers, "high": numbers}, optional={"log": st.booleans()})
PLACES = [
    *((key,) for key in StudyConfig.model_fields),
    *(("training", key) for key in TrainingTable.model_fields),
    *(("space", key) for key in ("l1_weight", "learning_rate", "pruning_threshold", "batch_size")),
    *(("log_box", key) for key in ("loss", "l1")),
    *(("target", key) for key in ("sparsity", "nonzeros", "error_increase")),
    *(("methods", name, option.name) for name, kind in METHODS.items() for option in fields(kind)),
]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def changed(place, value):
    """The study file with another value in one place."""
    content = {**BASE, "methods": {place[1]: {}}} if place[0] == "methods" and len(place) == 3 else dict(BASE)
    table = content
    for key in place[:-1]:
        table[key] = table = dict(table.get(key, {}))
    return {**content, place[0]: value} if len(place) == 1 else (table.update({place[-1]: value}), content)[1]


def ending_of(content: bytes) -> str:
    """What a study of this file ends with; one that is valid and not long is run."""
    Path("mine.toml").write_bytes(content)
    try:
        config = read_study("mine.toml")
    except UserError:
        return refusal()
    lasso = config.task.name == "lasso"
    if lasso and config.repeats == 1 and config.epochs <= 20 and config.training.epochs >= 5 and is_short(config):
        return ending("study", "mine.toml", "--out", f"out{len([*Path().iterdir()])}", "--jobs", 1, "--quiet")
    return ""


def is_short(config):
    return all(length >= 1 for name in config.methods for length in config.lengths(name).values())


def refusal() -> str:
    said = ending("study", "mine.toml", "--out", "refused", "--jobs", 1, "--quiet")
    assert said
    assert not Path("refused").exists()
    return said


@FUZZ
@given(place=st.sampled_from(PLACES), value=values | numbers | pairs | ranges)
@example(place=("task",), value=0)
@example(place=("task",), value=["factory"])
@example(place=("log_box", "loss"), value=[1e-320, 1e308])
@example(place=("log_box", "l1"), value=[1.0, 1.0000000000000002])
@example(place=("training", "pruning_threshold"), value=1e200)
@example(place=("training", "learning_rate"), value=1e39)
@example(place=("space", "pruning_threshold"), value={"low": 0.0, "high": 1e39})
@example(place=("epochs",), value=10**4000)
@example(place=("reference_point",), value=[1e-320, 1e-320])
@example(place=("reference_point",), value=[1e-27, 1e30])
@example(place=("methods", "successive-halving", "rungs"), value=2**40)
@example(place=("methods", "st3", "sparsest"), value=1e-320)
@example(place=("methods", "smgd", "spread"), value=2**62)
@example(place=("methods", "path", "beyond"), value=1e30)
@example(place=("methods", "path", "step_epochs"), value=1e-30)
@example(place=("start",), value="a\0b")
@example(place=("start",), value="a" * 300)
@example(place=("published",), value="a\0b")
@example(place=("seed_from",), value="a" * 5000)
@example(place=("module_folder",), value="a\0b")
def test_a_value_in_any_place(place, value):
    try:
        content = tomli_w.dumps(changed(place, value)).encode()
    except UnicodeEncodeError:
        return
    assert ending_of(content).isprintable()


@FUZZ
@given(where=st.integers(0, len(TEXT)), put=st.binary(max_size=6), length=st.integers(0, 6))
@example(where=0, put=b"\xef\xbb\xbf", length=0)
@example(where=0, put=b"\xff\xfe", length=0)
@example(where=0, put=b"\0", length=0)
def test_bytes_in_any_place(where, put, length):
    content = TEXT.encode()
    assert ending_of(content[:where] + put + content[where + length :]).isprintable()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"x = {'[' * 5000}{']' * 5000}", "more than 50 tables or lists"),
        (f"x = {'{a=' * 5000}1{'}' * 5000}", "more than 50 tables or lists"),
        (f"{'.'.join('a' * 500)} = 1", "more than 50 tables or lists"),
        (f"description{'.a' * 60} = 1", "more than 50 tables or lists"),
        (f"seed = {'9' * 5000}", "its integers must fit in 64 bits"),
        (f"seed = 0x{'f' * 50_000}", "must fit in 64 bits"),
        ('"\\u0000" = 1', "unknown key"),
    ],
)
def test_what_toml_allows_and_python_cannot_write(line, reason):
    assert reason in ending_of(f"{line}\n{TEXT}".encode())


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert ending_of(b"\xef\xbb\xbf" + TEXT.encode()) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("command", [["study"], ["report"], ["compare", "--out", "other", "run", "--import"]])
@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "large", "loop"])
def test_what_is_no_file_of_text(kind, command):
    path = Path("odd.toml")
    if kind == "large":
        with path.open("wb") as file:
            file.truncate(2**30)
    else:
        make = {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "device": lambda: path.symlink_to("/dev/zero")}
        make.get(kind, lambda: path.symlink_to(path))()
    assert ending(*command, path)
