"""The networks that a reader may choose from, for the page's script, and the sentence on the one to begin with."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.names import ERROR, NONZEROS, VALIDATION_CROSS_ENTROPY, VALIDATION_ERROR, on_split
from frontsearch.report.figures.networks import network_words
from frontsearch.report.figures.views import VIEWS
from frontsearch.selection import NOTHING, ROUNDING, ChosenNetworks, Pick, export_command

ANY_KEY = "\0" * 8  # as many characters as a command has of a key, and none that a path can have
RULES = (
    ("chord", "knee: farthest below the chord of the front's ends"),
    ("weights", "knee: best over the widest range of l1 weights"),
    ("l1", "least cross entropy within an l1 of"),
    (NONZEROS, "least cross entropy within a number of nonzeros of"),
    ("error", "fewest nonzeros within percentage points of the best accuracy"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """A network of a front, as rules compare it and as the figures place it.

    Attributes:
        style: Place of its method.
        repeat: Its run's.
        key: Its trial's.
        loss: Cross entropy on validation; None where it is not known.
        l1: Sum of absolute penalised weights.
        nonzeros: How many of them are not zero; None where it is not known.
        error: Share of wrong answers on validation; None where the task knows none.
        places: Where the views of the fronts have it, in their order; None where one has not.
        words: Whose it is, its figures and its recipe.
    """

    style: int
    repeat: int
    key: str
    loss: float | None
    l1: float
    nonzeros: float | None
    error: float | None
    places: tuple[tuple[float, float] | None, ...]
    words: str


def networks(comparison: Comparison) -> tuple[Network, ...]:
    """Of both fronts of every run, in the order in which :func:`frontsearch.selection.picks.pick` goes through them."""
    styles = {method: style for style, method in enumerate(comparison.methods)}
    return tuple(
        Network(
            style=styles[figures.run.method],
            repeat=figures.run.repeat,
            key=point.trial.key,
            loss=point.trial.metrics.get(VALIDATION_CROSS_ENTROPY),
            l1=point.l1,
            nonzeros=point.trial.metrics.get(NONZEROS),
            error=point.trial.metrics.get(VALIDATION_ERROR),
            places=tuple(view.place(point) for view in VIEWS),
            words=network_words(figures, point, split=comparison.split),
        )
        for figures, point in _points(comparison)
    )


def _points(comparison: Comparison) -> Iterator[tuple[RunResult, Point]]:
    for figures in comparison.runs:
        yield from ((figures, point) for point in figures.points)
    for figures in comparison.runs:
        known = {point.trial.key for point in figures.points}
        yield from ((figures, point) for point in figures.sparse if point.trial.key not in known)


def choosing(comparison: Comparison, choice: ChosenNetworks, found: Sequence[Network]) -> dict[str, Any]:
    """What the page's script finds picks in, beside the networks.

    Knees are by the style of a method, or by nothing for all of them, and by their rule: the place of a network, or the
    sentence that says why there is none. The command that exports is what comes before and what comes after a key's
    first digits, and the run is as ``frontsearch pick`` takes it.
    """
    at = {(one.style, one.repeat, one.key): place for place, one in enumerate(found)}
    styles = {"": ""} | {method: str(style) for style, method in enumerate(comparison.methods)}
    knees: dict[str, dict[str, int | str]] = {style: {} for style in styles.values()}
    for (method, by), knee in choice.knees.items():
        knees[styles[method]][by] = knee if isinstance(knee, str) else at[_address(comparison, knee)]
    command = export_command(choice.study, ANY_KEY, out=choice.out).split(ANY_KEY)
    shared = {"rounding": ROUNDING, "nothing": NOTHING}
    return {"knees": knees, "command": command, "run": shlex.quote(str(choice.out or choice.study)), **shared}


def _address(comparison: Comparison, knee: Pick) -> tuple[int, int, str]:
    run = knee.figures.run
    return comparison.methods.index(run.method), run.repeat, knee.point.trial.key


def rules(found: Sequence[Network]) -> tuple[tuple[str, str], ...]:
    """The rules that these networks can be picked by, with their labels."""
    known = {
        NONZEROS: any(one.nonzeros is not None for one in found),
        "error": any(one.error is not None for one in found),
    }
    return tuple((rule, label) for rule, label in RULES if known.get(rule, True))


def knee_words(choice: ChosenNetworks) -> str:
    """The network to begin with, the knee of all fronts; nothing where there is none."""
    knee = choice.knees["", "chord"]
    if isinstance(knee, str):
        return ""
    metrics = knee.point.trial.metrics
    parts = [f"{metrics[NONZEROS]:,.0f} of {metrics['prunable']:,.0f} weights"]
    parts += [
        f"{split} error {100 * metrics[on_split(split, ERROR)]:.2f} %"
        for split in ("validation", "test")
        if on_split(split, ERROR) in metrics
    ]
    return f"The knee of all fronts is a network of {knee.figures.run.method} with {', '.join(parts)}."
