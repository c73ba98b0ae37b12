"""Networks as points of a line: which repeats to draw, and the text shown at each network."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.measures import Measure, Measures
from frontsearch.recipe import Recipe
from frontsearch.report.figures.chart import Line, Mark, Visibility
from frontsearch.report.figures.thinning import indices_to_draw
from frontsearch.trial import Trial

FIELDS = ("l1_weight", "l1_scale", "optimiser", "learning_rate", "pruning_threshold", "epochs", "start")


def repeats_to_draw(comparison: Comparison, method: str) -> list[tuple[RunResult, Visibility]]:
    """A method's only repeat; of several, all of them, and the one of median hypervolume as their summary."""
    repeats = comparison.of_method(method)
    if len(repeats) == 1:
        return [(repeats[0], "always")]
    return [(comparison.median_run(method), "summary"), *((result, "repeats") for result in repeats)]


def network_line(
    comparison: Comparison,
    result: RunResult,
    placed: Sequence[tuple[Point, tuple[float, float]]],
    *,
    mark: Mark,
    visibility: Visibility,
) -> Line:
    """A run's networks, given with their coordinates, without those that a reader could not tell apart."""
    kept = [placed[index] for index in indices_to_draw(np.array([xy for _, xy in placed]).reshape(-1, 2))]
    return Line(
        name=result.run.method,
        style=comparison.methods.index(result.run.method),
        x=tuple(x for _, (x, _) in kept),
        y=tuple(y for _, (_, y) in kept),
        hover=tuple(network_description(result, point, comparison.measures) for point, _ in kept),
        mark=mark,
        visibility=visibility,
    )


def network_description(result: RunResult, point: Point, measures: Measures) -> str:
    """A network in lines of text: method and trial, objectives, other metrics, recipe.

    Args:
        result: The run that found it.
        point: The network.
        measures: Loss and metrics of the task.
    """
    size = measures.complexity
    lines = [
        f"{result.run.method}, repeat {result.run.repeat}, trial {point.trial.key[:8]}",
        f"{measures.objective} {measures.loss.label} {point.loss:.5g}, {size.label} {point.complexity:.5g}",
        *_other_metrics(point, measures),
        *(["dead: no better than a constant prediction"] if point.dead else []),
        *(recipe_lines(point.trial.recipe) if isinstance(point.trial, Trial) else ("imported",)),
    ]
    return "\n".join(lines)


def _other_metrics(point: Point, measures: Measures) -> list[str]:
    """Size and first metric, test loss and optimality gap, and a line for each further metric."""
    metrics = point.trial.metrics
    sizes = [f"{size.label} {metrics[size.key]:.0f}" for size in measures.listed_sizes if size.key in metrics]
    first, *others = [_on_splits(metric, metrics, ("validation", "test")) for metric in measures.metrics] or [[]]
    test_loss = _on_splits(measures.loss, metrics, ("test",))
    gap = [] if point.certificate is None else [f"optimality gap {point.certificate:.3g}"]
    return [", ".join(parts) for parts in (sizes + first, test_loss + gap, *others) if parts]


def _on_splits(measure: Measure, metrics: Mapping[str, float], splits: Sequence[str]) -> list[str]:
    return [
        f"{split} {measure.label} {measure.text(metrics[measure.on(split)], '.5g')}"
        for split in splits
        if measure.on(split) in metrics
    ]


@lru_cache(maxsize=100_000)  # a network is drawn in several views
def recipe_lines(recipe: Recipe) -> tuple[str, ...]:
    """The recipe's main fields, two per line so that they fit a phone."""
    fields = recipe.fields()
    texts = [f"{name} {_rounded(fields[name])}" for name in FIELDS if fields[name] is not None]
    return tuple(", ".join(texts[first : first + 2]) for first in range(0, len(texts), 2))


def _rounded(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
