"""Two neighbours of a weighted-sum search: their chord, and the training that comes between them."""

from collections.abc import Callable, Iterable

import numpy as np

from frontsearch.methods.base import Setting, draw_seed
from frontsearch.recipe import Recipe, WarmStart, WeightedSum
from frontsearch.trial import Trial

Pair = tuple[Trial, Trial]
Weigh = Callable[[Pair], float]
ROUNDING = 1e-9


def l1_weight(trial: Trial) -> float:
    """The l1 weight of a weighted-sum training.

    Raises:
        TypeError: When the trial's descent is no weighted sum.
    """
    descent = trial.recipe.descent
    if not isinstance(descent, WeightedSum):
        raise TypeError(f"Trial {trial.key} must come from a weighted sum; found a multi-gradient descent.")
    return descent.l1_weight


def points(pair: Pair) -> list[tuple[float, float]]:
    """The objectives of those of the two that completed."""
    return [trial.objectives for trial in pair if trial.objectives is not None]


def chord_weight(pair: Pair) -> float:
    """The l1 weight at which both are equally good, the normal of their chord [Cohon1978]_.

    One must have the lower cross entropy, the other the lower l1.
    """
    (ce_a, l1_a), (ce_b, l1_b) = points(pair)
    return (ce_b - ce_a) / (l1_a - l1_b)


def between(
    setting: Setting, pairs: Iterable[Pair], *, weigh: Weigh, rng: np.random.Generator, warm: bool
) -> list[Recipe]:
    """A training between every two neighbours, at the l1 weight that ``weigh`` says.

    Args:
        setting: The method's setting.
        pairs: The neighbours.
        weigh: What gives a pair its l1 weight; called once for each, in order.
        rng: What draws the seeds.
        warm: Whether a training starts from the nearer one of its neighbours.
    """
    weights = [(pair, weigh(pair)) for pair in pairs]
    return [
        setting.weighted(weight, draw_seed(rng), start=nearer(pair, weight) if warm else None)
        for pair, weight in weights
    ]


def nearer(pair: Pair, weight: float) -> WarmStart | None:
    """From where a training at this l1 weight starts: the one of its neighbours that is nearer to its goal.

    Where its point will lie is not known beforehand, so what is left to descend counts: the neighbour whose weighted
    sum at the new weight is less, which is so in any units. Where both are equal, as at the normal of their chord, the
    denser one is taken, for weights leave zero less readily than they go there. No training starts from one that
    diverged, nor from the dead network, which it would not leave; None when there is no other.
    """
    living = sorted(
        (trial.objectives[1], trial.objectives[0], trial.key)
        for trial in pair
        if trial.objectives is not None and trial.objectives[1] > 0
    )
    if not living:
        return None
    (l1_s, ce_s, sparse), (l1_d, ce_d, dense) = living[0], living[-1]
    return WarmStart(trial=dense if ce_s - ce_d >= weight * (l1_d - l1_s) * (1 - ROUNDING) else sparse)
