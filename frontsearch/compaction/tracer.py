"""``ChannelTracer``: finds the channels of a network."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from frontsearch.compaction.channels import Channels, Count, Join, Kernel, WholeKernel
from frontsearch.compaction.declared_sizes import DeclaredSize
from frontsearch.tracing import FIXED, Rule, Tracer, broadcast, distinct, tensors, varies

USED_ELSEWHERE = "uses its weight elsewhere, too"
LARGEST_INPUT = 2**17  # entries of an example whose use is followed one by one


class ChannelTracer(Tracer):
    """Labels every element with the channel that it belongs to, and records what channels are computed from.

    Args:
        network: Network that is going to run.
        inputs: The inputs that it is going to run on.
        rules: What torch functions do to labels, by name.
        end: What all other functions do.

    Attributes:
        network: The network.
        sizes: Number of entries of each of its parameters and buffers, by name.
    """

    def __init__(self, network: nn.Module, inputs: object, *, rules: Mapping[str, Rule], end: Rule) -> None:
        super().__init__(network, rules=rules, end=end)
        self.network = network
        self._steps: list[Kernel | Join] = []
        self._counts: list[Count] = []
        self._left_whole: dict[str, WholeKernel] = {}
        self._examples = len(next(iter(tensors(inputs))))
        self._vectors = {}
        self._input: Tensor | None = None
        self._not_saved, self._tied = frozenset(_not_in_state_dicts(network)), frozenset(_tied(network))
        named = (*network.named_parameters(), *network.named_buffers())
        self.sizes = {name: tensor.numel() for name, tensor in named}
        for name, tensor in named:
            if name not in self._not_saved and 1 < tensor.numel() == max(tensor.shape):
                self._vectors[name] = self.new_units(tensor.numel()).view(tensor.shape)
                self.label(tensor, self._vectors[name])
        self._first_varying = self._count  # labels below are of parameters
        if isinstance(inputs, Tensor) and inputs.is_floating_point() and 0 < inputs[:1].numel() <= LARGEST_INPUT:
            self._input = self.new_units(inputs[:1].numel()).view(inputs.shape[1:])
            self.label(inputs, self._input)

    def add(self, step: Kernel | Join) -> None:
        """Records where labels come from."""
        self._steps.append(step)

    def together(self, labels: Tensor, dims: Sequence[int]) -> Tensor | None:
        """Lets channels come and go together that differ along some dimensions, as what is computed mixes these.

        Args:
            labels: Labels of what goes in.
            dims: The dimensions.

        Returns:
            Labels of what is computed, with size 1 along these dimensions; None if channels differ along no other
            dimension, and so have to stay.
        """
        first = labels
        for dim in dims:
            first = first.narrow(dim, 0, 1)
        if not any(varies(labels, dim) for dim in dims):
            return first
        if not any(varies(first, dim) for dim in range(first.ndim)):
            return None
        self.equate(labels, first)
        return self._joined([first], varies=True)

    def join(self, output: Tensor, parts: Sequence[Tensor], *, varies: bool) -> None:
        """Labels what was computed from elements with these labels: they come and go together.

        Args:
            output: What was computed.
            parts: Labels of what it was computed from; they are broadcast against each other.
            varies: Whether something else went into it that is not the same for every example.
        """
        self.label(output, self._joined(broadcast(parts, output.ndim), varies=varies))

    def _joined(self, parts: Sequence[Tensor], *, varies: bool) -> Tensor:
        """New labels for what was computed from elements with these labels, in their shape."""
        different, place = distinct(parts)
        rows = self.new_units(different.shape[1])
        for part in different:
            self.equate(rows, part)
        self.add(Join(rows, different, varies))
        return rows[place]

    def count(self, size: object, labels: Tensor, axis: int) -> None:
        """Records what a size counts along an axis of these labels, if it comes from an attribute."""
        if isinstance(size, DeclaredSize):
            along_axis = labels.movedim(axis, 0)
            for dim in range(1, labels.ndim):
                if not varies(along_axis, dim):
                    along_axis = along_axis.narrow(dim, 0, 1)
            self._counts.append(Count(size.place, size.share, along_axis.flatten(1)))

    def positions(self, tensor: Tensor, axis: int) -> int:
        """How many vectors along this axis one example has in a tensor, in the mean, rounded up."""
        return self.of_one_example(tensor.numel() // max(tensor.shape[axis], 1), tensor)

    def of_one_example(self, count: int, tensor: Tensor) -> int:
        """A count over all of a tensor for one example; the same if the tensor is computed from parameters alone."""
        return count if self.origin(tensor) else -(-count // self._examples)

    def leave_whole(self, name: str, *, units: int, multiply_adds: int, reason: str) -> None:
        """Records one use of a weight that nothing is left out of.

        Args:
            name: Name of the weight, or of a parameter that it is computed from.
            units: Number of its outputs.
            multiply_adds: Multiplications with it for one example.
            reason: Why it stays whole; it goes on from "the network".
        """
        layer = name.partition(".parametrizations.")[0] if ".parametrizations." in name else name.rpartition(".")[0]
        before = self._left_whole.get(name, WholeKernel(layer, 0, 0, reason))
        self._left_whole[name] = WholeKernel(
            layer, max(units, before.units), multiply_adds + before.multiply_adds, reason
        )

    def channels(self) -> Channels:
        """What was found, after the network has run."""
        uses: dict[str, list[Kernel]] = {}
        for step in self._steps:
            if isinstance(step, Kernel):
                uses.setdefault(step.weight, []).append(step)
        shared = {name for name, kernels in uses.items() if self._share_channels(name, kernels)}
        steps = [step for step in self._steps if isinstance(step, Join) or step.weight in shared]
        number = self.numbers()
        kept = torch.ones(int(number.max()) + 1, dtype=torch.bool)
        for step in steps:
            if isinstance(step, Kernel):
                kept[number[step.rows.long()]] = False
        if self._input is not None:
            kept[number[self._input.long()]] = False
        kept[0] = True
        weights = {step.weight for step in steps if isinstance(step, Kernel)}
        vectors = {name: labels for name, labels in self._vectors.items() if name not in weights}
        return Channels(
            tuple(steps), number, vectors, self._input, kept,
            varying_from=self._first_varying, counts=tuple(self._counts),
            whole=tuple(self._left_whole.values()),
        )  # fmt: skip

    def _share_channels(self, name: str, kernels: list[Kernel]) -> bool:
        """Lets all uses of a weight have the same channels; False if it has to stay whole."""
        first, *others = kernels
        taken = sum(self.uses.get(identity, 0) for identity, other in self.names.items() if other == name)
        if taken == len(kernels) and not (others and name in self._tied) and all(map(first.is_like, others)):
            for other in others:
                self.equate(other.rows, first.rows)
                self.equate(other.inputs, first.inputs)
            if name in self._not_saved:
                self.equate(torch.cat([first.rows, first.inputs]), FIXED)
            return True
        for kernel in kernels:
            self.equate(torch.cat([kernel.rows, kernel.inputs]), FIXED)
            cost = kernel.positions * self.sizes[name]
            self.leave_whole(name, units=len(kernel.rows), multiply_adds=cost, reason=USED_ELSEWHERE)
        return False


def _tied(network: nn.Module) -> Iterator[str]:
    """Names of the parameters and buffers that several modules share."""
    owners: Counter[int] = Counter()
    for module in network.modules():
        owners.update(map(id, (*module.parameters(recurse=False), *module.buffers(recurse=False))))
    return (name for name, tensor in (*network.named_parameters(), *network.named_buffers()) if owners[id(tensor)] > 1)


def _not_in_state_dicts(network: nn.Module) -> Iterator[str]:
    """Names of the buffers that a file of weights does not hold, so that they stay as a new network makes them."""
    for layer, module in network.named_modules():
        for name in module._non_persistent_buffers_set:  # noqa: SLF001 - torch has no public name for it
            yield f"{layer}.{name}" if layer else name
