"""Whether each method got to the study's target: a sentence for people, and what ``summary.json`` says of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from frontsearch.comparison import Comparison, Point
from frontsearch.measures import Measures
from frontsearch.names import SPARSITY
from frontsearch.selection import AtTarget, TargetOutcome, target_outcome


def target_sentences(comparison: Comparison) -> tuple[str, ...]:
    """For each method, whether it got to the target and with which network; empty for a study without a target."""
    return tuple(_sentence(method, outcomes, comparison.measures) for method, outcomes in _outcomes(comparison).items())


def target_summary(comparison: Comparison) -> dict[str, Any]:
    """The target, and by method whether each repeat reached it and with which trial; of a study with a target."""
    return {
        "asked": comparison.target.as_mapping() if comparison.target else {},
        "methods": {
            method: {
                "reached": [outcome.reached for outcome in outcomes],
                "key": [outcome.point.trial.key if outcome.point else None for outcome in outcomes],
            }
            for method, outcomes in _outcomes(comparison).items()
        },
    }


def _outcomes(comparison: Comparison) -> Mapping[str, Sequence[TargetOutcome]]:
    if (target := comparison.target) is None:
        return {}
    return {
        method: [target_outcome(target, result, comparison.measures) for result in comparison.of_method(method)]
        for method in comparison.methods
    }


def _sentence(method: str, outcomes: Sequence[TargetOutcome], measures: Measures) -> str:
    rule = outcomes[0].rule
    reached = [outcome for outcome in outcomes if outcome.reached]
    points = [outcome.point for outcome in reached or outcomes if outcome.point is not None]
    count = f" in {len(reached)} of {len(outcomes)} repeats" if len(outcomes) > 1 and reached else ""
    verb = f"reached {rule.target}{count}" if reached else f"did not reach {rule.target}"
    if not points:
        return f"{method} {verb}: {_nothing(outcomes, measures)}."
    best = min(points, key=lambda point: rule.order(point, measures))
    return f"{method} {verb}: {_what(rule, measures, reached=bool(reached))} {_described(best, measures)}."


def _nothing(outcomes: Sequence[TargetOutcome], measures: Measures) -> str:
    """Why no run has a network at the target."""
    points = [point for outcome in outcomes for point in outcome.result.networks]
    if not points:
        return "no training completed"
    if all(point.dead for point in points):
        return "every network that it found is dead"
    return f"no network has a finite validation {measures.criterion.label}"


def _what(rule: AtTarget, measures: Measures, *, reached: bool) -> str:
    if reached:
        return "its best network has" if rule.target.limits_size else f"its {measures.smallest} within it has"
    if rule.target.limits_size:
        return "its sparsest network has"
    return "no smaller network exceeded it, so more epochs may find a sparser one than the one with"


def _described(point: Point, measures: Measures) -> str:
    metrics = point.trial.metrics
    measure = measures.criterion if measures.criterion.known(metrics) else measures.loss
    quality = f"{measure.text(metrics[measure.on('validation')])} validation {measure.label}"
    sizes = [f"{metrics[size.key]:,.0f} {size.label}" for size in measures.listed_sizes if size.key in metrics]
    return f"sparsity {metrics[SPARSITY]:.4f}, {', '.join(sizes)} and {quality} (trial {point.trial.key[:8]})"
