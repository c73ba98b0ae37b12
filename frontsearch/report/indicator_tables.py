"""Tables with one row or two per method: quality indicators, cost, knees, sources. The first row is the header."""

import math
from collections.abc import Sequence

from frontsearch.comparison import Comparison, RunResult
from frontsearch.measures import Measure, Measures
from frontsearch.names import (
    EPSILON_ADDITIVE,
    HYPERVOLUME,
    HYPERVOLUME_LOG,
    HYPERVOLUME_RATIO,
    HYPERVOLUME_TEST,
    IGD_PLUS,
    on_test,
)
from frontsearch.selection import KNEES

INDICATOR_TITLES = {
    HYPERVOLUME: "hypervolume",
    HYPERVOLUME_LOG: "hypervolume (log)",
    IGD_PLUS: "IGD+",
    EPSILON_ADDITIVE: "epsilon",
    HYPERVOLUME_RATIO: "share of exact",
}
COST_HEADER = ("front size", "trials", "epochs", "seconds")
SHORT = (HYPERVOLUME, HYPERVOLUME_TEST, HYPERVOLUME_RATIO)  # indicators for narrow terminals
TITLES = INDICATOR_TITLES | {on_test(name): f"test {title}" for name, title in INDICATOR_TITLES.items()}
SOURCE_HEADER = ("method", "from", "name there", "note")


def indicator_rows(comparison: Comparison, *, short: bool = False) -> list[tuple[str, ...]]:
    """Indicators and cost, one row per method: medians over repeats, except that epochs and seconds are sums.

    Args:
        comparison: The runs to show.
        short: Whether to leave out all indicators but the hypervolume and its share of the exact front's.
    """
    names = [name for name in shown_indicators(comparison) if not short or name in SHORT]
    below = () if comparison.exact is None else ("below exact",)
    header = ("method", *indicator_titles(names), *COST_HEADER, *below)
    return [header, *(_indicator_row(comparison, method, names) for method in comparison.methods)]


def shown_indicators(comparison: Comparison) -> tuple[str, ...]:
    """Names of the indicators that tables show, each followed by the same one on the test split where there is one."""
    names = [name for name in INDICATOR_TITLES if name in comparison.indicators]
    return tuple(each for name in names for each in (name, on_test(name)) if each in comparison.indicators)


def indicator_titles(names: Sequence[str]) -> tuple[str, ...]:
    """Titles of the columns of these indicators."""
    return tuple(TITLES[name] for name in names)


def knee_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """Two rows per method: the knee by each rule, taken from its repeat of median hypervolume."""
    typical = [comparison.median_run(method) for method in comparison.methods]
    rules = [(result, rule) for result in typical for rule in KNEES]
    measures = comparison.measures
    splits = [f"{split} {metric.label} {metric.unit}".strip() for metric, split in _on_splits(measures)]
    header = (
        "method",
        "knee",
        measures.loss.label,
        measures.complexity.label,
        *(size.label for size in measures.listed_sizes),
        *splits,
        "optimality gap",
        "trial",
    )
    return [header, *(_knee_row(result, rule, measures) for result, rule in rules)]


def source_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """The study or file that each method's results come from; empty if all come from one study."""
    rows = [(method, source.path, source.method, source.note) for method, source in comparison.sources.items()]
    return [SOURCE_HEADER, *rows] if rows else []


def _indicator_row(comparison: Comparison, method: str, names: Sequence[str]) -> tuple[str, ...]:
    repeats = comparison.of_method(method)
    return (
        method,
        *(_value(comparison.median(method, name)) for name in names),
        "/".join(str(len(result.points)) for result in repeats),
        "imported" if comparison.imported(method) else "/".join(map(_trial_count, repeats)),
        _cost(sum(result.epochs for result in repeats), "g"),
        _cost(sum(result.seconds for result in repeats), ".1f"),
        *_below_exact(comparison, method),
    )


def _below_exact(comparison: Comparison, method: str) -> tuple[str, ...]:
    if comparison.exact is None:
        return ()
    return ("/".join(str(result.below_exact) for result in comparison.of_method(method)),)


def _cost(total: float, digits: str) -> str:
    return format(total, digits) if math.isfinite(total) else "unknown"


def _trial_count(result: RunResult) -> str:
    incomplete = {"diverged": result.diverged, "failed": result.failed}
    counts = ", ".join(f"{count} {status}" for status, count in incomplete.items() if count)
    return f"{len(result.run.trials)} ({counts})" if counts else f"{len(result.run.trials)}"


def _on_splits(measures: Measures) -> list[tuple[Measure, str]]:
    return [(metric, split) for metric in measures.metrics for split in ("validation", "test")]


def _knee_row(result: RunResult, rule: str, measures: Measures) -> tuple[str, ...]:
    knee = result.knee if rule == "chord" else result.widest_knee
    if knee is None:
        reason = "none between the ends" if result.points else "no trial completed"
        return (result.run.method, rule, reason, *[""] * (3 + len(measures.listed_sizes) + len(_on_splits(measures))))
    metrics = knee.trial.metrics
    values = [(metric, metrics.get(metric.on(split))) for metric, split in _on_splits(measures)]
    return (
        result.run.method,
        rule,
        f"{knee.loss:.4f}",
        f"{knee.complexity:.5g}",
        *(f"{metrics[size.key]:.0f}" if size.key in metrics else "" for size in measures.listed_sizes),
        *("" if value is None else metric.text(value).removesuffix(" %") for metric, value in values),
        "" if knee.certificate is None else f"{knee.certificate:.3g}",
        knee.trial.key[:8],
    )


def _value(value: float) -> str:
    return f"{value:.4f}" if math.isfinite(value) else "no front"
