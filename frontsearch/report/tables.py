"""The CSV files and summary.json: a comparison's figures as text."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from importlib.metadata import version
from platform import python_version
from typing import Any

from frontsearch.comparison import SHARES, Comparison, Point, Published, RunResult, Source
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
from frontsearch.selection import NetworkSummary
from frontsearch.trial import Trial

SURFACE_COLUMNS = (METHOD, "attained_by", CROSS_ENTROPY, L1)
DIFFERENCE_COLUMNS = (
    METHOD, "against", "cross_entropy_from", "l1_from", "cross_entropy_to", "l1_to", "more_of_its_repeats",
)  # fmt: skip
PACKAGES = ("frontsearch", "torch", "optuna", "pymoo", "moocore", "scikit-learn", "plotly")


def trials_csv(comparison: Comparison) -> str:
    """One row a trial: method, repeat, number, key, status, objectives, every recipe field, every metric, its cost."""
    trials = [trial for figures in comparison.runs for trial in figures.run.trials]
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
        {METHOD: figures.run.method, REPEAT: figures.run.repeat, NUMBER: number, **_trial_row(trial)}
        for figures in comparison.runs
        for number, trial in enumerate(figures.run.trials)
    )
    return _csv(columns, rows)


def fronts_csv(comparison: Comparison) -> str:
    """One row a point of each run's front."""
    return _csv(FRONT_COLUMNS, (point_row(figures, point) for figures in comparison.runs for point in figures.points))


def sparse_fronts_csv(comparison: Comparison) -> str:
    """As fronts.csv, of the fronts of validation error and nonzeros."""
    return _csv(FRONT_COLUMNS, (point_row(figures, point) for figures in comparison.runs for point in figures.sparse))


def attainment_csv(comparison: Comparison) -> str:
    """One row a corner of each attainment surface of a method's repeats, the best one first."""
    rows = (
        (method, surface.level, *corner)
        for method in comparison.methods
        for surface in comparison.surfaces(method)
        for corner in surface.points.tolist()
    )
    return _csv(SURFACE_COLUMNS, (dict(zip(SURFACE_COLUMNS, row, strict=True)) for row in rows))


def differences_csv(comparison: Comparison) -> str:
    """One row a rectangle where the best method's repeats attain more often than another's, or less."""
    best, *others = comparison.ranking
    found = ((other, comparison.difference(best, other)) for other in others)
    rows = (
        (best, other, *corners, share)
        for other, one in found
        for corners, share in zip(one.rectangles.tolist(), one.share.tolist(), strict=True)
    )
    return _csv(DIFFERENCE_COLUMNS, (dict(zip(DIFFERENCE_COLUMNS, row, strict=True)) for row in rows))


def learning_curves_csv(network_summaries: Iterable[NetworkSummary]) -> str:
    """One row a moment of each training behind these networks whose curve was kept, each training once."""
    known = {
        stage.key: curve
        for portrait in network_summaries
        for stage, curve in zip(portrait.lineage.stages, portrait.curves, strict=True)
        if curve
    }
    columns = (KEY, *(field.name for field in fields(LearningCurve)))
    rows = ((key, *moment) for key, curve in known.items() for moment in zip(*asdict(curve).values(), strict=True))
    return _csv(columns, (dict(zip(columns, row, strict=True)) for row in rows))


def point_row(figures: RunResult, point: Point) -> dict[str, Any]:
    """A front point's columns of fronts.csv."""
    return {
        METHOD: figures.run.method,
        REPEAT: figures.run.repeat,
        KEY: point.trial.key,
        CROSS_ENTROPY: point.cross_entropy,
        L1: point.l1,
        EPOCHS_SPENT: point.epochs_spent,
        SECONDS_SPENT: point.seconds_spent,
        CERTIFICATE: point.certificate,
        **{name: point.trial.metrics[name] for name in FRONT_COLUMNS if name in point.trial.metrics},
    }


def summary_json(comparison: Comparison, *, study: str, task: str) -> str:
    """The study's figures by method, as design and scripts expect them."""
    summary = {
        "study": study,
        "task": task,
        "reference_point": list(comparison.linear.high),
        "log_box": {"low": list(comparison.log.low), "high": list(comparison.log.high)},
        "versions": {"python": python_version(), **{package: version(package) for package in PACKAGES}},
        "methods": {method: _method_summary(comparison, method) for method in comparison.methods},
        "pairs": [asdict(pair) for pair in comparison.pairs],
        **({"notes": list(comparison.notes)} if comparison.notes else {}),
    }
    return as_json(summary)


def as_json(content: Mapping[str, Any]) -> str:
    """Text of summary.json; what is infinite or undefined must be None by now."""
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _method_summary(comparison: Comparison, method: str) -> dict[str, Any]:
    repeats = comparison.of_method(method)
    typical, source = comparison.typical(method), comparison.sources.get(method)
    return {
        "repeats": len(repeats),
        "trials": [len(figures.run.trials) for figures in repeats],
        "diverged": [figures.diverged for figures in repeats],
        "failed": [figures.failed for figures in repeats],
        "epochs": [_number(figures.epochs) for figures in repeats],
        "seconds": [_number(figures.seconds) for figures in repeats],
        "front_size": [len(figures.points) for figures in repeats],
        **{
            name: {
                "values": [_number(figures.indicators[name]) for figures in repeats],
                "median": _number(comparison.median(method, name)),
            }
            for name in comparison.indicators
        },
        "epochs_to": {label: list(comparison.epochs_to(method, share)) for label, share in SHARES.items()},
        **({"below_exact": [figures.below_exact for figures in repeats]} if comparison.exact else {}),
        **({"published": _published(comparison.published, repeats)} if comparison.published else {}),
        **({"source": asdict(source)} if source else {}),
        "knee": _knee(typical, typical.knee, source),
        "widest_knee": _knee(typical, typical.widest_knee, source),
    }


def _knee(figures: RunResult, point: Point | None, source: Source | None) -> dict[str, Any] | None:
    if point is None:
        return None
    checkpoint = f"checkpoints/{point.trial.key}.safetensors"
    if source:
        checkpoint = f"{source.path}/{checkpoint}"
    return {**point_row(figures, point), "checkpoint": None if figures.imported else checkpoint}


def _published(published: Published, repeats: Sequence[RunResult]) -> dict[str, Any]:
    """By plane, how many points there are and how many each repeat dominates."""
    return {
        " / ".join(plane): {"points": len(points), "dominated": [figures.dominated[plane] for figures in repeats]}
        for plane, points in published.points.items()
        if points
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None  # an empty front is infinitely far away, and JSON has no infinity


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
