"""MNIST with the LeNet-5 of [Reiners2020]_, or with one of two networks of the pruning literature."""

from frontsearch.names import Split
from frontsearch.tasks.base import Task
from frontsearch.tasks.built_in.data_sets import MNIST
from frontsearch.tasks.built_in.idx_task import NETWORKS, Network, idx_data
from frontsearch.tasks.built_in.images import BRIGHTEST, Kernels


def mnist(
    *,
    network: Network = "lenet5",
    penalised: Kernels = "dense",
    weight_decay: float = 0.0,
    training_examples: int | None = None,
    objective: Split = "validation",
) -> Task:
    """The MNIST task: 55,000 training, 5,000 validation and 10,000 test examples with pixels in [0, 1].

    Its normalisation is of pixels from 0 to 255, as the files have them.
    Unless the objective is on the training split, training metrics are computed on a fixed sample of 5,000 examples.

    Args:
        network: ``lenet5`` has 60,074 parameters [Reiners2020]_, ``lenet5-caffe`` 431,080 [Guo2016]_ and ``lenet300``
            (784-300-100-10) 266,610.
        penalised: ``dense`` penalises the weights of dense layers as in [Reiners2020]_, ``kernels`` also those of
            convolutions, ``inputs`` only those of the first layer.
        weight_decay: Weight decay of the kernels that are not penalised; [Reiners2020]_ use 1e-4.
        training_examples: How many of the training examples are used; None takes all.
        objective: Split whose cross entropy is the objective.

    Raises:
        UserError: If the files can be neither found nor downloaded.
        ValueError: If there are fewer training examples.
    """
    data = idx_data(MNIST, validation=5_000, normalisation=(0.0, BRIGHTEST), class_names=tuple("0123456789"))
    return data.task(
        network,
        NETWORKS[network],
        penalised=penalised,
        weight_decay=weight_decay,
        training_examples=training_examples,
        objective=objective,
    )
