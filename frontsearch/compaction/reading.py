"""``Reading``: makes a network read only some entries of each example."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

Shape = tuple[int, ...]


class Reading:
    """A forward pre-hook of a network that reads only these entries of each flattened example.

    Entries that fill a box of the example, such as the middle of an image, are cut out; others are gathered one by one,
    for which engines take as long as for hundreds of multiplications each.

    Args:
        entries: Their indices, ``(inputs,)``, in ascending order.
    """

    def __init__(self, entries: Tensor) -> None:
        self.entries = entries
        self._places = entries.cpu().numpy()  # as tensors have no values in a forward pass that is traced
        self._boxes: dict[Shape, tuple[slice, ...] | None] = {}

    def __call__(self, _: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        """What the network is called with instead: the entries, ``(n, inputs)``."""
        (given,) = inputs
        shape = tuple(given.shape[1:])
        if shape not in self._boxes:
            self._boxes[shape] = filled_box(self._places, shape)
        if (box := self._boxes[shape]) is not None:
            return (given[(slice(None), *box)].flatten(1),)
        return (given.flatten(1).index_select(1, self.entries.to(given.device)),)


def filled_box(entries: NDArray[np.int64], shape: Shape) -> tuple[slice, ...] | None:
    """The slices of an array of this shape that hold these entries and no others; None if there are none."""
    box = box_around(entries, shape)
    return box if np.prod([part.stop - part.start for part in box]) == len(entries) else None


def box_around(entries: NDArray[np.int64], shape: Shape) -> tuple[slice, ...]:
    """The smallest slices of an array of this shape that hold all of these entries of the flattened array."""
    places = np.unravel_index(entries, shape)
    return tuple(slice(int(along.min()), int(along.max()) + 1) for along in places)
