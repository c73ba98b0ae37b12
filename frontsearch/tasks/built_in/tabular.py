"""scikit-learn's breast cancer and iris tables, with columns standardised on the training split."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, Protocol

import numpy as np
import torch
from torch import nn

from frontsearch.names import Split
from frontsearch.tasks.base import Task
from frontsearch.tasks.examples import Examples
from frontsearch.tasks.networks import dense_kernels, perceptron
from frontsearch.tasks.splits import stratified_split

SPLIT_SEED = 1936
IRIS_NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "linear": partial(perceptron, 4, 3),
    "tanh": partial(perceptron, 4, 4, 4, 3, activation=nn.Tanh),
}


def breast_cancer(*, objective: Split = "validation") -> Task:
    """The breast cancer task: 369 training, 100 validation and 100 test examples, 30 columns, two classes.

    The network is logistic regression with two logits, whose exact front is known if the objective is on the training
    split.

    Args:
        objective: Split whose cross entropy is the objective.
    """
    from sklearn.datasets import load_breast_cancer  # noqa: PLC0415 - only this task needs it

    table = load_breast_cancer()
    return _task("breast_cancer/linear", table, partial(perceptron, 30, 2), held_out=100, objective=objective)


def iris(*, network: Literal["linear", "tanh"] = "tanh", objective: Split = "validation") -> Task:
    """The iris task: 30 training, 60 validation and 60 test examples, 4 columns, three classes.

    Args:
        network: ``linear`` is multinomial logistic regression, whose exact front is known if the objective is on the
            training split; ``tanh`` (4-4-4-3) is about the smallest network with a non-convex front.
        objective: Split whose cross entropy is the objective.
    """
    from sklearn.datasets import load_iris  # noqa: PLC0415 - only this task needs it

    return _task(f"iris/{network}", load_iris(), IRIS_NETWORKS[network], held_out=60, objective=objective)


class _Table(Protocol):
    """A data set of scikit-learn."""

    data: np.ndarray
    target: np.ndarray
    feature_names: Sequence[str]
    target_names: Sequence[str]


def _task(name: str, table: _Table, build: Callable[[], nn.Module], *, held_out: int, objective: Split) -> Task:
    parts = _parts(table.target, held_out=held_out)
    mean, std = table.data[parts["train"]].mean(axis=0), table.data[parts["train"]].std(axis=0)
    columns = torch.tensor((table.data - mean) / std, dtype=torch.float32)
    examples = Examples(columns, torch.tensor(table.target))
    return Task(
        name=name,
        splits={split: examples.rows(rows) for split, rows in parts.items()},
        build=build,
        penalised=dense_kernels(build()),
        objective_split=objective,
        feature_names=table.feature_names,
        class_names=table.target_names,
        normalisation=(mean, std),
    )


def _parts(targets: np.ndarray, *, held_out: int) -> dict[Split, np.ndarray]:
    """Rows of stratified splits, with ``held_out`` examples each for validation and test."""
    rest, test = stratified_split(np.arange(len(targets)), targets, count=held_out, seed=SPLIT_SEED)
    train, validation = stratified_split(rest, targets, count=held_out, seed=SPLIT_SEED)
    return {"train": train, "validation": validation, "test": test}
