"""``Examples``: inputs and targets of a split."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils._pytree import tree_leaves

from frontsearch.tasks.contents import tensor_bytes

Form = tuple[tuple[int, ...], torch.dtype]  # shape and dtype of a tensor
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

    @property
    def forms(self) -> dict[str, Form]:
        """Shape and dtype of every tensor, by name."""
        return {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in self.tensors.items()}

    def contents(self) -> Iterator[memoryview]:
        """The bytes of all tensors, one tensor after the other."""
        return (tensor_bytes(tensor) for tensor in self.tensors.values())

    def read(self) -> "Examples":
        """The examples in memory, which these are."""
        return self

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
        """Copies of all examples in order, ``size`` at a time; the last piece may be smaller, or one larger.

        Copies, as a network may change its inputs in place, and as products of matrices have other last bits where
        memory is aligned otherwise, as in a mapped file.
        """
        return (self.rows(part).map(Tensor.clone) for part in parts_of(len(self.targets), size))


def parts_of(count: int, size: int) -> list[slice]:
    """Slices of so many examples, ``size`` at a time.

    A single one that would be left joins those before it, as a layer that normalises over batches needs two.
    """
    ends = [*range(size, count - (size > 1), size), count]
    return [slice(start, end) for start, end in pairwise([0, *ends]) if start < end]


def copied(inputs: Inputs) -> Inputs:
    """Copies of inputs."""
    match inputs:
        case Tensor():
            return inputs.clone()
        case tuple():
            return tuple(part.clone() for part in inputs)
    return {name: part.clone() for name, part in inputs.items()}


def forward(network: Callable[..., Tensor], inputs: Inputs) -> Tensor:
    """The outputs of a network, which is given copies of these inputs, as it may change them in place."""
    return forward_once(network, copied(inputs))


def forward_once(network: Callable[..., Tensor], inputs: Inputs) -> Tensor:
    """The outputs of a network for inputs that nothing else needs, as it may change them in place.

    Several inputs are its arguments, a dictionary its keywords.
    """
    match inputs:
        case Tensor():
            return network(inputs)
        case tuple():
            return network(*inputs)
    return network(**inputs)


def joined(outputs: object) -> Tensor:
    """A network's outputs as one tensor; in training mode some have several, such as those of auxiliary heads."""
    if isinstance(outputs, Tensor):
        return outputs
    return torch.cat([each.flatten() for each in tree_leaves(outputs) if isinstance(each, Tensor)])
