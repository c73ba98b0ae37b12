"""``CanonicalScale``: measures l1 so that rescaling a network without a change of its function does not change it."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from frontsearch.scale.balance import GROUND, Array, Balance, Link, balanced
from frontsearch.scale.cells import Cells
from frontsearch.scale.holding import holders
from frontsearch.scale.units import Units

Named = Mapping[str, Tensor]


class CanonicalScale:
    """The scale that l1 is measured in: the one with the least l1 among all that leave the function as it is.

    Unpenalised kernels are held: each of their channels has the norm that their initialisation gives on average.

    Args:
        units: Units of the network.
        penalised: Names of the penalised parameters.
        network: A new network.
        mean_squares: Expected square of an entry of each new parameter, by name.
        raw_because: Why no unit is rescaled; empty if the network's own units are.

    Attributes:
        units: Units of the network.
        penalised: Names of the penalised parameters.
        raw_because: Why l1 is the plain sum; empty if it is not.
    """

    def __init__(
        self, units: Units, *, penalised: AbstractSet[str], network: nn.Module, mean_squares: Mapping[str, float],
        raw_because: str = "",
    ) -> None:  # fmt: skip
        self.units, self.penalised, self.raw_because = units, frozenset(penalised), raw_because
        self._cells = [Cells.of_kernel(kernel) for kernel in units.kernels]
        self._kernels = [part for part in self._cells if part.kernel.weight in penalised]
        self._moving = [(name, part) for part in self._cells for name in part.kernel.moving if name in penalised]
        placed = {part.kernel.weight for part in self._kernels} | {name for name, _ in self._moving}
        self._others = sorted(penalised - placed)
        self._holders = holders(
            self._cells, penalised=penalised, network=named_tensors(network), mean_squares=mean_squares
        )

    @property
    def is_plain(self) -> bool:
        """Whether no unit may be rescaled, so that l1 is the plain sum."""
        return self.units.count == 1

    def balance(self, network: nn.Module) -> Balance:
        """The least l1 of a network, and the scales of its units that give it."""
        named = named_tensors(network)
        return balanced(self.units.count, list(self._links(named)), [holder.hold(named) for holder in self._holders])

    def factors(self, network: nn.Module, log_scale: Array) -> dict[str, Tensor]:
        """What brings the parameters and buffers of a network to these scales by multiplication, by name.

        The function stays the same in evaluation mode.

        Args:
            network: The network.
            log_scale: Logarithm of each unit's scale, as in a :class:`Balance`.
        """
        named, scale = named_tensors(network), torch.from_numpy(np.exp(log_scale))
        return {name: factor for kernel in self.units.kernels for name, factor in kernel.factors(named, scale).items()}

    def l1_rates(self, network: nn.Module) -> dict[str, Tensor]:
        """By how much l1 grows with the absolute value of each entry of the penalised parameters, by name.

        Tensors have their parameter's shape and are in double precision. l1 is the sum of the absolute values times
        these rates. They are its derivatives, too, as the scales at which it is least have no effect of first order;
        only a BatchNorm's factor is taken as given.
        """
        named, scale = named_tensors(network), torch.from_numpy(np.exp(self.balance(network).log_scale))
        found = {name: rate for kernel in self.units.kernels for name, rate in kernel.l1_rates(named, scale).items()}
        one = torch.ones((), dtype=torch.float64)
        return {name: found.get(name, one).expand(named[name].shape) for name in self.penalised}

    @property
    def has_normalisation(self) -> bool:
        """Whether the scale of a unit depends on a BatchNorm, which works in another way while it trains."""
        return any(part.kernel.normalisation for part in self._cells)

    def least_penalty_scales(self, network: nn.Module, *, l1_weight: float, decayed: Mapping[str, float]) -> Array:
        """The log scales at which what training adds to the loss is least, for a network without BatchNorm.

        Args:
            network: The network.
            l1_weight: Weight of the plain l1.
            decayed: Weight of the squares of each parameter that weight decay acts on, by name.
        """
        named = named_tensors(network)
        absolutes = [replace(link, matrix=link.matrix * l1_weight) for link in self._links(named)]
        squares = [
            Link(part.rows, part.columns, part.squares(named) * decayed[part.kernel.weight or ""], power=2)
            for part in self._cells
            if part.kernel.weight in decayed
        ]
        return balanced(self.units.count, [*absolutes, *squares], []).log_scale

    def _links(self, named: Named) -> Iterator[Link]:
        ground = np.array([GROUND])
        for part in self._kernels:
            yield Link(part.rows, part.columns, part.absolutes(named))
        for name, part in self._moving:
            yield Link(part.rows, ground, part.row_sums(_double(named[name]).abs().numpy()))
        for name in self._others:
            yield Link(ground, ground, np.array([[float(_double(named[name]).abs().sum())]]))


def named_tensors(network: nn.Module) -> dict[str, Tensor]:
    """All parameters and buffers of a network, by name."""
    return dict(network.named_parameters()) | dict(network.named_buffers())


def _double(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().double()
