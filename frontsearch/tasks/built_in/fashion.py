"""Fashion-MNIST [Xiao2017]_ with the networks of MNIST."""

from frontsearch.names import Split
from frontsearch.tasks.base import Task
from frontsearch.tasks.built_in.data_sets import FASHION
from frontsearch.tasks.built_in.idx_task import NETWORKS, Network, idx_data
from frontsearch.tasks.built_in.images import Kernels

CLASSES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
NORMALISATION = (73.0, 90.1)


def fashion(
    *,
    network: Network = "lenet5",
    penalised: Kernels = "dense",
    weight_decay: float = 0.0,
    training_examples: int | None = None,
    objective: Split = "validation",
) -> Task:
    """The Fashion-MNIST task [Xiao2017]_: 50,000 training, 10,000 validation and 10,000 test examples.

    All pixels are normalised with the mean and the standard deviation of those of the training split, 73.0 and 90.1 of
    255, and this is the task's normalisation.
    Unless the objective is on the training split, training metrics are computed on a fixed sample of 10,000 examples.

    Args:
        network: ``lenet5``, ``lenet5-caffe`` or ``lenet300``, as with MNIST.
        penalised: ``dense`` penalises the weights of dense layers, ``kernels`` also those of convolutions,
            ``inputs`` only those of the first layer.
        weight_decay: Weight decay of the kernels that are not penalised.
        training_examples: How many of the training examples are used; None takes all.
        objective: Split whose cross entropy is the objective.

    Raises:
        UserError: If the files can be neither found nor downloaded.
        ValueError: If there are fewer training examples.
    """
    data = idx_data(FASHION, validation=10_000, normalisation=NORMALISATION, class_names=CLASSES)
    return data.task(
        network,
        NETWORKS[network],
        penalised=penalised,
        weight_decay=weight_decay,
        training_examples=training_examples,
        objective=objective,
    )
