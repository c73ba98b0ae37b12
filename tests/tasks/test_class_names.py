"""Names of classes: given or those of a built-in task, as many as the classes, and no part of a training."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from torch import nn
from torch.nn import functional

from frontsearch import Task
from frontsearch.tasks import breast_cancer, digits, iris, lasso

NAMES = ("setosa", "versicolor", "virginica")
INPUTS, TARGETS = np.random.default_rng(0).normal(size=(60, 4)), np.arange(60) % 3


def task_of(**options):
    given = {"name": "t", "splits": {"train": (INPUTS, TARGETS)}, "build": lambda: nn.Linear(4, 3)}
    return Task(**(given | options))


def one_output(shape, **options):
    """A task with two classes that one output tells apart."""
    build = lambda: nn.Sequential(nn.Linear(4, 1), nn.Flatten(0) if shape == (60,) else nn.Identity())  # noqa: E731
    splits = {"train": (INPUTS, (TARGETS > 0).astype(float).reshape(shape))}
    return task_of(splits=splits, build=build, loss=functional.binary_cross_entropy_with_logits, **options)


@pytest.mark.parametrize("given", [NAMES, list(NAMES), np.array(NAMES), iter(NAMES)])
def test_names_are_kept_as_plain_texts(given):
    names = task_of(class_names=given).class_names
    assert names == NAMES
    assert {type(name) for name in names} == {str}


def test_names_stay_when_examples_move_and_do_not_change_the_fingerprint():
    plain, named = task_of(), task_of(class_names=NAMES)
    assert plain.class_names is None
    assert named.to("cpu").class_names == NAMES
    assert named.fingerprint == plain.fingerprint


@pytest.mark.parametrize("shape", [(60,), (60, 1)])
def test_one_output_has_two_classes(shape):
    assert one_output(shape, class_names=["no", "yes"]).class_names == ("no", "yes")
    rule = "2 names, one for each class, as one output tells two classes apart; found '1 names'"
    with pytest.raises(ValueError, match=f"^`class_names` must be {rule}"):
        one_output(shape, class_names=["yes"])


def test_pixels_have_classes_too():
    images, build = np.random.default_rng(0).normal(size=(20, 1, 4, 4)), lambda: nn.Conv2d(1, 3, 1)
    splits = {"train": (images, np.arange(20 * 16).reshape(20, 4, 4) % 3)}
    assert task_of(splits=splits, build=build, class_names=NAMES).class_names == NAMES


WRONG = {
    "too few": (NAMES[:2], r"3 names, one for each output; found '2 names'\."),
    "one text": ("abc", r"a list of texts, one for each class, or None; found 'abc'\."),
    "numbers": ([0, 1, 2], r"a list of texts, one for each class, or None; found \[0, 1, 2\]\."),
    "twice the same": (["a", "b", "a"], r"names that are all different; found \['a', 'b', 'a'\]\."),
}


@pytest.mark.parametrize("name", WRONG)
def test_names_that_do_not_fit_are_refused_in_one_sentence(name):
    given, sentence = WRONG[name]
    with pytest.raises(ValueError, match=f"^`class_names` must be {sentence}$"):
        task_of(class_names=given)


def test_built_in_tasks_name_their_classes():
    assert list(iris().class_names) == list(load_iris().target_names)
    assert list(breast_cancer().class_names) == list(load_breast_cancer().target_names)
    assert digits().class_names == tuple("0123456789")
    assert lasso().class_names is None
