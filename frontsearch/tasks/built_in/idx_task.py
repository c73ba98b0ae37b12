"""Tasks of 28 x 28 grey images in MNIST's file format, and their networks."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from torch import nn

from frontsearch.tasks.built_in.data_sets import IDX_FILES
from frontsearch.tasks.built_in.idx import parse_idx
from frontsearch.tasks.built_in.images import ImageData, Images
from frontsearch.tasks.fetching import DataSet, fetch
from frontsearch.tasks.networks import LeNet5, LeNet5Caffe, perceptron

Network = Literal["lenet5", "lenet5-caffe", "lenet300"]
NETWORKS: Mapping[Network, Callable[[], nn.Module]] = {
    "lenet5": LeNet5,
    "lenet5-caffe": LeNet5Caffe,
    "lenet300": partial(perceptron, 784, 300, 100, 10),
}


def idx_data(
    data: DataSet, *, validation: int, normalisation: tuple[float, float], class_names: tuple[str, ...]
) -> ImageData:
    """Reads a data set of four IDX files.

    Args:
        data: Where its files are.
        validation: As :class:`ImageData` has it.
        normalisation: As :class:`ImageData` has it.
        class_names: As :class:`ImageData` has it.

    Raises:
        UserError: If the files can be neither found nor downloaded.
    """
    files = fetch(data)
    pixels, classes, test_pixels, test_classes = (parse_idx(files[name]) for name in IDX_FILES)
    return ImageData(
        name=data.name,
        shown=Images(pixels[:, None], classes),
        tested=Images(test_pixels[:, None], test_classes),
        validation=validation,
        normalisation=normalisation,
        class_names=class_names,
    )
