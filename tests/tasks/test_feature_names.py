"""Names of a table's columns: given, taken from a data frame, counted, and no part of a training."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from torch import nn

from frontsearch import Task
from frontsearch.tasks import breast_cancer, iris

NAMES = ("age", "height", "weight")
INPUTS, TARGETS = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2


class Frame:
    """What NumPy and this program see of a data frame, in pandas and elsewhere."""

    def __init__(self, columns, inputs=INPUTS):
        self.columns, self._inputs = list(columns), inputs

    def __array__(self, dtype=None, copy=None):
        return self._inputs.astype(dtype or self._inputs.dtype)


def task_of(inputs=INPUTS, splits=None, **options):
    given = {"train": (inputs, TARGETS)} | (splits or {})
    return Task(**({"name": "t", "splits": given, "build": lambda: nn.Linear(3, 2)} | options))


@pytest.mark.parametrize("given", [NAMES, list(NAMES), np.array(NAMES), iter(NAMES)])
def test_names_are_kept_as_plain_texts(given):
    names = task_of(feature_names=given).feature_names
    assert names == NAMES
    assert {type(name) for name in names} == {str}


def test_a_data_frame_brings_its_names_and_given_ones_come_first():
    assert task_of(Frame(NAMES)).feature_names == NAMES
    assert task_of(Frame(NAMES), feature_names=["a", "b", "c"]).feature_names == ("a", "b", "c")
    assert task_of(Frame([0, 1, 2])).feature_names is None
    assert task_of(Frame([("a", 1), ("b", 1), ("c", 1)])).feature_names is None
    assert task_of().feature_names is None


def test_a_data_frame_of_pandas_brings_its_names():
    pandas = pytest.importorskip("pandas")
    assert task_of(pandas.DataFrame(INPUTS, columns=NAMES)).feature_names == NAMES


def test_names_stay_when_examples_move_and_do_not_change_the_fingerprint():
    plain, named = task_of(), task_of(feature_names=NAMES)
    assert named.to("cpu").feature_names == NAMES
    assert named.fingerprint == plain.fingerprint == task_of(Frame(NAMES)).fingerprint


def two_inputs(**options):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 2)

        def forward(self, one, other):
            return self.layer(one + other)

    return task_of((INPUTS, INPUTS), build=Both, **options)


def rows_of_pixels(**options):
    build = lambda: nn.Sequential(nn.Flatten(), nn.Linear(3, 2))  # noqa: E731
    return task_of(INPUTS[:, None], build=build, **options)


TEXTS = "`feature_names` must be a list of texts, one for each column of the inputs, or None; found "
NONE = "`feature_names` must be None, as only the columns of a single table, .*; found "
WRONG = {
    "too few": (lambda: task_of(feature_names=NAMES[:2]), "`feature_names` must be 3 names, .*; found '2 names'"),
    "one text": (lambda: task_of(feature_names="abc"), f"{TEXTS}'abc'"),
    "numbers": (
        lambda: task_of(feature_names=[1, 2, 3]),
        rf"{TEXTS}\[1, 2, 3\]",
    ),
    "several inputs": (
        lambda: two_inputs(feature_names=NAMES),
        f"{NONE}'several inputs'",
    ),
    "another shape": (
        lambda: rows_of_pixels(feature_names=NAMES),
        rf"{NONE}'inputs of shape \(42, 1, 3\)'",
    ),
    "another order": (
        lambda: task_of(Frame(NAMES), {"validation": (Frame(NAMES[::-1]), TARGETS)}),
        r"`splits\['validation'\]` must be of the columns of the training inputs, in their order; found \['weight', ",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_names_that_do_not_fit_are_refused_in_one_sentence(name):
    make, sentence = WRONG[name]
    with pytest.raises(ValueError, match=sentence) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("task", "load"), [(breast_cancer(), load_breast_cancer), (iris(), load_iris)])
def test_built_in_tables_have_the_names_of_scikit_learn(task, load):
    assert list(task.feature_names) == list(load().feature_names)
