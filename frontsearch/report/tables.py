"""The report's CSV files and ``summary.json``, as text."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from platform import python_version
from typing import Any

from frontsearch.comparison import HYPERVOLUME_TARGETS, LOSSES, Comparison, Point, Published, RunResult
from frontsearch.errors import one_line
from frontsearch.measures import UNITS_LEFT, Measure, Measures
from frontsearch.names import (
    CERTIFICATE,
    EPOCHS,
    EPOCHS_SPENT,
    KEY,
    METHOD,
    NONZEROS,
    NUMBER,
    REPEAT,
    SECONDS,
    SECONDS_SPENT,
    STATUS,
)  # fmt: skip
from frontsearch.report.target import target_summary
from frontsearch.selection import NetworkSummary
from frontsearch.trial import Trial

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width
PACKAGES = ("frontsearch", "torch", "optuna", "pymoo", "moocore", "scikit-learn", "plotly")


def trials_csv(comparison: Comparison) -> str:
    """One row per trial: method, repeat, number, key, status, objectives, all recipe fields, all metrics, cost."""
    trials = [trial for result in comparison.runs for trial in result.run.trials]
    metrics = sorted(
        {name for trial in trials for name in trial.metrics} - {comparison.measures.complexity.key}
    )  # databases keep no order
    recipe = list(trials[0].recipe.fields()) if trials else []
    columns = [
        METHOD,
        REPEAT,
        NUMBER,
        KEY,
        STATUS,
        *comparison.measures.objectives,
        *recipe,
        *metrics,
        EPOCHS_SPENT,
        SECONDS,
    ]
    rows = (
        {
            METHOD: result.run.method,
            REPEAT: result.run.repeat,
            NUMBER: number,
            **_trial_row(trial, comparison.measures),
        }
        for result in comparison.runs
        for number, trial in enumerate(result.run.trials)
    )
    return csv_text(columns, rows)


def fronts_csv(comparison: Comparison) -> str:
    """One row per point of each run's front of both objectives."""
    measures = comparison.measures
    rows = (point_row(result, point, measures) for result in comparison.runs for point in result.points)
    return csv_text(measures.front_columns, rows)


def sparse_fronts_csv(comparison: Comparison) -> str:
    """One row per point of each run's front of first validation metric and size; columns as in ``fronts.csv``."""
    return _metric_fronts_csv(comparison, comparison.measures.size)


def unit_fronts_csv(comparison: Comparison) -> str:
    """One row per point of each run's front of first validation metric and units; columns as in ``fronts.csv``."""
    return _metric_fronts_csv(comparison, UNITS_LEFT)


def _metric_fronts_csv(comparison: Comparison, size: Measure) -> str:
    measures = comparison.measures
    points = ((result, point) for result in comparison.runs for point in result.metric_fronts[size.key])
    return csv_text(measures.front_columns, (point_row(result, point, measures) for result, point in points))


def attainment_csv(comparison: Comparison) -> str:
    """One row per corner of each attainment surface of a method's repeats, the best surface first."""
    columns = (METHOD, "attained_by", *comparison.measures.objectives)
    rows = (
        (method, surface.level, *corner)
        for method in comparison.methods
        for surface in comparison.surfaces(method)
        for corner in surface.points.tolist()
    )
    return csv_text(columns, (dict(zip(columns, row, strict=True)) for row in rows))


def differences_csv(comparison: Comparison) -> str:
    """One row per rectangle that the best method's repeats attain more often, or less often, than another method's."""
    corners = (f"{name}_{end}" for end in ("from", "to") for name in comparison.measures.objectives)
    columns = (METHOD, "against", *corners, "more_of_its_repeats")
    best, *others = comparison.ranking
    differences = ((other, comparison.difference(best, other)) for other in others)
    rows = (
        (best, other, *rectangle, share)
        for other, difference in differences
        for rectangle, share in zip(difference.rectangles.tolist(), difference.share.tolist(), strict=True)
    )
    return csv_text(columns, (dict(zip(columns, row, strict=True)) for row in rows))


def learning_curves_csv(comparison: Comparison, network_summaries: Iterable[NetworkSummary]) -> str:
    """One row per recorded moment of every training in these networks' lineages, each training once."""
    curves = {
        stage.key: curve
        for summary in network_summaries
        for stage, curve in zip(summary.lineage.stages, summary.curves, strict=True)
        if curve
    }
    columns = (KEY, EPOCHS, *comparison.measures.objectives, NONZEROS)
    rows = ((key, *moment) for key, curve in curves.items() for moment in zip(*curve.columns.values(), strict=True))
    return csv_text(columns, (dict(zip(columns, row, strict=True)) for row in rows))


def point_row(result: RunResult, point: Point, measures: Measures) -> dict[str, Any]:
    """A front point's values, by column of ``fronts.csv``."""
    metrics = point.trial.metrics
    return {
        METHOD: result.run.method,
        REPEAT: result.run.repeat,
        KEY: point.trial.key,
        measures.loss.key: point.loss,
        measures.complexity.key: point.complexity,
        EPOCHS_SPENT: point.epochs_spent,
        SECONDS_SPENT: point.seconds_spent,
        CERTIFICATE: point.certificate,
        **{name: _number(metrics[name]) for name in measures.front_columns if name in metrics},
    }


def summary_json(comparison: Comparison, *, study: str, task: str) -> str:
    """Content of ``summary.json``: settings, package versions, each method's results, tests of all pairs of methods."""
    summary = {
        "study": study,
        "task": task,
        "reference_point": list(comparison.linear.high),
        "log_box": {"low": list(comparison.log.low), "high": list(comparison.log.high)},
        "versions": {"python": python_version(), **{package: version(package) for package in PACKAGES}},
        "methods": {method: _method_summary(comparison, method) for method in comparison.methods},
        "pairs": [asdict(pair) for pair in comparison.pairs],
        **({"ranks": dict(comparison.ranks.ranks)} if comparison.ranks else {}),
        "posteriors": {other: asdict(posterior) for other, posterior in comparison.posteriors.items()},
        **({"target": target_summary(comparison)} if comparison.target else {}),
        **({"notes": list(comparison.notes)} if comparison.notes else {}),
    }
    return as_json(summary)


def as_json(content: Mapping[str, Any]) -> str:
    """JSON text; infinite and undefined numbers must already be None."""
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _method_summary(comparison: Comparison, method: str) -> dict[str, Any]:
    repeats = comparison.of_method(method)
    typical, source = comparison.median_run(method), comparison.sources.get(method)
    return {
        "repeats": len(repeats),
        "trials": [len(result.run.trials) for result in repeats],
        "diverged": [result.diverged for result in repeats],
        "failed": [result.failed for result in repeats],
        "epochs": [_number(result.epochs) for result in repeats],
        "seconds": [_number(result.seconds) for result in repeats],
        "machines": [[machine or None for machine in result.run.machines] for result in repeats],
        "front_size": [len(result.points) for result in repeats],
        **{
            name: {
                "values": [_number(result.indicators[name]) for result in repeats],
                "median": _number(comparison.median(method, name)),
            }
            for name in comparison.indicators
        },
        "epochs_to": {
            label: list(comparison.epochs_to_share(method, share)) for label, share in HYPERVOLUME_TARGETS.items()
        },
        **({"below_exact": [result.below_exact for result in repeats]} if comparison.exact else {}),
        **({"published": _published(comparison.published, repeats)} if comparison.published else {}),
        **({"source": asdict(source)} if source else {}),
        "knee": _knee(comparison, typical, typical.knee),
        "widest_knee": _knee(comparison, typical, typical.widest_knee),
    }


def _knee(comparison: Comparison, result: RunResult, point: Point | None) -> dict[str, Any] | None:
    if point is None:
        return None
    source = comparison.sources.get(result.run.method)
    checkpoint = f"checkpoints/{point.trial.key}.safetensors"
    if source:
        checkpoint = f"{source.path}/{checkpoint}"
    return {**point_row(result, point, comparison.measures), "checkpoint": None if result.imported else checkpoint}


def _published(published: Published, repeats: Sequence[RunResult]) -> dict[str, Any]:
    """Number of published points and how many of them each repeat dominates, by plane."""
    counts: dict[str, dict[str, Any]] = {
        " / ".join(plane): {"points": len(points), "dominated": [result.dominated[plane] for result in repeats]}
        for plane, points in published.points.items()
        if points
    }
    if any(result.dominated_regularised is not None for result in repeats):
        counts[" / ".join(LOSSES)]["dominated_regularised"] = [result.dominated_regularised for result in repeats]
    return counts


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None  # an empty front is infinitely far away, which JSON cannot express


def _trial_row(trial: Trial, measures: Measures) -> dict[str, Any]:
    objectives = dict(zip(measures.objectives, trial.objectives or (None, None), strict=True))
    row = {**trial.recipe.fields(), **trial.metrics, KEY: trial.key, STATUS: trial.status.value}
    return {**row, **objectives, EPOCHS_SPENT: trial.epochs, SECONDS: trial.seconds}


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """A table as CSV text; no text in it is a formula to a spreadsheet, and numbers stay numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_cell, columns))
    for row in rows:
        values = [row.get(column, "") for column in columns]
        writer.writerow([_cell(value) if isinstance(value, str) else value for value in values])
    return text.getvalue()


def _cell(text: str) -> str:
    """The text; one that a spreadsheet would run as a formula begins with an apostrophe, as OWASP advises."""
    text = one_line(text)  # what follows a carriage return would be a cell of its own
    return f"'{text}" if text.startswith(FORMULA) else text
