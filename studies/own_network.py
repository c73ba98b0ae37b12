"""A task of your own: data, a network, and what is penalised. own_network.toml trains it."""

from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from torch import nn

import frontsearch as fs


def make_task(hidden: int = 32) -> fs.Task:
    """Wine by 13 chemical measurements: 178 examples, three classes.

    Args:
        hidden: Number of hidden units; the study file sets it.
    """
    table = load_wine()
    scaler = StandardScaler().fit(table.data)
    return fs.Task(
        name="wine",
        # Pairs of arrays or tensors, or torch Datasets. Validation and test examples are drawn if you give none.
        splits={"train": (scaler.transform(table.data), table.target)},
        build=lambda: nn.Sequential(nn.Linear(13, hidden), nn.ReLU(), nn.Linear(hidden, 3)),
        penalised="kernels",  # weights of linear and convolution layers; or "all", names, patterns, a function
        loss=nn.CrossEntropyLoss(),
        # Exported files carry these, so that other programs need no more than the file.
        class_names=table.target_names,
        normalisation=(scaler.mean_, scaler.scale_),
    )
