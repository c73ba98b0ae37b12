"""``Tracer``: follows what belongs together through a forward pass, element by element."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_iter, tree_map

from frontsearch.tracing.labels import broadcast, distinct

# Names of torch functions that ask about a tensor, such as its shape.
QUESTIONS = frozenset({
    "dim", "dim_order", "element_size", "get_device", "is_complex", "is_contiguous", "is_floating_point", "ndimension",
    "nelement", "numel", "size", "storage_offset", "stride", "__len__", "__hash__", "__repr__",
})  # fmt: skip
FIXED = torch.zeros((), dtype=torch.float64)  # the label of everything that must stay as it is


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a torch function in a forward pass, and what it returned."""

    function: Callable[..., object]
    arguments: tuple[object, ...]
    keywords: dict[str, object]
    result: object

    @property
    def name(self) -> str:
        """The function's name, the same for its in-place form."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return name if name.startswith("__") else name.strip("_")

    def argument(self, position: int, name: str) -> object:
        """An argument by its position or its name; None if it was left out."""
        return self.arguments[position] if position < len(self.arguments) else self.keywords.get(name)

    @property
    def operands(self) -> list[Tensor]:
        """All tensors among the arguments."""
        return tensors((self.arguments, self.keywords))

    @property
    def output(self) -> Tensor:
        """The first tensor that was returned."""
        return tensors(self.result)[0]


def tensors(values: object) -> list[Tensor]:
    """All tensors in a value made of lists, tuples and mappings."""
    return [leaf for leaf in tree_iter(values) if isinstance(leaf, Tensor)]


Rule = Callable[[Any, Step], None]


class Tracer(TorchFunctionMode):
    """Labels every element of every tensor in a forward pass with the number of the unit that it belongs to.

    Labels have the shape of the tensor they describe, so whatever rearranges a tensor rearranges its labels. They are
    64-bit floats, as more functions take these than integers.

    Args:
        network: Network that is going to run.
        rules: What torch functions do to labels, by name; a rule is called with this tracer and the step.
        end: What all other functions do.

    Attributes:
        unknown: Names of functions that nothing is known of.
        uses: How many steps that return tensors took each tensor, by its identity.
        names: Names of the network's parameters and buffers, by identity.
        origins: For each of these, and each tensor computed from these alone, the name of the first one, by identity.
    """

    def __init__(self, network: nn.Module, *, rules: Mapping[str, Rule], end: Rule) -> None:
        super().__init__()
        named = (*network.named_parameters(), *network.named_buffers())
        self.unknown: set[str] = set()
        self.names = {id(tensor): name for name, tensor in named}
        self.origins = dict(self.names)
        self.uses: dict[int, int] = {}
        self._rules, self._end = rules, end
        self._labels: dict[int, Tensor] = {}
        self._seen: list[Tensor] = []  # keeps tensors alive: the identity of a freed one is given to another
        self._equal = [torch.zeros(2, 0, dtype=torch.float64)]  # pairs of labels that stand for one unit
        self._count = 1

    def __torch_function__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN204, PLR0917
        """Calls the function and labels what it returns."""
        step = Step(function, tuple(args), kwargs or {}, function(*args, **(kwargs or {})))
        if step.name not in QUESTIONS:
            operands, results = step.operands, tensors(step.result)
            for tensor in operands:
                self.uses[id(tensor)] = self.uses.get(id(tensor), 0) + bool(results)
                self._seen.append(tensor)
            origins = [origin for tensor in operands if (origin := self.origin(tensor))]
            if origins and len(origins) == len(operands):
                self._seen += results
                self.origins.update(dict.fromkeys(map(id, results), origins[0]))
            self._rules.get(step.name, self._end)(self, step)
        return step.result

    def name(self, value: object) -> str | None:
        """The name of a parameter or buffer of the network; None for anything else."""
        return self.names.get(id(value))

    def origin(self, value: object) -> str | None:
        """The name of the first parameter or buffer that this was computed from; None unless from such alone."""
        return self.origins.get(id(value))

    def labels(self, tensor: Tensor) -> Tensor:
        """The labels of a tensor's elements, of its shape."""
        return self._labels.get(id(tensor), FIXED).expand(tensor.shape)

    def label(self, tensor: Tensor, labels: Tensor) -> None:
        """Labels a tensor's elements."""
        self._seen.append(tensor)
        self._labels[id(tensor)] = labels.expand(tensor.shape)

    def label_axis(self, tensor: Tensor, axis: int, labels: Tensor) -> None:
        """Labels a tensor's elements by their position along an axis, ``(n,)``."""
        shape = [1] * tensor.ndim
        shape[axis] = -1
        self.label(tensor, labels.view(shape))

    def is_labelled(self, values: object) -> bool:
        """Whether a unit in these tensors may be rescaled, as far as is known."""
        return any(bool(self.labels(tensor).any()) for tensor in tensors(values))

    def new_units(self, count: int) -> Tensor:
        """Labels for new units, ``(count,)``."""
        self._count += count
        return torch.arange(self._count - count, self._count, dtype=torch.float64)

    def equate(self, first: Tensor, second: Tensor) -> None:
        """Records that elements with these labels, broadcast against each other, have the same unit."""
        pairs, _ = distinct(broadcast([first, second], max(first.ndim, second.ndim)))
        self._equal.append(pairs[:, pairs[0] != pairs[1]])

    def fix(self, values: object) -> None:
        """Records that the units in these tensors may not be rescaled."""
        for tensor in tensors(values):
            self.equate(self.labels(tensor), FIXED)

    def rearranged(self, step: Step) -> list[Tensor]:
        """The labels of what a step returns that only moves elements; units of indices have to stay."""

        def labels(value: object) -> object:
            return self.labels(value).contiguous() if isinstance(value, Tensor) else value  # as a view must not fail

        def unless_an_index(value: object) -> object:
            if not isinstance(value, Tensor) or value.is_floating_point():
                return labels(value)
            self.fix(value)
            return value

        moved, others = tree_map(labels, step.arguments[:1]), tree_map(unless_an_index, step.arguments[1:])
        keywords = {
            name: tree_map(labels if name in {"input", "tensors"} else unless_an_index, value)
            for name, value in step.keywords.items()
        }
        return tensors(step.function(*moved, *others, **keywords))

    def numbers(self) -> Tensor:
        """The number of each label's unit, ``(labels,)``; labels that were equated have the same one."""
        return _numbers(self._count, torch.cat(self._equal, dim=1).long())


def _numbers(count: int, pairs: Tensor) -> Tensor:
    """A number for each of ``count`` labels, the same for both labels of a pair, ``(2, k)``; that of label 0 is 0."""
    first, second = pairs
    number, before = torch.arange(count), torch.empty(0)
    while not torch.equal(number, before):
        before = number
        smaller = torch.minimum(number[first], number[second])
        ends = torch.cat([first, second, number[first], number[second]])
        number = number.scatter_reduce(0, ends, smaller.repeat(4), "amin")
        number = number[number]
    numbers: Tensor = torch.unique(number, return_inverse=True)[1]
    return numbers
