"""CIFAR-10 [Krizhevsky2009]_ with the VGG-like network of [Reiners2020]_, or with a ResNet or VGG."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

import numpy as np
from torch import nn

from frontsearch.names import Split
from frontsearch.tasks.augmentation import crops_and_flips
from frontsearch.tasks.base import Task
from frontsearch.tasks.built_in.cifar10_files import CIFAR10, RECORD
from frontsearch.tasks.built_in.images import ImageData, Images, Kernels
from frontsearch.tasks.fetching import fetch
from frontsearch.tasks.resnet import ResNet20
from frontsearch.tasks.vgg import VGG16, VGG19, vgg, vgg_like

NETWORKS: Mapping[str, Callable[[], nn.Module]] = {
    "vgg-like": vgg_like,
    "resnet20": ResNet20,
    "vgg16-bn": partial(vgg, VGG16),
    "vgg19-bn": partial(vgg, VGG19),
}
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
NORMALISATION = (120.7, 64.1)


def cifar10(
    *,
    network: Literal["vgg-like", "resnet20", "vgg16-bn", "vgg19-bn"] = "vgg-like",
    penalised: Kernels = "kernels",
    augment: bool = True,
    weight_decay: float = 0.0,
    objective: Split = "validation",
) -> Task:
    """The CIFAR-10 task [Krizhevsky2009]_: 45,000 training, 5,000 validation and 10,000 test examples.

    All pixels are normalised with the mean and the standard deviation of those of the training split over all three
    channels, 120.7 and 64.1 of 255, as [Reiners2020]_ do, and this is the task's normalisation.
    Unless the objective is on the training split, training metrics are computed on a fixed sample of 5,000 examples.

    Args:
        network: ``vgg-like`` has 308,394 parameters [Reiners2020]_, ``resnet20`` 269,722 [He2016]_, ``vgg16-bn``
            14,724,042 and ``vgg19-bn`` 20,035,018 [Liu2017]_.
        penalised: ``kernels`` penalises the weights of convolutions and of dense layers, ``dense`` those of dense
            layers only, as in [Reiners2020]_.
        augment: Whether training images are shifted by up to four pixels, with reflection at the border, and flipped
            horizontally at random. Metrics are always of the plain images.
        weight_decay: Weight decay of the kernels that are not penalised; [Reiners2020]_ use 1e-6.
        objective: Split whose cross entropy is the objective.

    Raises:
        UserError: If the files can be neither found nor downloaded.
    """
    files = fetch(CIFAR10)
    *shown, tested = (files[file.name] for file in CIFAR10.files)
    data = ImageData(
        name="cifar10",
        shown=_images(b"".join(shown)),
        tested=_images(tested),
        validation=5_000,
        normalisation=NORMALISATION,
        class_names=CLASSES,
    )
    return data.task(
        network,
        NETWORKS[network],
        penalised=penalised,
        weight_decay=weight_decay,
        objective=objective,
        transform=crops_and_flips if augment else None,
    )


def _images(content: bytes) -> Images:
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    return Images(records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0])
