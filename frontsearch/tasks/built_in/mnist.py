"""MNIST with the LeNet-5 of [Reiners2020]_, or with one of two networks of the pruning literature."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

import torch
from torch import nn

from frontsearch.names import Split
from frontsearch.tasks.base import Task
from frontsearch.tasks.built_in.idx import parse_idx
from frontsearch.tasks.built_in.mnist_files import MNIST
from frontsearch.tasks.examples import Examples
from frontsearch.tasks.fetching import fetch
from frontsearch.tasks.networks import LeNet5, LeNet5Caffe, all_kernels, dense_kernels, perceptron
from frontsearch.tasks.splits import shuffled_split

NETWORKS: Mapping[str, Callable[[], nn.Module]] = {
    "lenet5": LeNet5,
    "lenet5-caffe": LeNet5Caffe,
    "lenet300": partial(perceptron, 784, 300, 100, 10),
}
PENALISED = {"dense": dense_kernels, "kernels": all_kernels}
VALIDATION, SPLIT_SEED = 5_000, 60_000
BRIGHTEST = 255.0


def mnist(
    *,
    network: Literal["lenet5", "lenet5-caffe", "lenet300"] = "lenet5",
    penalised: Literal["dense", "kernels"] = "dense",
    weight_decay: float = 0.0,
    objective: Split = "validation",
) -> Task:
    """The MNIST task: 55,000 training, 5,000 validation and 10,000 test examples with pixels in [0, 1].

    Its normalisation is of pixels from 0 to 255, as the files have them.
    Unless the objective is on the training split, training metrics are computed on a fixed sample of 5,000 examples.

    Args:
        network: ``lenet5`` has 60,074 parameters [Reiners2020]_, ``lenet5-caffe`` 431,080 [Guo2016]_ and ``lenet300``
            (784-300-100-10) 266,610.
        penalised: ``dense`` penalises the weights of dense layers as in [Reiners2020]_, ``kernels`` also those of
            convolutions.
        weight_decay: Weight decay of the kernels that are not penalised; [Reiners2020]_ use 1e-4.
        objective: Split whose cross entropy is the objective.

    Raises:
        UserError: If the files can be neither found nor downloaded.
    """
    files = fetch(MNIST)
    both = _examples(files["train-images-idx3-ubyte"], files["train-labels-idx1-ubyte"])
    test = _examples(files["t10k-images-idx3-ubyte"], files["t10k-labels-idx1-ubyte"])
    train, validation = shuffled_split(both.targets.numpy(), count=VALIDATION, seed=SPLIT_SEED)
    build = NETWORKS[network]
    # The rows are shuffled, so the first few are a random sample.
    splits: dict[Split, Examples] = {"train": both.rows(train), "validation": both.rows(validation), "test": test}
    return Task(
        name=f"mnist/{network}",
        splits=splits,
        build=build,
        penalised=PENALISED[penalised](build()),
        objective_split=objective,
        weight_decay=weight_decay,
        train_metric_examples=VALIDATION,
        image=(28, 28),
        class_names=map(str, range(10)),
        normalisation=(0.0, BRIGHTEST),
    )


def _examples(images: bytes, labels: bytes) -> Examples:
    pixels = torch.tensor(parse_idx(images), dtype=torch.float32).div_(BRIGHTEST).unsqueeze_(1)
    return Examples(pixels, torch.tensor(parse_idx(labels), dtype=torch.int64))
