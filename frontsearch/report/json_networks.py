"""A picked network as JSON, for scripts."""

import math
from pathlib import Path
from typing import Any

from frontsearch.measures import Measures
from frontsearch.names import EPOCHS_SPENT, KEY, METHOD, NONZEROS, REPEAT, SECONDS_SPENT
from frontsearch.selection import Pick, Saving


def network_json(pick: Pick, folder: Path, measures: Measures, *, saving: Saving | None) -> dict[str, Any]:
    """A network with its metrics, its recipe and how to get it; undefined numbers are None.

    Args:
        pick: The network.
        folder: The output folder, as the user names it.
        measures: Loss and metrics of the task.
        saving: What one more point of error would save; None where that is unknown.
    """
    trial, run, point = pick.trial, pick.result.run, pick.point
    checkpoint = folder / pick.checkpoint
    return {
        KEY: trial.key,
        METHOD: run.method,
        REPEAT: run.repeat,
        "dead": point.dead,
        "metrics": {name: _finite(value) for name, value in point.trial.metrics.items()},
        "optimality_gap": _finite(point.certificate),
        EPOCHS_SPENT: _finite(point.epochs_spent),
        SECONDS_SPENT: _finite(point.seconds_spent),
        "recipe": {name: value for name, value in trial.recipe.fields().items() if value is not None},
        "saving": _saving(saving, measures),
        "checkpoint": str(checkpoint) if checkpoint.is_file() else None,
        "export": pick.export,
    }


def _saving(saving: Saving | None, measures: Measures) -> dict[str, Any] | None:
    """The network that one more point would buy, and what it has fewer."""
    if saving is None or saving.smaller is None:
        return None
    metrics, smaller = saving.point.trial.metrics, saving.smaller.trial.metrics
    names = dict.fromkeys((NONZEROS, measures.size.key))
    return {KEY: saving.smaller.trial.key, **{name: metrics[name] - smaller[name] for name in names}}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
