"""The report's CSV files and ``summary.json``, as text."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from importlib.metadata import version
from platform import python_version
from typing import Any

from frontsearch.comparison import HYPERVOLUME_TARGETS, LOSSES, Comparison, Point, Published, RunResult, Source
from frontsearch.folder import LearningCurve
from frontsearch.names import (
    CERTIFICATE,
    CROSS_ENTROPY,
    EPOCHS_SPENT,
    FRONT_COLUMNS,
    KEY,
    L1,
    METHOD,
    NUMBER,
    REPEAT,
    SECONDS,
    SECONDS_SPENT,
    STATUS,
)  # fmt: skip
from frontsearch.report.target import target_summary
from frontsearch.selection import NetworkSummary
from frontsearch.trial import Trial

SURFACE_COLUMNS = (METHOD, "attained_by", CROSS_ENTROPY, L1)
DIFFERENCE_COLUMNS = (
    METHOD, "against", "cross_entropy_from", "l1_from", "cross_entropy_to", "l1_to", "more_of_its_repeats",
)  # fmt: skip
PACKAGES = ("frontsearch", "torch", "optuna", "pymoo", "moocore", "scikit-learn", "plotly")


def trials_csv(comparison: Comparison) -> str:
    """One row per trial: method, repeat, number, key, status, objectives, all recipe fields, all metrics, cost."""
    trials = [trial for result in comparison.runs for trial in result.run.trials]
    metrics = sorted({name for trial in trials for name in trial.metrics} - {L1})  # databases keep no order
    recipe = list(trials[0].recipe.fields()) if trials else []
    columns = [
        METHOD,
        REPEAT,
        NUMBER,
        KEY,
        STATUS,
        CROSS_ENTROPY,
        L1,
        *recipe,
        *metrics,
        EPOCHS_SPENT,
        SECONDS,
    ]
    rows = (
        {METHOD: result.run.method, REPEAT: result.run.repeat, NUMBER: number, **_trial_row(trial)}
        for result in comparison.runs
        for number, trial in enumerate(result.run.trials)
    )
    return _csv(columns, rows)


def fronts_csv(comparison: Comparison) -> str:
    """One row per point of each run's front of cross entropy and l1."""
    return _csv(FRONT_COLUMNS, (point_row(result, point) for result in comparison.runs for point in result.points))


def sparse_fronts_csv(comparison: Comparison) -> str:
    """One row per point of each run's front of validation error and nonzeros; columns as in ``fronts.csv``."""
    return _csv(FRONT_COLUMNS, (point_row(result, point) for result in comparison.runs for point in result.error_front))


def attainment_csv(comparison: Comparison) -> str:
    """One row per corner of each attainment surface of a method's repeats, the best surface first."""
    rows = (
        (method, surface.level, *corner)
        for method in comparison.methods
        for surface in comparison.surfaces(method)
        for corner in surface.points.tolist()
    )
    return _csv(SURFACE_COLUMNS, (dict(zip(SURFACE_COLUMNS, row, strict=True)) for row in rows))


def differences_csv(comparison: Comparison) -> str:
    """One row per rectangle that the best method's repeats attain more often, or less often, than another method's."""
    best, *others = comparison.ranking
    differences = ((other, comparison.difference(best, other)) for other in others)
    rows = (
        (best, other, *corners, share)
        for other, difference in differences
        for corners, share in zip(difference.rectangles.tolist(), difference.share.tolist(), strict=True)
    )
    return _csv(DIFFERENCE_COLUMNS, (dict(zip(DIFFERENCE_COLUMNS, row, strict=True)) for row in rows))


def learning_curves_csv(network_summaries: Iterable[NetworkSummary]) -> str:
    """One row per recorded moment of every training in these networks' lineages, each training once."""
    curves = {
        stage.key: curve
        for summary in network_summaries
        for stage, curve in zip(summary.lineage.stages, summary.curves, strict=True)
        if curve
    }
    columns = (KEY, *(field.name for field in fields(LearningCurve)))
    rows = ((key, *moment) for key, curve in curves.items() for moment in zip(*asdict(curve).values(), strict=True))
    return _csv(columns, (dict(zip(columns, row, strict=True)) for row in rows))


def point_row(result: RunResult, point: Point) -> dict[str, Any]:
    """A front point's values, by column of ``fronts.csv``."""
    return {
        METHOD: result.run.method,
        REPEAT: result.run.repeat,
        KEY: point.trial.key,
        CROSS_ENTROPY: point.cross_entropy,
        L1: point.l1,
        EPOCHS_SPENT: point.epochs_spent,
        SECONDS_SPENT: point.seconds_spent,
        CERTIFICATE: point.certificate,
        **{name: point.trial.metrics[name] for name in FRONT_COLUMNS if name in point.trial.metrics},
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
        "knee": _knee(typical, typical.knee, source),
        "widest_knee": _knee(typical, typical.widest_knee, source),
    }


def _knee(result: RunResult, point: Point | None, source: Source | None) -> dict[str, Any] | None:
    if point is None:
        return None
    checkpoint = f"checkpoints/{point.trial.key}.safetensors"
    if source:
        checkpoint = f"{source.path}/{checkpoint}"
    return {**point_row(result, point), "checkpoint": None if result.imported else checkpoint}


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


def _trial_row(trial: Trial) -> dict[str, Any]:
    cross_entropy, l1 = trial.objectives or (None, None)
    row = {**trial.recipe.fields(), **trial.metrics, KEY: trial.key, STATUS: trial.status.value}
    return {**row, CROSS_ENTROPY: cross_entropy, L1: l1, EPOCHS_SPENT: trial.epochs, SECONDS: trial.seconds}


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
