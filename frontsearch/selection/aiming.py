"""``AtTarget``: the network that meets a study's target best, and whether each method got there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from frontsearch.comparison import Point, RunResult
from frontsearch.measures import Measures
from frontsearch.selection.default import Default, all_dead
from frontsearch.selection.rules import NO_NETWORK, Rule, Sparsest, cost, nonzeros, size, with_measure
from frontsearch.target import Target


@dataclass(frozen=True, slots=True)
class AtTarget:
    """Picks the network that meets a target best; never a dead one.

    A target on the size picks the best first metric on validation data among the networks that are small enough, or the
    sparsest network if none is. A target on the metric picks the smallest network within it: that of the fewest
    nonzeros, or multiply-adds where group l1 is minimised.

    Attributes:
        target: The target.
    """

    target: Target

    def description(self, measures: Measures) -> str:
        """One sentence for users that says which network the rule picks."""
        criterion = measures.criterion
        if self.target.limits_size:
            what = f"{self.target}, with the {criterion.best} validation {criterion.label}"
        else:
            what = f"a {Sparsest(self.target.gap).limit(criterion)}, with the fewest {measures.size.label}"
        return f"The default: the network that meets the target, {what}."

    def choose(self, points: Sequence[Point], measures: Measures) -> Point | str:
        """Picks the best within the target; of equals the best metric, then the lowest loss, then size and key."""
        alive = [point for point in points if not point.dead]
        if not alive:
            return all_dead(points) if points else NO_NETWORK
        if not self.target.limits_size:
            return Sparsest(self.target.gap).choose(alive, measures)
        return min(alive, key=lambda point: (*self.order(point, measures), point.trial.key))

    def order(self, point: Point, measures: Measures) -> tuple[float, ...]:
        """A sort key that puts the network first that meets the target best, or comes nearest.

        Of networks within a target on the metric the smallest comes first; those beyond it must be left out before.
        A network whose metric is unknown comes after all that have one.
        """
        loss = cost(point, measures.loss)
        known = with_measure([point], measures.criterion)
        quality = cost(point, measures.criterion) if known else math.inf, loss
        if not self.target.limits_size:
            return *size(point, measures), *quality
        weights = nonzeros(point)
        return (0.0, *quality, weights) if self._is_small(point) else (1.0, weights, *quality)

    def is_reached(self, chosen: Point, points: Sequence[Point], measures: Measures) -> bool:
        """Whether the search got to its target with this network.

        A target on the size is reached by a network that is small enough. One on the metric is reached only if the
        search went beyond it, to a smaller and worse network; otherwise more epochs may find a smaller one.
        """
        if self.target.limits_size:
            return self._is_small(chosen)
        return any(size(point, measures)[0] < size(chosen, measures)[0] for point in points)

    def _is_small(self, point: Point) -> bool:
        return self.target.is_small(point.trial.metrics)


def default_rule(target: Target | None) -> Rule:
    """The rule by which a network of a study is taken where nobody says which."""
    return Default() if target is None else AtTarget(target)


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetOutcome:
    """What one run has at its study's target.

    Attributes:
        result: The run's result.
        rule: The rule that picked the network.
        point: The network that meets the target best, or comes nearest; None if the run has no living network.
        reached: Whether the run got to the target.
    """

    result: RunResult
    rule: AtTarget
    point: Point | None
    reached: bool


def target_outcome(target: Target, result: RunResult, measures: Measures) -> TargetOutcome:
    """What a run has at the target."""
    points, rule = result.networks, AtTarget(target)
    chosen = rule.choose(points, measures)
    point = None if isinstance(chosen, str) else chosen
    reached = point is not None and rule.is_reached(point, points, measures)
    return TargetOutcome(result=result, rule=rule, point=point, reached=reached)
