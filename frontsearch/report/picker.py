"""Data for the page's network picker: every network on a front, and the rules to pick by."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.measures import SIZES, Measure
from frontsearch.names import L1
from frontsearch.report.figures.networks import network_description
from frontsearch.report.figures.views import views
from frontsearch.selection import (
    LIMITED,
    METRIC_TOLERANCE,
    NO_NETWORK,
    BestWithinLimit,
    ChosenNetworks,
    Pick,
    Sparsest,
    export_command,
)

KEY_PLACEHOLDER = "\0" * 8  # as long as a key in a command; no path can contain it


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """A network on a front: the metrics that rules compare, and where the figures show it.

    Attributes:
        style: Index of its method, which decides colour and symbol.
        repeat: Repeat that found it.
        key: Key of its trial.
        loss: Validation loss; None if unknown.
        l1: Norm of the penalised weights, of any kind.
        nonzeros: Number of nonzero penalised weights; None if unknown.
        units: Number of units of all layers; None if unknown.
        multiply_adds: Multiply-adds for one example; None if unknown.
        cost: First metric on the validation split, negative if more is better, or the loss of a task that has no
            metric; None if unknown.
        positions: Its coordinates in each view of the fronts, in the order of ``views``; None where it lacks a metric.
        description: Method, metrics and recipe as text.
    """

    style: int
    repeat: int
    key: str
    loss: float | None
    l1: float
    nonzeros: float | None
    units: float | None
    multiply_adds: float | None
    cost: float | None
    positions: tuple[tuple[float, float] | None, ...]
    description: str


def networks(comparison: Comparison) -> tuple[Network, ...]:
    """The networks on the fronts of every run, in the order in which :func:`frontsearch.selection.pick` sees them."""
    styles = {method: style for style, method in enumerate(comparison.methods)}
    shown = views(comparison.measures)
    return tuple(
        Network(
            style=styles[result.run.method],
            repeat=result.run.repeat,
            key=point.trial.key,
            loss=_cost(point, comparison.measures.loss),
            l1=point.complexity,
            **{name: point.trial.metrics.get(name) for name in SIZES},
            cost=_cost(point, comparison.measures.criterion),
            positions=tuple(view.position(point, comparison.measures) for view in shown),
            description=network_description(result, point, comparison.measures),
        )
        for result, point in _points(comparison)
    )


def _cost(point: Point, measure: Measure) -> float | None:
    metrics = point.trial.metrics
    return measure.cost(metrics) if measure.known(metrics) else None


def _points(comparison: Comparison) -> Iterator[tuple[RunResult, Point]]:
    for result in comparison.runs:
        yield from ((result, point) for point in result.points)
    for result in comparison.runs:
        seen = {point.trial.key for point in result.points}
        yield from ((result, point) for point in result.networks if point.trial.key not in seen)


def picker_data(comparison: Comparison, choice: ChosenNetworks, candidates: Sequence[Network]) -> dict[str, Any]:
    """What the page's script needs to pick, besides the networks themselves.

    ``picks`` is keyed by the method's style, or by an empty string for all methods, and then by rule without a limit.
    It holds the index of a network, or the sentence that says why there is none. ``command`` is the export command,
    split where the first digits of a key go; ``run`` is the run, with its storage, as ``frontsearch pick`` takes it.
    ``labels`` says what can be limited, ``unknown`` that no network has what a rule compares, and ``size`` what the
    smallest network has fewest of.
    """
    indices = {(network.style, network.repeat, network.key): index for index, network in enumerate(candidates)}
    styles = {"": ""} | {method: str(style) for style, method in enumerate(comparison.methods)}
    picks: dict[str, dict[str, int | str]] = {style: {} for style in styles.values()}
    for (method, rule), picked in choice.picks.items():
        picks[styles[method]][rule] = picked if isinstance(picked, str) else indices[_identity(comparison, picked)]
    command = export_command(choice.folder, KEY_PLACEHOLDER).split(KEY_PLACEHOLDER)
    run = shlex.quote(str(choice.folder)) + choice.storage_option
    measures, limits = comparison.measures, {metric: BestWithinLimit(metric, 0) for metric in LIMITED}
    labels = {metric: rule.measure(measures).label for metric, rule in limits.items()}
    unknown = {metric: rule.unknown(measures) for metric, rule in limits.items()}
    sentences = {"nothing": NO_NETWORK, "unknown": {**unknown, "metric": Sparsest(0).unknown(measures)}}
    shared = {"rounding": METRIC_TOLERANCE, "size": measures.size.key, **sentences}
    return {"picks": picks, "command": command, "run": run, "labels": labels, **shared}


def _identity(comparison: Comparison, picked: Pick) -> tuple[int, int, str]:
    run = picked.result.run
    return comparison.methods.index(run.method), run.repeat, picked.point.trial.key


def rules(comparison: Comparison, candidates: Sequence[Network]) -> tuple[tuple[str, str], ...]:
    """The rules for which these networks have metrics, each with its label."""
    measures = comparison.measures
    criterion, fewest = measures.criterion, f"fewest {measures.size.label}"
    labels = {
        "default": f"default: the best at the target, {comparison.target}"
        if comparison.target
        else f"default: {fewest} among those about as good as the best",
        "chord": "knee: farthest below the chord of the front's ends",
        "weights": "knee: best over the widest range of l1 weights",
    }
    for metric in LIMITED:
        if metric == L1 or any(getattr(network, metric) is not None for network in candidates):
            limited = BestWithinLimit(metric, 0).measure(measures)
            labels[metric] = f"lowest {measures.loss.label} with {limited.label} at most"
    if any(network.cost is not None and network.nonzeros is not None for network in candidates):
        points = criterion.gap_unit if criterion.unit == "%" else "hundredths"
        labels["metric"] = f"{fewest} within {points} of the {criterion.best} {criterion.label}"
    return tuple(labels.items())
