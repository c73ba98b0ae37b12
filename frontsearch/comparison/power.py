"""How many repeats, or studies, a significant difference takes."""

import math
from itertools import count
from statistics import NormalDist

from frontsearch.comparison.significance import ALPHA, smallest_p, smallest_signed_rank_p

POWER = 0.8
MOST_REPEATS = 1000


def repeats_needed(effect: float, /, *, pairs: int) -> int | None:
    """Repeats of either method with which the rank-sum test finds a difference with probability ``POWER``.

    Noether's approximation [Noether1987]_ for two samples of equal size, at the level ``ALPHA`` divided by the number
    of pairs, with which Holm's correction begins.

    Args:
        effect: Vargha and Delaney's A.
        pairs: Number of pairs that are tested.

    Returns:
        None if more than ``MOST_REPEATS`` are needed.
    """
    normal = NormalDist()
    quantiles = normal.inv_cdf(1 - ALPHA / pairs / 2) + normal.inv_cdf(POWER)
    shift = abs(effect - 0.5)
    if quantiles > shift * math.sqrt(6 * MOST_REPEATS):
        return None
    return max(math.ceil((quantiles / shift) ** 2 / 6), fewest_repeats(pairs))


def fewest_repeats(pairs: int, /) -> int:
    """The fewest repeats of every method with which one of so many pairs can differ significantly."""
    return next(repeats for repeats in count(2) if smallest_p(repeats, repeats) * pairs <= ALPHA)


def fewest_studies(pairs: int, /) -> int:
    """The fewest studies with which one of so many pairs can differ significantly by the signed-rank test."""
    return next(studies for studies in count(2) if smallest_signed_rank_p(studies) * pairs <= ALPHA)
