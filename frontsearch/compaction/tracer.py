"""``ChannelTracer``: finds the channels of a network."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from frontsearch.compaction.channels import Channels, Join, Kernel
from frontsearch.tracing import FIXED, Rule, Tracer

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
    """

    def __init__(self, network: nn.Module, inputs: object, *, rules: Mapping[str, Rule], end: Rule) -> None:
        super().__init__(network, rules=rules, end=end)
        self.network = network
        self._steps: list[Kernel | Join] = []
        self._vectors = {}
        self._input: Tensor | None = None
        for name, tensor in (*network.named_parameters(), *network.named_buffers()):
            if tensor.ndim == 1 and len(tensor) > 1:
                self._vectors[name] = self.new_units(len(tensor))
                self.label(tensor, self._vectors[name])
        self._whole = frozenset(_not_in_state_dicts(network))
        for name, tensor in network.named_buffers():
            if name in self._whole:
                self.fix(tensor)
        self._first_varying = self._count  # labels below are of parameters
        if isinstance(inputs, Tensor) and inputs.is_floating_point() and 0 < inputs[:1].numel() <= LARGEST_INPUT:
            self._input = self.new_units(inputs[:1].numel()).view(inputs.shape[1:])
            self.label(inputs, self._input)

    def add(self, step: Kernel | Join) -> None:
        """Records where labels come from."""
        self._steps.append(step)

    def is_used_again(self, name: str) -> bool:
        """Whether several steps took this parameter."""
        return any(self.uses.get(identity, 0) > 1 for identity, other in self.names.items() if other == name)

    def channels(self) -> Channels:
        """What was found, after the network has run."""
        steps = []
        for step in self._steps:
            used_again = isinstance(step, Kernel) and self.is_used_again(step.weight)
            if isinstance(step, Kernel) and (used_again or step.weight in self._whole):
                self.equate(step.rows, FIXED)
                self.equate(step.inputs, FIXED)
            if not used_again:
                steps.append(step)
        number = self.numbers()
        kept = torch.ones(int(number.max()) + 1, dtype=torch.bool)
        for step in steps:
            if isinstance(step, Kernel):
                kept[number[step.rows.long()]] = False
        if self._input is not None:
            kept[number[self._input.long()]] = False
        kept[0] = True
        return Channels(tuple(steps), number, self._vectors, self._input, kept, varying_from=self._first_varying)


def _not_in_state_dicts(network: nn.Module) -> Iterator[str]:
    """Names of the buffers that a file of weights does not hold, so that they stay as a new network makes them."""
    for layer, module in network.named_modules():
        for name in module._non_persistent_buffers_set:  # noqa: SLF001 - torch has no public name for it
            yield f"{layer}.{name}" if layer else name
