"""Which units the unpenalised kernels of a network hold at the norm that their initialisation gives."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from frontsearch.scale.balance import GROUND, Array, Hold, Indices
from frontsearch.scale.cells import Cells

Named = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Holder:
    """An unpenalised kernel and the units that it holds.

    Attributes:
        cells: The kernel's cells.
        places: Rows or columns of these units, ``(k,)``.
        radius: Norm that each of these rows or columns has on average in a new network, ``(k,)``.
        sign: -1 if it holds units that it computes, 1 if it holds units that it takes.
    """

    cells: Cells
    places: Indices
    radius: Array
    sign: int

    def hold(self, named: Named) -> Hold:
        """How the units are held, given the network's parameters and buffers by name."""
        squares = self.cells.squares(named) if self.sign < 0 else self.cells.squares(named).T
        units, others = self.cells.ends(self.sign)[self.places], self.cells.ends(-self.sign)
        return Hold(units, others, squares[self.places], self.radius, self.sign)


def holders(
    cells: Sequence[Cells], *, penalised: AbstractSet[str], network: Named, mean_squares: Mapping[str, float]
) -> tuple[Holder, ...]:
    """The holders of a network's units, each of which depends only on units of earlier ones and on free units.

    An unpenalised kernel holds the units that it is the first to compute, if they lead to a penalised kernel. Of the
    units that are left, it holds those that it takes, unless the scale of held units follows from theirs.

    Args:
        cells: Cells of all kernels, in forward order.
        penalised: Names of the penalised parameters.
        network: Parameters and buffers of a new network, by name.
        mean_squares: Expected square of an entry of each new parameter, by name.
    """
    unpenalised = [number for number, part in enumerate(cells) if part.kernel.weight not in penalised]
    computed, found, excluded = {GROUND}, [], {GROUND}
    leading = _leading_to_penalised(cells, penalised)
    radii = {sign: [_radius(part, network, mean_squares, sign=sign) for part in cells] for sign in (-1, 1)}
    for number, part in enumerate(cells):
        units = set(part.rows[radii[-1][number] > 0].tolist()) - computed
        computed |= units
        units &= leading
        if units and number in unpenalised:
            found.append((number, units, -1))
            excluded |= units | set(part.columns.tolist())
    for number in reversed(unpenalised):
        if units := set(cells[number].columns[radii[1][number] > 0].tolist()) - excluded:
            found.append((number, units, 1))
            excluded |= units
    return tuple(
        Holder(cells[number], places, radii[sign][number][places], sign)
        for number, units, sign in found
        for places in [np.flatnonzero(np.isin(cells[number].ends(sign), list(units)))]
    )


def _leading_to_penalised(cells: Sequence[Cells], penalised: AbstractSet[str]) -> set[int]:
    """The units from which a penalised kernel is reached."""
    leading: set[int] = set()
    size = -1
    while len(leading) > size:
        size = len(leading)
        for part in reversed(cells):
            if part.kernel.weight in penalised or leading.intersection(part.rows.tolist()):
                leading.update(part.columns.tolist())
        leading.discard(GROUND)
    return leading


def _radius(part: Cells, network: Named, mean_squares: Mapping[str, float], *, sign: int) -> Array:
    """The norm of each row (sign -1) or column of a new kernel on average; 1 for a BatchNorm or a kernel of zeros.

    That of a buffer is its own, as no training changes it: 0 where it has no weights, so that it holds no unit there.
    """
    axis, weight = 1 if sign < 0 else 0, part.kernel.weight
    if weight is not None and weight not in mean_squares:
        radius: Array = np.sqrt(part.squares(network).sum(axis))
        return radius
    mean_square = mean_squares[weight] if weight is not None and network[weight].ndim > 1 else 0.0
    squares = mean_square * part.counts(network).sum(axis)
    return np.sqrt(np.where(squares > 0, squares, 1.0))
