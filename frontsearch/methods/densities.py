"""The shares of nonzero weights at which a sparse method prunes networks."""

import numpy as np

from frontsearch.errors import check
from frontsearch.methods.base import Setting

LEAST = 1e-12  # one minus it is a sparsity below 1
OF_GROUPS = (0.8, 0.05)  # the weights between two layers fall with the square of their units, and no unit can be halved


def check_densities(*, densest: float | None, sparsest: float | None) -> None:
    """Raises a ValueError unless these are the first and the last share of nonzero weights; None is the default."""
    if densest is not None:
        check("densest", densest, "in (0, 1)", holds=0 < densest < 1)
    if sparsest is not None and densest is not None:
        rule = f"in [{LEAST:g}, `densest` = {densest:g}]"
        check("sparsest", sparsest, rule, holds=LEAST <= sparsest <= densest)
    elif sparsest is not None:
        check("sparsest", sparsest, f"in [{LEAST:g}, 1)", holds=LEAST <= sparsest < 1)


def bounds(
    setting: Setting, default: tuple[float, float], *, densest: float | None, sparsest: float | None
) -> tuple[float, float]:
    """The first and the last share: those given; for None the first by default, and as large a part of it.

    Args:
        setting: Setting of the method.
        default: Both by default with l1; with group l1 they are 0.8 and 0.05.
        densest: The first one.
        sparsest: The last one.

    Raises:
        ValueError: If the last one is greater than the first one.
    """
    first, last = default if setting.complexity == "l1" else OF_GROUPS
    begin = first if densest is None else densest
    end = max(begin * (last / first), LEAST) if sparsest is None else sparsest
    check_densities(densest=begin, sparsest=end)
    return begin, end


def densities(ends: tuple[float, float], count: int) -> list[float]:
    """So many shares from the first to the last one, in even ratios."""
    shares: list[float] = np.geomspace(*ends, num=count).tolist()
    return shares


def next_density(left: float, ends: tuple[float, float], count: int) -> float:
    """The first of so many shares of a network that has this one: the given first, or the next of even ratios."""
    (first, last), own = ends, max(left, LEAST)
    return first if left > first else densities((own, min(last, own)), count + 1)[1]
