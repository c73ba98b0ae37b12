"""The summary of a picked network as rows of text, for the terminal and the page."""

from collections.abc import Mapping
from pathlib import Path

from frontsearch.comparison import Point
from frontsearch.errors import one_line
from frontsearch.measures import Measure, Measures
from frontsearch.names import MULTIPLY_ADDS, NONZEROS, PRUNABLE, SPARSITY, SPLITS, UNITS
from frontsearch.selection import LayerSparsity, Lineage, NetworkSummary, saving_title
from frontsearch.trial import Trial

DEAD = "yes: it is no better than a constant prediction"
MAX_NAMES = 30  # of used inputs; Python's `features_used` has all
MAX_STAGES_PER_END = 4  # of a long lineage, only these first and last trainings are shown

Row = tuple[str, str]


def network_rows(summary: NetworkSummary, folder: Path, measures: Measures) -> list[Row]:
    """Titles and texts in reading order; an empty title continues the row before.

    Args:
        summary: The network.
        folder: The output folder, as the user names it.
        measures: Loss and metrics of the task.
    """
    pick = summary.pick
    trial, run = pick.trial, pick.result.run
    recipe = ", ".join(f"{name} {value}" for name, value in trial.recipe.fields().items() if value is not None)
    return [
        ("Network", f"{run.method}, repeat {run.repeat}, trial {trial.key}"),
        *([("Dead", DEAD)] if pick.point.dead else []),
        *_metric_rows(pick.point, measures),
        *_saving_rows(summary, measures),
        *_input_rows(summary.layer_sparsity),
        ("Recipe", recipe),
        *_lineage_rows(summary.lineage, measures),
        *([("Learning curve", str(folder / "curves" / f"{trial.key}.json"))] if summary.curve else []),
        *_file_rows(summary, folder),
    ]


def _metric_rows(point: Point, measures: Measures) -> list[Row]:
    metrics = point.trial.metrics
    gap = "" if point.certificate is None else f"{point.certificate:.3g}"
    rows = [
        *((measure.title, _on_splits(measure, metrics)) for measure in measures.all),
        (measures.complexity.label, f"{point.complexity:.5g}"),
        ("Nonzeros", f"{metrics[NONZEROS]:.0f} of {metrics[PRUNABLE]:.0f}, sparsity {metrics[SPARSITY]:.4f}"),
        ("Units", f"{metrics[UNITS]:,.0f}, {metrics[MULTIPLY_ADDS]:,.0f} multiply-adds" if UNITS in metrics else ""),
        ("Optimality gap", gap),
        ("Found after", f"{point.epochs_spent:g} epochs and {point.seconds_spent:.1f} seconds of its run"),
    ]
    return [(title, text) for title, text in rows if text]


def _saving_rows(summary: NetworkSummary, measures: Measures) -> list[Row]:
    if summary.saving is None:
        return []
    return [("Trade-off", f"{saving_title(measures.criterion)} saves {summary.saving.text(measures)}")]


def _input_rows(sparsity: LayerSparsity | None) -> list[Row]:
    used = sparsity.used_inputs if sparsity else None
    if used is None:
        return []
    names = [one_line(name) for name in used.names[:MAX_NAMES]]
    hidden = len(used.names) - len(names)
    named = ", ".join([*names, *([f"and {hidden} more"] if hidden else [])])
    return [("Inputs used", f"{len(used.names)} of {len(used.support)}{': ' if named else ''}{named}")]


def _on_splits(measure: Measure, metrics: Mapping[str, float]) -> str:
    known = [(split, metrics[measure.on(split)]) for split in SPLITS if measure.on(split) in metrics]
    return ", ".join(f"{split} {measure.text(value)}" for split, value in known)


def _lineage_rows(lineage: Lineage, measures: Measures) -> list[Row]:
    """All trainings that led to the network; a long lineage without its middle."""
    stages = [_stage(trial, measures) for trial in lineage.stages]
    if len(stages) > 2 * MAX_STAGES_PER_END + 1:
        hidden = len(stages) - 2 * MAX_STAGES_PER_END
        stages[MAX_STAGES_PER_END:-MAX_STAGES_PER_END] = [f"... {hidden} more ..."]
    trainings = "one training" if len(lineage.stages) == 1 else f"{len(lineage.stages)} trainings"
    outside = [f"{key[:8]}  from another run" for key in lineage.unknown]
    return [
        ("Lineage", f"{trainings}, {lineage.epochs:g} epochs in total"),
        *(("", stage) for stage in (*outside, *stages)),
    ]


def _stage(trial: Trial, measures: Measures) -> str:
    start = f"from {' and '.join(key[:8] for key in trial.recipe.parents)}" if trial.recipe.parents else "from scratch"
    outcome = trial.status.value
    if trial.objectives is not None:
        outcome = measures.objectives_text(trial.objectives)
    return f"{trial.key[:8]}  {start}, {trial.epochs:g} epochs: {outcome}"


def _file_rows(summary: NetworkSummary, folder: Path) -> list[Row]:
    if summary.layer_sparsity is None:
        return [("Checkpoint", f"not in {folder / 'checkpoints'}, so the network cannot be exported")]
    layers = ", ".join(f"{layer.name} {layer.nonzeros} of {layer.size}" for layer in summary.layer_sparsity.layers)
    return [
        *([("Layers", layers)] if layers else []),
        ("Checkpoint", str(folder / summary.pick.checkpoint)),
        ("Export", summary.pick.export),
    ]
