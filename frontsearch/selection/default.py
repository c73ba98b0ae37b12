"""``Default``: the rule by which a network is taken where nobody says which."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontsearch.comparison import Point
from frontsearch.measures import Measures
from frontsearch.selection.rules import NO_NETWORK, Sparsest, cost, nonzeros, with_measure

SPARSEST = Sparsest.of_points(0.5)  # within half a point of the best validation metric
MAX_LOSS_INCREASE = 0.02  # share of the lowest validation loss, where a task has no metric
ALL_DEAD = (
    "Every network on the fronts is dead: it predicts no better than chance, so none is picked by default. Give the "
    "study more epochs or smaller l1 weights, or pick by another rule, such as --knee chord."
)


@dataclass(frozen=True, slots=True)
class Default:
    """Picks the fewest nonzeros among the networks about as good as the best on validation data; never a dead one.

    About as good is a first metric at most half a point worse than the best, which is half a percentage point of an
    error and 0.005 of any other metric. Where the task has no metric, it is a loss at most 2 % above the lowest.
    """

    def description(self, measures: Measures) -> str:
        """One sentence for users that says which network the rule picks."""
        loss = f"validation {measures.loss.label} at most {100 * MAX_LOSS_INCREASE:g} % above the lowest"
        limit = SPARSEST.limit(measures.metric) if measures.metric else loss
        return f"The default: the sparsest network with a {limit}."

    def choose(self, points: Sequence[Point], measures: Measures) -> Point | str:
        """Picks the sparsest; of equals the one with the best metric, then loss, then key."""
        alive = [point for point in points if not point.dead]
        if not alive:
            return ALL_DEAD if points else NO_NETWORK
        if measures.metric is not None and with_measure(alive, measures.metric):
            return SPARSEST.choose(alive, measures)
        losses = {point.trial.key: cost(point, measures.loss) for point in alive}
        lowest = min(losses.values())
        limit = lowest + MAX_LOSS_INCREASE * abs(lowest)
        allowed = [point for point in alive if losses[point.trial.key] <= limit]
        return min(allowed, key=lambda point: (nonzeros(point), losses[point.trial.key], point.trial.key))
