"""Data for the page's network picker: every network on a front, and the rules to pick by."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.measures import SIZES, Measure
from frontsearch.report.figures.networks import network_description
from frontsearch.report.figures.views import views
from frontsearch.report.network_numbers import network_numbers
from frontsearch.selection import (
    MAX_REPRESENTATIVES,
    ChosenNetworks,
    Pick,
    export_command,
)

KEY_PLACEHOLDER = "\0" * 8  # as long as a key in a command; no path can contain it


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """A network on a front: its metrics, and where the figures show it.

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
    """What the page's script needs to pick, besides the networks themselves; it looks up and compares nothing.

    ``numbers`` has by key what to say first of each summarised network. ``picks`` is keyed by the method's style, or by
    an empty string for all methods, and then by rule without a limit. It holds the index of a network, or the sentence
    that says why there is none. ``tables`` has the rules with a limit by the same keys: from each of the ``limits`` on,
    the network ``found`` at its place is picked, and ``below`` is the sentence for lower ones. ``covers`` has by style
    the representatives, one, two, three and so on up to ``most``, or the sentence that says why there are none.
    ``command`` is the export command, split where the first digits of a key go, or None where only Python exports;
    ``run`` is the run, with its storage, as ``frontsearch pick`` takes it.
    """
    styles = {"": ""} | {method: str(style) for style, method in enumerate(comparison.methods)}
    places = _places(candidates)
    picks: dict[str, dict[str, int | str]] = {style: {} for style in styles.values()}
    for (method, rule), picked in choice.picks.items():
        picks[styles[method]][rule] = picked if isinstance(picked, str) else places[styles[method], _key(picked)]
    tables: dict[str, dict[str, Any]] = {style: {} for style in styles.values()}
    for (method, rule), table in choice.tables.items():
        found = [places[styles[method], key] for key in table.keys]
        tables[styles[method]][rule] = {"limits": table.limits, "found": found, "below": table.below}
    covers: dict[str, str | list[list[int]]] = {
        styles[method]: cover
        if isinstance(cover, str)
        else [[places[styles[method], key] for key in subset] for subset in cover]
        for method, cover in choice.representatives.items()
    }
    command = None if choice.in_python else export_command(choice.folder, KEY_PLACEHOLDER).split(KEY_PLACEHOLDER)
    run = shlex.quote(str(choice.folder)) + choice.storage_option
    numbers = {
        key: network_numbers(summary.pick.point, comparison.measures)
        for key, summary in choice.network_summaries.items()
    }
    shown = {"numbers": numbers, "picks": picks, "tables": tables, "covers": covers, "most": MAX_REPRESENTATIVES}
    return {**shown, "command": command, "run": run}


def _key(picked: Pick) -> str:
    return picked.trial.key


def _places(candidates: Sequence[Network]) -> dict[tuple[str, str], int]:
    """Index of the first network with a key, by style of its method or an empty string for all, as rules see them."""
    places: dict[tuple[str, str], int] = {}
    for index, network in enumerate(candidates):
        for style in ("", str(network.style)):
            places.setdefault((style, network.key), index)
    return places
