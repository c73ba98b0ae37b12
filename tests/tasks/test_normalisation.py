"""The normalisation that a task declares: checked against its inputs, never applied, and no part of a training."""

import json

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from torch import nn

from frontsearch import Task
from frontsearch.tasks import breast_cancer, digits, iris, lasso

RAW, TARGETS = np.random.default_rng(0).normal(2.0, 3.0, size=(60, 4)), np.arange(60) % 3
MEAN, STD = RAW.mean(axis=0), RAW.std(axis=0)


def task_of(inputs=(RAW - MEAN) / STD, **options):
    layers = lambda: nn.Sequential(nn.Flatten(), nn.Linear(4, 3))  # noqa: E731
    return Task(**({"name": "t", "splits": {"train": (inputs, TARGETS)}, "build": layers} | options))


@pytest.mark.parametrize("form", [tuple, list, np.array, torch.DoubleTensor, lambda numbers: np.array([numbers])])
def test_a_mean_and_a_std_for_each_column_are_kept_as_plain_numbers(form):
    found = task_of(normalisation=(form(MEAN.tolist()), form(STD.tolist()))).normalisation
    assert found == (tuple(MEAN.tolist()), tuple(STD.tolist()))
    assert json.loads(json.dumps(found)) == [MEAN.tolist(), STD.tolist()]


def test_one_number_is_for_all_columns_and_channels_are_the_second_dimension():
    assert task_of(normalisation=[0, np.float32(0.5)]).normalisation == ((0.0,), (0.5,))
    assert task_of(normalisation=(0.0, STD)).normalisation == ((0.0,), tuple(STD.tolist()))
    images = RAW.reshape(60, 2, 1, 2)
    assert task_of(images, normalisation=([1, 2], [3, 4])).normalisation == ((1.0, 2.0), (3.0, 4.0))


def test_it_stays_when_examples_move_and_changes_neither_fingerprint_nor_inputs():
    plain, declared = task_of(), task_of(normalisation=(MEAN, STD))
    assert plain.normalisation is None
    assert declared.to("cpu").normalisation == declared.normalisation
    assert declared.fingerprint == plain.fingerprint
    assert torch.equal(declared.splits["test"].inputs, plain.splits["test"].inputs)


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, one, other):
        return self.layer(one + other)


def embedded():
    return nn.Sequential(nn.Embedding(9, 2), nn.Flatten(), nn.Linear(8, 3))


PAIR = r"a pair \(mean, std\), each a number or a sequence of numbers, or None; found "
NONE = "None, as only inputs that are one tensor of floating-point numbers can be normalised; found "
WRONG = {
    "a number": (lambda: task_of(normalisation=0.5), f"{PAIR}0.5"),
    "a text": (lambda: task_of(normalisation=("0.5", 1.0)), rf"{PAIR}\('0.5', 1.0\)"),
    "a scaler without means": (lambda: task_of(normalisation=(None, STD)), rf"{PAIR}\(None, array"),
    "too few": (
        lambda: task_of(normalisation=(MEAN, STD[:3])),
        "of one mean and std, or 4 of each, one for each column or channel of the inputs; found '4 and 3'",
    ),
    "none": (lambda: task_of(normalisation=([], 1.0)), PAIR),
    "zero": (lambda: task_of(normalisation=(0.0, 0.0)), r"of finite numbers, with every std above 0; found \(0.0, 0.0"),
    "NaN": (lambda: task_of(normalisation=(float("nan"), 1.0)), "of finite numbers, with every std above 0; found "),
    "several inputs": (lambda: task_of((RAW, RAW), build=Both, normalisation=(0, 1)), f"{NONE}'several inputs'"),
    "whole numbers": (
        lambda: task_of(np.arange(240).reshape(60, 4) % 9, build=embedded, normalisation=(0, 1)),
        f"{NONE}'int64 inputs'",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_refused_in_one_sentence(name):
    make, sentence = WRONG[name]
    with pytest.raises(ValueError, match=f"^`normalisation` must be {sentence}") as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("task", "load"), [(iris(), load_iris), (breast_cancer(), load_breast_cancer), (digits(), load_digits)]
)
def test_that_of_built_in_tasks_gives_their_inputs(task, load):
    mean, std = task.normalisation
    expected = torch.tensor((load().data - mean) / std, dtype=torch.float32)
    assert {tuple(row) for row in task.splits["test"].inputs.tolist()} <= {tuple(row) for row in expected.tolist()}


def test_a_toy_declares_none():
    assert lasso().normalisation is None
