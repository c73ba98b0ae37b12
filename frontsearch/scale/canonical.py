"""``CanonicalScale``: measures complexity so that rescaling a network without a change of its function keeps it."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from frontsearch.scale.balance import GROUND, Array, Balance, Indices, Link, balanced
from frontsearch.scale.cells import Cells
from frontsearch.scale.holding import holders
from frontsearch.scale.units import Units

Named = Mapping[str, Tensor]


class CanonicalScale:
    """The scale that complexity is measured in: that with the least one among all that leave the function as it is.

    Unpenalised kernels are held: each of their channels has the norm that their initialisation gives on average.

    Args:
        units: Units of the network.
        penalised: Names of the penalised parameters.
        network: A new network.
        mean_squares: Expected square of an entry of each new parameter, by name.
        groups: Group of each entry of the penalised parameters, by name, for group-l1; None for l1.
        raw_because: Why no unit is rescaled; empty if the network's own units are.

    Attributes:
        units: Units of the network.
        penalised: Names of the penalised parameters.
        groups: Group of each entry of the penalised parameters, by name; None for l1.
        raw_because: Why weights are taken as they are; empty if they are not.
    """

    def __init__(
        self, units: Units, *, penalised: AbstractSet[str], network: nn.Module, mean_squares: Mapping[str, float],
        groups: Named | None = None, raw_because: str = "",
    ) -> None:  # fmt: skip
        self.units, self.penalised, self.raw_because = units, frozenset(penalised), raw_because
        self.groups, self._factors = groups, None if groups is None else np.sqrt(sizes_of(groups))
        self._cells = [Cells.of_kernel(kernel) for kernel in units.kernels]
        kernels = [part for part in self._cells if part.kernel.weight in penalised]
        if groups is not None:
            kernels = [Cells.of_kernel(part.kernel, part.kernel.by_pair(groups)) for part in kernels]
        self._kernels = kernels
        self._moving = [(name, part) for part in self._cells for name in part.kernel.moving if name in penalised]
        placed = {part.kernel.weight for part in self._kernels} | {name for name, _ in self._moving}
        self._others = sorted(penalised - placed)
        self._holders = holders(
            self._cells, penalised=penalised, network=named_tensors(network), mean_squares=mean_squares
        )

    @property
    def is_plain(self) -> bool:
        """Whether weights are taken as they are: no unit may be rescaled, and no BatchNorm undoes a kernel's scale."""
        return self.units.count == 1 and not self.has_normalisation

    def balance(self, network: nn.Module) -> Balance:
        """The least complexity of a network, and the scales of its units that give it."""
        named = named_tensors(network)
        holds = [holder.hold(named) for holder in self._holders]
        return balanced(self.units.count, self._penalty(named), holds, factors=self._factors)

    def factors(self, network: nn.Module, log_scale: Array) -> dict[str, Tensor]:
        """What brings the parameters and buffers of a network to these scales by multiplication, by name.

        The function stays the same in evaluation mode.

        Args:
            network: The network.
            log_scale: Logarithm of each unit's scale, as in a :class:`Balance`.
        """
        named, scale = named_tensors(network), torch.from_numpy(np.exp(log_scale))
        return {name: factor for kernel in self.units.kernels for name, factor in kernel.factors(named, scale).items()}

    def rates(self, network: nn.Module) -> dict[str, Tensor]:
        """What each entry of the penalised parameters is multiplied by before it is measured, by name.

        Tensors have their parameter's shape and are in double precision. So l1 is the sum of the absolute values times
        these rates. They are its derivatives, too, as the scales at which it is least have no effect of first order;
        only a BatchNorm's factor is taken as given.
        """
        named, scale = named_tensors(network), torch.from_numpy(np.exp(self.balance(network).log_scale))
        found = {name: rate for kernel in self.units.kernels for name, rate in kernel.rates(named, scale).items()}
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
            l1_weight: Weight of the plain complexity.
            decayed: Weight of the squares of each parameter that weight decay acts on, by name.
        """
        named = named_tensors(network)
        weight = l1_weight if self.groups is None else l1_weight**2  # the root is taken of sums of squares
        penalty = [replace(link, matrix=link.matrix * weight) for link in self._penalty(named)]
        squares = [
            Link(part.rows, part.columns, part.squares(named) * decayed[part.kernel.weight or ""], power=2)
            for part in self._cells
            if part.kernel.weight in decayed
        ]
        return balanced(self.units.count, [*penalty, *squares], [], factors=self._factors).log_scale

    def _penalty(self, named: Named) -> list[Link]:
        return list(self._links(named) if self.groups is None else self._group_links(named, self.groups))

    def _group_links(self, named: Named, groups: Named) -> Iterator[Link]:
        for part in self._kernels:
            yield Link(part.rows, part.columns, part.squares(named), power=2, groups=part.groups)
        for name, part in self._moving:
            squares, found, column_of = _squares(named, groups, name)
            columns = np.full(len(found), GROUND)
            yield Link(part.rows, columns, part.row_sums(squares, column_of), power=2, groups=found)
        for name in self._others:
            squares, found, column_of = _squares(named, groups, name)
            columns, sums = np.full(len(found), GROUND), np.bincount(column_of, squares).astype(np.float64)
            yield Link(columns[:1], columns, sums[None], power=2, groups=found)

    def _links(self, named: Named) -> Iterator[Link]:
        ground = np.array([GROUND])
        for part in self._kernels:
            yield Link(part.rows, part.columns, part.absolutes(named))
        for name, part in self._moving:
            yield Link(part.rows, ground, part.row_sums(_double(named[name]).abs().numpy()))
        for name in self._others:
            yield Link(ground, ground, np.array([[float(_double(named[name]).abs().sum())]]))


def _squares(named: Named, groups: Named, name: str) -> tuple[Array, Indices, Indices]:
    """The squares of a parameter's entries, the groups that they are of, and the place of each one's among these."""
    found, place = np.unique(groups[name].cpu().numpy().ravel(), return_inverse=True)
    return _double(named[name]).square().numpy().ravel(), found, place


def sizes_of(groups: Named) -> Array:
    """Number of entries of each group, ``(groups,)``."""
    return np.bincount(torch.cat([part.flatten() for part in groups.values()]).cpu().numpy()).astype(np.float64)


def named_tensors(network: nn.Module) -> dict[str, Tensor]:
    """All parameters and buffers of a network, by name."""
    return dict(network.named_parameters()) | dict(network.named_buffers())


def _double(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().double()
