"""Pairs of neighbours in a weighted-sum search: their chord, and the training between them."""

from collections.abc import Callable, Iterable

import numpy as np

from frontsearch.methods.base import Setting, draw_seed
from frontsearch.recipe import Recipe, WarmStart, WeightedSum
from frontsearch.trial import Trial

Pair = tuple[Trial, Trial]
WeightRule = Callable[[Pair], float]  # chooses the l1 weight of the training between two neighbours
ERROR_TOLERANCE = 1e-9  # relative difference up to which two weighted sums count as equal


def l1_weight(trial: Trial) -> float:
    """The l1 weight of a weighted-sum training.

    Raises:
        TypeError: If the trial's descent is not a weighted sum.
    """
    descent = trial.recipe.descent
    if not isinstance(descent, WeightedSum):
        raise TypeError(f"Trial {trial.key} must come from a weighted sum; found a multi-gradient descent.")
    return descent.l1_weight


def completed_objectives(pair: Pair) -> list[tuple[float, float]]:
    """The objectives of those trials of the pair that completed."""
    return [trial.objectives for trial in pair if trial.objectives is not None]


def chord_weight(pair: Pair) -> float:
    """The l1 weight at which both trials have the same weighted sum: the normal of their chord [Cohon1978]_.

    One trial must have the lower cross entropy, the other the lower l1.
    """
    (ce_a, l1_a), (ce_b, l1_b) = completed_objectives(pair)
    return (ce_b - ce_a) / (l1_a - l1_b)


def recipes_between(
    setting: Setting, pairs: Iterable[Pair], *, weight_rule: WeightRule, rng: np.random.Generator, warm: bool
) -> list[Recipe]:
    """Recipes of one training between the neighbours of each pair.

    Args:
        setting: Setting of the method.
        pairs: Pairs of neighbours.
        weight_rule: Chooses the l1 weight for a pair; called once per pair, in order.
        rng: Random generator of the seeds.
        warm: Whether to start from the weights of the nearer neighbour.
    """
    weights = [(pair, weight_rule(pair)) for pair in pairs]
    return [
        setting.weighted_sum(weight, draw_seed(rng), start=nearest_warm_start(pair, weight) if warm else None)
        for pair, weight in weights
    ]


def nearest_warm_start(pair: Pair, weight: float) -> WarmStart | None:
    """A warm start from the neighbour that is nearer to the solution at this l1 weight.

    The solution is not known beforehand, so the nearer neighbour is the one with the smaller weighted sum at the new
    weight; this does not depend on units. If both sums are equal, as at the normal of the chord, the denser neighbour
    is taken, because weights reach zero more readily than they leave it. A trial that diverged or whose weights are all
    zero is never taken; None if neither trial is left.
    """
    candidates = sorted(
        (trial.objectives[1], trial.objectives[0], trial.key)
        for trial in pair
        if trial.objectives is not None and trial.objectives[1] > 0
    )
    if not candidates:
        return None
    (l1_s, ce_s, sparse), (l1_d, ce_d, dense) = candidates[0], candidates[-1]
    return WarmStart(trial=dense if ce_s - ce_d >= weight * (l1_d - l1_s) * (1 - ERROR_TOLERANCE) else sparse)
