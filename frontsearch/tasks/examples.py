"""``Examples``: inputs and targets of a split, and the many forms in which people have them."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset, TensorDataset, default_collate

Inputs = Tensor | tuple[Tensor, ...] | Mapping[str, Tensor]


class Examples(NamedTuple):
    """Inputs and targets of the same examples; the first dimension of every tensor counts the examples.

    Attributes:
        inputs: A tensor; a tuple, for a network called with several tensors; or a dictionary, for one called with
            keywords.
        targets: A tensor.
    """

    inputs: Inputs
    targets: Tensor

    @property
    def tensors(self) -> dict[str, Tensor]:
        """All tensors by name: ``inputs``, or ``inputs.0`` or ``inputs.NAME`` for each of several, then ``targets``."""
        match self.inputs:
            case Tensor():
                inputs = {"inputs": self.inputs}
            case tuple():
                inputs = {f"inputs.{number}": tensor for number, tensor in enumerate(self.inputs)}
            case _:
                inputs = {f"inputs.{name}": tensor for name, tensor in sorted(self.inputs.items())}
        return {**inputs, "targets": self.targets}

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, Tensor]) -> "Examples":
        """Examples with these :attr:`tensors`."""
        if "inputs" in tensors:
            return cls(tensors["inputs"], tensors["targets"])
        named = {name.removeprefix("inputs."): tensor for name, tensor in tensors.items() if name != "targets"}
        several = all(name.isdigit() for name in named)
        in_order = tuple(named[str(number)] for number in range(len(named))) if several else named
        return cls(in_order, tensors["targets"])

    def map(self, function: Callable[[Tensor], Tensor]) -> "Examples":
        """Examples with the function applied to every tensor."""
        return self.of_tensors({name: function(tensor) for name, tensor in self.tensors.items()})

    def rows(self, rows: Tensor | NDArray[np.intp] | slice) -> "Examples":
        """The examples in these rows; those of a slice share memory."""
        if isinstance(rows, slice):
            return self.map(lambda tensor: tensor[rows])
        numbers = torch.as_tensor(rows, device=self.targets.device)
        return self.map(lambda tensor: tensor.index_select(0, numbers))

    def pieces(self, size: int) -> Iterator["Examples"]:
        """All examples in order, ``size`` at a time; the last piece may be smaller.

        They are copies, as products of matrices have other last bits where memory is aligned otherwise, as in a file.
        """
        bounds = (*range(0, len(self.targets), size), len(self.targets))
        return (self.rows(slice(start, end)).map(Tensor.clone) for start, end in pairwise(bounds))


def forward(network: Callable[..., Tensor], inputs: Inputs) -> Tensor:
    """The outputs of a network: several inputs are its arguments, a dictionary its keywords."""
    match inputs:
        case Tensor():
            return network(inputs)
        case tuple():
            return network(*inputs)
    return network(**inputs)


def as_examples(found: object) -> Examples:
    """Examples from a pair of inputs and targets, or from a torch ``Dataset`` of such pairs, read into memory once.

    Whatever NumPy can read as an array becomes a tensor: floating-point numbers of torch's default dtype, whole numbers
    as 64-bit integers. Tensors stay as they are.

    Raises:
        TypeError: If it is neither.
    """
    if isinstance(found, TensorDataset):
        found = found.tensors if len(found.tensors) == 2 else (tuple(found.tensors[:-1]), found.tensors[-1])
    elif isinstance(found, Dataset):
        found = default_collate(list(found if isinstance(found, IterableDataset) else _items(found)))
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise TypeError(type(found).__name__)
    inputs, targets = found
    return Examples(_as_inputs(inputs), _as_tensor(targets))


def _items(dataset: Any) -> Iterator[object]:  # noqa: ANN401 - a Dataset of unknown items
    return (dataset[number] for number in range(len(dataset)))


def _as_inputs(found: object) -> Inputs:
    if isinstance(found, Mapping):
        return {str(name): _as_tensor(value) for name, value in found.items()}
    several = isinstance(found, tuple | list) and all(hasattr(value, "shape") for value in found)
    return tuple(map(_as_tensor, found)) if several and isinstance(found, tuple | list) else _as_tensor(found)


def _as_tensor(found: object) -> Tensor:
    if isinstance(found, Tensor):
        return found
    array = np.asarray(found)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"an array of {array.dtype}")
    with warnings.catch_warnings():  # of arrays that cannot be written, such as a file mapped for reading
        warnings.simplefilter("ignore", UserWarning)
        tensor = torch.as_tensor(array)
    return tensor.to(torch.get_default_dtype()) if array.dtype.kind == "f" else tensor.to(torch.int64)
