"""``Default``: the rule by which a network is taken where nobody says which."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontsearch.comparison import Point
from frontsearch.errors import option
from frontsearch.measures import Measures
from frontsearch.recipe import WeightedSum
from frontsearch.selection.rules import NO_NETWORK, Sparsest, cost, none_has, nonzeros, size, with_measure
from frontsearch.trial import Trial

SPARSEST = Sparsest.of_points(0.5)  # within half a point of the best validation metric
MAX_LOSS_INCREASE = 0.02  # share of the lowest validation loss, where a task has no metric


@dataclass(frozen=True, slots=True)
class Default:
    """Picks the smallest network among those about as good as the best on validation data; never a dead one.

    The smallest has the fewest nonzeros, or multiply-adds where group l1 is minimised.

    About as good is a first metric at most half a point worse than the best, which is half a percentage point of an
    error and 0.005 of any other metric. Where the task has no metric, it is a loss at most 2 % above the lowest.
    """

    def description(self, measures: Measures) -> str:
        """One sentence for users that says which network the rule picks."""
        loss = f"validation {measures.loss.label} at most {100 * MAX_LOSS_INCREASE:g} % above the lowest"
        limit = SPARSEST.limit(measures.metric) if measures.metric else loss
        return f"The default: the {measures.smallest} with a {limit}."

    def choose(self, points: Sequence[Point], measures: Measures) -> Point | str:
        """Picks the smallest; of equals the one with the best metric, then loss, then key."""
        alive = [point for point in points if not point.dead]
        if not alive:
            return all_dead(points) if points else NO_NETWORK
        if measures.metric is not None and with_measure(alive, measures.metric):
            return SPARSEST.choose(alive, measures)
        known = with_measure(alive, measures.loss)
        if not known:
            return none_has(measures.loss)
        losses = {point.trial.key: cost(point, measures.loss) for point in known}
        lowest = min(losses.values())
        limit = lowest + MAX_LOSS_INCREASE * abs(lowest)
        allowed = [point for point in known if losses[point.trial.key] <= limit]
        return min(allowed, key=lambda point: (*size(point, measures), losses[point.trial.key], point.trial.key))


def all_dead(points: Sequence[Point]) -> str:
    """The sentence where all of these networks are dead: what was found, and what may help."""
    return (
        "Every network on the fronts is dead: it is no better than a constant prediction, so none is picked by "
        f"default. {revival(points)} Or pick by another rule, such as {option('knee', 'chord')}."
    )


def revival(points: Sequence[Point]) -> str:
    """What was found of dead networks, of which there is at least one, and what may help."""
    recipes = {point.trial.key: point.trial.recipe for point in points if isinstance(point.trial, Trial)}
    weights = {key: one.descent.l1_weight for key, one in recipes.items() if isinstance(one.descent, WeightedSum)}
    least = min(weights.values(), default=0.0)
    kept = max(nonzeros(point) for point in points if weights.get(point.trial.key, least) == least)
    found = f"The smallest l1 weight among them is {least:g} and leaves" if least else "They have"
    if not kept:
        remedy = "search smaller ones with `l1_weights`" if least else "prune less, by `pruning_threshold` and its like"
        return f"{found} no penalised weight: {remedy}."
    rates = sorted({recipe.learning_rate for recipe in recipes.values()})
    tried = " to ".join(f"{rate:g}" for rate in dict.fromkeys([*rates[:1], *rates[-1:]]))
    remedy = f"more epochs or another learning rate than {tried}" + (", or smaller `l1_weights`" if least else "")
    return f"{found} {kept:,.0f} penalised weights: try {remedy}."
