"""``Default``: the rule by which a network is taken where nobody says which."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontsearch.comparison import Point
from frontsearch.selection.rules import NO_NETWORK, Sparsest, has_error, loss, nonzeros

MAX_ERROR_INCREASE = 0.5  # percentage points of validation error
MAX_LOSS_INCREASE = 0.02  # share of the lowest validation cross entropy, where a task has no error metric
ALL_DEAD = (
    "Every network on the fronts is dead: it predicts no better than chance, so none is picked by default. Give the "
    "study more epochs or smaller l1 weights, or pick by another rule, such as --knee chord."
)


@dataclass(frozen=True, slots=True)
class Default:
    """Picks the fewest nonzeros among the networks about as good as the best on validation data; never a dead one.

    About as good is an error at most half a percentage point above the lowest or, where the task has no error metric, a
    cross entropy at most 2 % above the lowest.
    """

    @property
    def description(self) -> str:
        """One sentence for users that says which network the rule picks."""
        return (
            "The default: the sparsest network whose validation error is at most "
            f"{MAX_ERROR_INCREASE:g} percentage points above the lowest (without an error metric: whose validation "
            f"cross entropy is at most {100 * MAX_LOSS_INCREASE:g} % above the lowest)."
        )

    def choose(self, points: Sequence[Point]) -> Point | str:
        """Picks the sparsest; of equals the one with the lowest error, then cross entropy, then key."""
        alive = [point for point in points if not point.dead]
        if not alive:
            return ALL_DEAD if points else NO_NETWORK
        if any(map(has_error, alive)):
            return Sparsest(MAX_ERROR_INCREASE).choose(alive)
        lowest = min(map(loss, alive))
        allowed = [point for point in alive if loss(point) <= lowest + MAX_LOSS_INCREASE * abs(lowest)]
        return min(allowed, key=lambda point: (nonzeros(point), loss(point), point.trial.key))
