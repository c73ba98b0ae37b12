"""Breast cancer and iris: fixed stratified splits, standardised on the training split only."""

import pytest
import torch
from sklearn.datasets import load_breast_cancer, load_iris

from frontsearch.tasks import breast_cancer, iris

TASKS = {"breast_cancer": (breast_cancer, load_breast_cancer, (369, 100, 100)), "iris": (iris, load_iris, (30, 60, 60))}


@pytest.mark.parametrize("name", TASKS)
def test_splits_are_fixed_stratified_and_contain_every_example(name):
    factory, load, sizes = TASKS[name]
    task, again = factory(), factory()
    splits = list(task.splits.values())
    assert tuple(len(one.targets) for one in splits) == sizes
    targets = torch.tensor(load(return_X_y=True)[1])
    shares = torch.bincount(targets) / len(targets)
    assert torch.equal(torch.bincount(torch.cat([one.targets for one in splits])), torch.bincount(targets))
    for one in splits:
        assert ((torch.bincount(one.targets) - shares * len(one.targets)).abs() <= 1).all()
    assert again.fingerprint == task.fingerprint
    assert factory(objective="train").fingerprint != task.fingerprint


@pytest.mark.parametrize("name", TASKS)
def test_columns_are_standardised_with_the_training_splits_statistics(name):
    factory, load, _ = TASKS[name]
    task = factory()
    train = task.splits["train"].inputs.double()
    torch.testing.assert_close(train.mean(dim=0), torch.zeros_like(train[0]), atol=1e-6, rtol=0)
    torch.testing.assert_close(train.std(dim=0, correction=0), torch.ones_like(train[0]), atol=1e-6, rtol=0)
    # One affine map took every row of the table here: undone, the columns' extremes are the table's.
    everything = torch.cat([one.inputs for one in task.splits.values()]).double()
    table = torch.tensor(load(return_X_y=True)[0])
    scale = table.std(dim=0) / everything.std(dim=0)
    restored = (everything - everything.mean(dim=0)) * scale + table.mean(dim=0)
    torch.testing.assert_close(restored.sort(dim=0).values, table.sort(dim=0).values, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("task", "kernels", "biases"),
    [(breast_cancer(), 60, 2), (iris(network="linear"), 12, 3), (iris(network="tanh"), 44, 11)],
    ids=["breast_cancer", "iris linear", "iris tanh"],
)
def test_kernels_are_penalised_and_biases_are_not(task, kernels, biases):
    parameters = dict(task.network(0).named_parameters())
    assert sum(parameters[name].numel() for name in task.penalised) == kernels
    assert sum(parameter.numel() for parameter in parameters.values()) == kernels + biases


def test_the_tanh_network_is_4_4_4_3():
    layers = list(iris(network="tanh").network(0))[1:]
    assert [type(layer).__name__ for layer in layers] == ["Linear", "Tanh", "Linear", "Tanh", "Linear"]
    assert [tuple(layer.weight.shape) for layer in layers[::2]] == [(4, 4), (4, 4), (3, 4)]
