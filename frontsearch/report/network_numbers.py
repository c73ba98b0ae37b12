"""The numbers of a network that the page shows first."""

from collections.abc import Iterator, Mapping

from frontsearch.comparison import Point
from frontsearch.measures import BENCHMARKED, NONZERO_WEIGHTS, Measures
from frontsearch.names import PRUNABLE

Numbers = tuple[tuple[str, str], ...]


def network_numbers(point: Point, measures: Measures) -> Numbers:
    """Titles and texts: first metric on both splits, sizes, what ``frontsearch bench`` measured, both objectives."""
    return tuple(_numbers({**point.trial.metrics, measures.complexity.key: point.complexity}, measures))


def _numbers(metrics: Mapping[str, float], measures: Measures) -> Iterator[tuple[str, str]]:
    for measure in dict.fromkeys((measures.criterion, measures.loss)):
        for split in ("validation", "test"):
            if (name := measure.on(split)) in metrics:
                yield f"{split} {measure.label}", measure.text(metrics[name])
        if measure == measures.criterion:
            yield from _sizes(metrics, measures)
    yield measures.complexity.label, f"{metrics[measures.complexity.key]:.5g}"


def _sizes(metrics: Mapping[str, float], measures: Measures) -> Iterator[tuple[str, str]]:
    for size in dict.fromkeys((measures.size, *measures.listed_sizes, *BENCHMARKED.values())):
        if size.key in metrics:
            of = f" of {metrics[PRUNABLE]:,.0f}" if size == NONZERO_WEIGHTS and PRUNABLE in metrics else ""
            yield size.label, f"{metrics[size.key]:,.0f}{of}"
