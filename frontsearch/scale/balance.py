"""The least complexity over all scales of a network's units, by a convex minimisation."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

LIMIT = float(np.log(1e6))  # scales stay between 1e-6 and 1e6
SLOPE = 1e-9  # of the logarithm of the penalty where it counts as least
GROUND = 0  # the unit whose scale is one


@dataclass(frozen=True, slots=True)
class Link:
    """A penalty between units: ``sum(matrix * (scale[rows, None] / scale[columns]) ** power)``.

    Attributes:
        rows: Units without duplicates, ``(m,)``.
        columns: Units, ``(n,)``, without duplicates unless there are groups.
        matrix: Sums of absolute weights, or of squares, ``(m, n)``.
        power: 1 for absolute weights, 2 for squares.
        groups: Group of each column, ``(n,)``, for sums of squares whose roots are penalised; None if the sums are.
    """

    rows: Indices
    columns: Indices
    matrix: Array
    power: int = 1
    groups: Indices | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Units whose scale follows from those of other units, as the norm of a kernel of theirs is given.

    The kernel's rows have the norm ``radius`` if ``sign`` is -1, its columns if it is 1.

    Attributes:
        units: Units that are held, ``(m,)``.
        others: Units on the other side of the kernel, ``(n,)``.
        squares: Sums of squared weights, ``(m, n)``.
        radius: The given norms, ``(m,)``.
        sign: -1 for units that the kernel computes, 1 for units that it takes.
    """

    units: Indices
    others: Indices
    squares: Array
    radius: Array
    sign: int

    def log_scales(self, log_scale: Array) -> Array:
        """The log scales of the held units, given those of all others, ``(m,)``."""
        with np.errstate(divide="ignore"):
            log_norms = np.log(self.squares @ np.exp(2 * self.sign * log_scale[self.others])) / 2
        found: Array = (self.sign * (log_norms - np.log(self.radius))).clip(-LIMIT, LIMIT)
        return found

    def shares(self, log_scale: Array) -> Array:
        """Derivative of the held log scales by those of the others, ``(m, n)``."""
        parts = self.squares * np.exp(2 * self.sign * log_scale[self.others])
        shares: Array = parts / np.maximum(parts.sum(1, keepdims=True), np.finfo(float).tiny)
        return shares


@dataclass(frozen=True, slots=True)
class Balance:
    """The scales at which the complexity is least.

    Attributes:
        least: The least complexity. Units without any incoming or outgoing weight add nothing to it.
        log_scale: Logarithm of each unit's scale, ``(count,)``, within the limits; 0 for such units.
        limited: Number of units whose scale would lie beyond the limits.
    """

    least: float
    log_scale: Array
    limited: int


def balanced(count: int, links: Sequence[Link], holds: Sequence[Hold], *, factors: Array | None = None) -> Balance:
    """The least complexity over the scales of all units that are not held.

    The sum is convex in the logarithms of the scales [Osborne1960]_, and so is its logarithm. It is NaN if a weight is
    infinite or NaN.

    Args:
        count: Number of units.
        links: Penalties between units.
        holds: Held units, in an order in which each depends only on earlier ones and on free units.
        factors: Factor of the root of each group's sum, ``(groups,)``, if the links have groups.
    """
    if not all(np.isfinite(weights).all() for _, _, weights in _edges(links, holds)):
        return Balance(math.nan, np.zeros(count), 0)
    alive = _alive(count, links, holds)
    links = [_restricted(link, alive) for link in links]
    is_free = alive.copy()
    is_free[[GROUND, *(unit for hold in holds for unit in hold.units)]] = False
    free = np.flatnonzero(is_free)

    def log_scales(values: Array) -> Array:
        log_scale = np.zeros(count)
        log_scale[free] = values
        for hold in holds:
            log_scale[hold.units] = hold.log_scales(log_scale)
        return log_scale

    def objective(values: Array) -> tuple[float, Array]:
        log_scale = log_scales(values)
        least, slopes = _tangent(links, factors, log_scale)
        incoming, outgoing = _flows(slopes, log_scale)
        slope = incoming - outgoing
        for hold in reversed(holds):
            slope[hold.others] += slope[hold.units] @ hold.shares(log_scale)
        return math.log(least), slope[free] / least

    ones = log_scales(np.zeros(len(free)))
    start = np.clip(_closed_form(_tangent(links, factors, ones)[1], ones)[free], -LIMIT, LIMIT)
    log_scale = log_scales(_minimiser(objective, start) if len(free) else start)
    limited = int((np.abs(log_scale) >= LIMIT).sum())
    return Balance(_tangent(links, factors, log_scale)[0], log_scale, limited)


def _minimiser(objective: Callable[[Array], tuple[float, Array]], start: Array) -> Array:
    """Where an objective, of which the slope is returned as well, is least within the limits."""
    if np.abs(objective(start)[1]).max() <= SLOPE:  # the closed form was exact
        return start
    from scipy.optimize import fmin_l_bfgs_b  # noqa: PLC0415 - half as long to import as torch, and not every task needs it

    bounds = [(-LIMIT, LIMIT)] * len(start)
    found: Array = fmin_l_bfgs_b(objective, start, bounds=bounds, m=20, factr=10, pgtol=SLOPE)[0]
    return found


def _tangent(links: Sequence[Link], factors: Array | None, log_scale: Array) -> tuple[float, Sequence[Link]]:
    """The complexity, and penalties without groups that have its derivatives at these scales.

    The derivative of a root is that of what it is taken of, divided by twice the root.
    """
    plain = [link for link in links if link.groups is None]
    grouped = [(link, link.groups) for link in links if link.groups is not None]
    if factors is None or not grouped:
        return _total(plain, log_scale), plain
    squares = np.zeros(len(factors))
    for link, groups in grouped:
        rows, columns = np.exp(2 * log_scale[link.rows]), np.exp(-2 * log_scale[link.columns])
        squares += np.bincount(groups, (rows @ link.matrix) * columns, minlength=len(factors))
    norms = np.sqrt(squares)
    weights = np.divide(factors, 2 * norms, out=np.zeros_like(norms), where=norms > 0)
    tangents = [replace(link, matrix=link.matrix * weights[groups], groups=None) for link, groups in grouped]
    return _total(plain, log_scale) + float(factors @ norms), [*plain, *tangents]


def _total(links: Sequence[Link], log_scale: Array) -> float:
    """The penalty of all links."""
    parts = (
        np.exp(link.power * log_scale[link.rows]) @ link.matrix @ np.exp(-link.power * log_scale[link.columns])
        for link in links
    )
    return float(sum(parts))


def _flows(links: Sequence[Link], log_scale: Array) -> tuple[Array, Array]:
    """By how much the penalty grows with each log scale by what enters the unit, and falls by what leaves it."""
    incoming, outgoing = np.zeros(len(log_scale)), np.zeros(len(log_scale))
    for link in links:
        rows, columns = np.exp(link.power * log_scale[link.rows]), np.exp(-link.power * log_scale[link.columns])
        incoming[link.rows] += link.power * rows * (link.matrix @ columns)
        outgoing += np.bincount(link.columns, link.power * (rows @ link.matrix) * columns, minlength=len(log_scale))
    return incoming, outgoing


def _closed_form(links: Sequence[Link], log_scale: Array) -> Array:
    """The best log scale of each unit for l1 while all others stay, ``(count,)``: ``log(outgoing / incoming) / 2``.

    It is the minimiser of l1 if no weight joins two free units, as in a network with one hidden layer.
    """
    incoming, outgoing = _flows(links, log_scale)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(np.log(outgoing / incoming) / 2, posinf=0, neginf=0)


def _alive(count: int, links: Sequence[Link], holds: Sequence[Hold]) -> NDArray[np.bool_]:
    """Which units have weights on both sides, ``(count,)``.

    With one side missing, a unit's scale may be as large or as small as one likes, so the weights on its other side
    add nothing. Without them, further units may lack one side.
    """
    alive = np.ones(count, dtype=bool)
    while True:
        incoming, outgoing = np.zeros(count), np.zeros(count)
        for rows, columns, weights in _edges(links, holds):
            incoming[rows] += weights @ alive[columns]
            outgoing += np.bincount(columns, alive[rows] @ weights, minlength=count)
        incoming[GROUND] = outgoing[GROUND] = 1
        before, alive = alive, alive & (incoming > 0) & (outgoing > 0)
        if (alive == before).all():
            return alive


def _edges(links: Sequence[Link], holds: Sequence[Hold]) -> Iterator[tuple[Indices, Indices, Array]]:
    for link in links:
        yield link.rows, link.columns, link.matrix
    for hold in holds:
        forward = (hold.units, hold.others, hold.squares)
        yield forward if hold.sign < 0 else (hold.others, hold.units, hold.squares.T)


def _restricted(link: Link, alive: NDArray[np.bool_]) -> Link:
    """The link without the weights of units that are not alive."""
    if alive.all():
        return link
    return replace(link, matrix=link.matrix * alive[link.rows, None] * alive[link.columns])
