"""``ImageData``: images and classes that are bytes, and how a task is made of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from frontsearch.errors import check
from frontsearch.names import Split
from frontsearch.tasks.base import Task
from frontsearch.tasks.examples import Examples, Inputs
from frontsearch.tasks.networks import all_kernels, dense_kernels, first_kernel
from frontsearch.tasks.splits import shuffled_split

SPLIT_SEED = 60_000
BRIGHTEST = 255.0
Kernels = Literal["dense", "kernels", "inputs"]
PENALISED = {"dense": dense_kernels, "kernels": all_kernels, "inputs": first_kernel}


class Images(NamedTuple):
    """Images, ``(n, channels, height, width)``, and their classes, ``(n,)``."""

    pixels: NDArray[np.uint8]
    classes: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class ImageData:
    """A data set of images.

    Attributes:
        name: Name of the data set.
        shown: Images that training and validation split are drawn from.
        tested: Images of the test split.
        validation: Size of the validation split; its rows are fixed and each class has its share.
        normalisation: Mean and standard deviation that pixels from 0 to 255 are normalised with.
        class_names: Names of the classes in their order.
    """

    name: str
    shown: Images
    tested: Images
    validation: int
    normalisation: tuple[float, float]
    class_names: tuple[str, ...]

    def task(
        self,
        network: str,
        build: Callable[[], nn.Module],
        *,
        penalised: Kernels,
        weight_decay: float,
        objective: Split,
        training_examples: int | None = None,
        transform: Callable[[Any], Inputs] | None = None,
    ) -> Task:
        """A task of this data set.

        Args:
            network: Name of the network.
            build: Function that makes it.
            penalised: Which kernels are penalised.
            weight_decay: As :class:`Task` has it.
            objective: Split whose cross entropy is the objective.
            training_examples: Size of the training split; None takes all that there are.
            transform: As :class:`Task` has it.

        Raises:
            ValueError: If there are fewer training examples.
        """
        return Task(
            name=f"{self.name}/{network}",
            splits=self._splits(training_examples),
            build=build,
            penalised=PENALISED[penalised](build()),
            objective_split=objective,
            weight_decay=weight_decay,
            transform=transform,
            train_metric_examples=self.validation,
            image=self.shown.pixels.shape[2:],
            class_names=self.class_names,
            normalisation=self.normalisation,
        )

    def _splits(self, training_examples: int | None) -> dict[Split, Examples]:
        # The rows are shuffled, so the first few are a random sample.
        train, validation = shuffled_split(self.shown.classes, count=self.validation, seed=SPLIT_SEED)
        count = len(train) if training_examples is None else training_examples
        check("training_examples", count, f"from 1 to {len(train)}", holds=1 <= count <= len(train))
        train = train[:count]
        return {
            "train": self._examples(self.shown.pixels[train], self.shown.classes[train]),
            "validation": self._examples(self.shown.pixels[validation], self.shown.classes[validation]),
            "test": self._examples(*self.tested),
        }

    def _examples(self, pixels: NDArray[np.uint8], classes: NDArray[np.uint8]) -> Examples:
        mean, std = self.normalisation
        inputs = torch.tensor(pixels, dtype=torch.float32).sub_(mean).div_(std)
        return Examples(inputs, torch.tensor(classes, dtype=torch.int64))
