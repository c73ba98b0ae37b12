"""``UnitTracer``: finds the units of a network and the kernels between them."""

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor, nn

from frontsearch.scale.units import Kernel, Normalisation, Units
from frontsearch.tracing import FIXED, Rule, Tracer


class UnitTracer(Tracer):
    """Labels every element with the number of the unit whose scale it has, and records the kernels between units.

    Args:
        network: Network that is going to run.
        rules: What torch functions do to labels, by name.
        end: What all other functions do.
    """

    def __init__(self, network: nn.Module, *, rules: Mapping[str, Rule], end: Rule) -> None:
        super().__init__(network, rules=rules, end=end)
        self._kernels: dict[int, Kernel] = {}  # by identity of the tensor that each one computes
        self._fresh: set[int] = set()  # identities of tensors that are what a kernel computed, and nothing more
        self._folded: set[int] = set()  # identities of tensors between a kernel and the BatchNorm counted with it

    def label(self, tensor: Tensor, labels: Tensor) -> None:
        """Labels a tensor's elements."""
        super().label(tensor, labels)
        self._fresh.discard(id(tensor))

    def add_kernel(self, output: Tensor, kernel: Kernel) -> None:
        """Records the kernel that computed a tensor, whose labels must be known."""
        self._kernels[id(output)] = kernel
        self._fresh.add(id(output))

    def is_fresh(self, tensor: Tensor) -> bool:
        """Whether a tensor is what a kernel computed, and nothing was done to it since."""
        return id(tensor) in self._fresh

    def fold(self, tensor: Tensor, normalisation: Normalisation, moving: tuple[str, ...]) -> None:
        """Records that a BatchNorm follows the kernel that computed ``tensor``."""
        self._kernels[id(tensor)] = replace(self._kernels[id(tensor)], normalisation=normalisation, moving=moving)
        self._fresh.discard(id(tensor))
        self._folded.add(id(tensor))

    def units(self) -> Units:
        """What was found, after the network has run."""
        identities = {name: identity for identity, name in self.names.items()}
        kernels = []
        for identity, kernel in self._kernels.items():
            parts = [identities[name] for name in kernel.names]
            # Other steps that use what a folded kernel computes would see its own scale, which no longer counts.
            computed = {identity} & self._folded
            if any(self.uses.get(part, 0) > 1 for part in (*parts, *computed)):
                self.equate(kernel.rows, FIXED)
                self.equate(kernel.columns, FIXED)
            else:
                kernels.append(kernel)
        number = self.numbers()
        numbered = (
            replace(kernel, rows=number[kernel.rows.long()], columns=number[kernel.columns.long()])
            for kernel in kernels
        )
        return Units(int(number.max()) + 1, tuple(numbered), tuple(sorted(self.unknown)))
