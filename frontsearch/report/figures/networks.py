"""Networks as points of a line: which repeats are shown, and what a reader sees at a network."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.names import NONZEROS, TEST_CROSS_ENTROPY, TEST_ERROR, VALIDATION_ERROR
from frontsearch.recipe import Recipe
from frontsearch.report.figures.chart import Line, Mark, Shown
from frontsearch.report.figures.thinning import drawn
from frontsearch.trial import Trial

FIELDS = ("l1_weight", "l1_scale", "optimiser", "learning_rate", "pruning_threshold", "epochs", "start")


def shown_repeats(comparison: Comparison, method: str) -> list[tuple[RunResult, Shown]]:
    """A method's one repeat; of several the typical one in summary, and every one for itself."""
    repeats = comparison.of_method(method)
    if len(repeats) == 1:
        return [(repeats[0], "always")]
    return [(comparison.typical(method), "summary"), *((figures, "repeats") for figures in repeats)]


def network_line(
    comparison: Comparison,
    figures: RunResult,
    placed: Sequence[tuple[Point, tuple[float, float]]],
    *,
    mark: Mark,
    shown: Shown,
) -> Line:
    """A run's networks where they lie, thinned to what can be told apart."""
    kept = drawn(np.array([place for _, place in placed]).reshape(-1, 2))
    return Line(
        name=figures.run.method,
        style=comparison.methods.index(figures.run.method),
        x=tuple(placed[place][1][0] for place in kept),
        y=tuple(placed[place][1][1] for place in kept),
        hover=tuple(network_words(figures, placed[place][0], split=comparison.split) for place in kept),
        mark=mark,
        shown=shown,
    )


def network_words(figures: RunResult, point: Point, *, split: str) -> str:
    """A line each for the method and the trial, the objectives, the other figures, the recipe.

    Args:
        figures: The run.
        point: The network.
        split: The split whose cross entropy is the objective.
    """
    lines = [
        f"{figures.run.method}, repeat {figures.run.repeat}, trial {point.trial.key[:8]}",
        f"{split} cross entropy {point.cross_entropy:.5g}, l1 {point.l1:.5g}",
        *_others(point),
        *(recipe_words(point.trial.recipe) if isinstance(point.trial, Trial) else ("imported",)),
    ]
    return "\n".join(lines)


def _others(point: Point) -> list[str]:
    metrics = point.trial.metrics
    found = [f"nonzeros {metrics[NONZEROS]:.0f}"] if NONZEROS in metrics else []
    names = (name for name in (VALIDATION_ERROR, TEST_ERROR) if name in metrics)
    found += [f"{name.replace('_', ' ')} {100 * metrics[name]:.2f} %" for name in names]
    tested = [f"test cross entropy {metrics[TEST_CROSS_ENTROPY]:.5g}"] if TEST_CROSS_ENTROPY in metrics else []
    certified = [] if point.certificate is None else [f"certificate {point.certificate:.3g}"]
    return [line for line in (", ".join(found), ", ".join(tested + certified)) if line]


@lru_cache(maxsize=100_000)  # a network is drawn in several views
def recipe_words(recipe: Recipe) -> tuple[str, ...]:
    """The recipe's fields, two a line: a phone is narrow."""
    fields = recipe.fields()
    words = [f"{name} {_short(fields[name])}" for name in FIELDS if fields[name] is not None]
    return tuple(", ".join(words[place : place + 2]) for place in range(0, len(words), 2))


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
