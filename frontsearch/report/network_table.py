"""The portrait of a picked network in rows of text, for the terminal."""

from pathlib import Path

from frontsearch.comparison import Point
from frontsearch.names import CROSS_ENTROPY, ERROR, NONZEROS, SPLITS, on_split
from frontsearch.selection import Lineage, NetworkSummary
from frontsearch.trial import Trial

ENDS = 4  # of a long lineage, the stages shown at either end

Row = tuple[str, str]


def network_rows(portrait: NetworkSummary, folder: Path) -> list[Row]:
    """Titles and what is to be said under them, in reading order.

    Args:
        portrait: The network.
        folder: The output folder, as the user names it.
    """
    pick = portrait.pick
    trial, run = pick.trial, pick.figures.run
    recipe = ", ".join(f"{name} {value}" for name, value in trial.recipe.fields().items() if value is not None)
    return [
        ("Network", f"{run.method}, repeat {run.repeat}, trial {trial.key}"),
        *_figure_rows(pick.point),
        ("Recipe", recipe),
        *_ancestry_rows(portrait.lineage),
        *([("Curve", str(folder / "curves" / f"{trial.key}.json"))] if portrait.curve else []),
        *_file_rows(portrait, folder),
    ]


def _figure_rows(point: Point) -> list[Row]:
    metrics = point.trial.metrics
    losses = [
        f"{name} {metrics[on_split(name, CROSS_ENTROPY)]:.4f}"
        for name in SPLITS
        if on_split(name, CROSS_ENTROPY) in metrics
    ]
    errors = [
        f"{name} {100 * metrics[on_split(name, ERROR)]:.2f} %" for name in SPLITS if on_split(name, ERROR) in metrics
    ]
    certificate = "" if point.certificate is None else f"{point.certificate:.3g}"
    rows = [
        ("Cross entropy", ", ".join(losses)),
        ("Error", ", ".join(errors)),
        ("l1", f"{point.l1:.5g}"),
        ("Nonzeros", f"{metrics[NONZEROS]:.0f} of {metrics['prunable']:.0f}, sparsity {metrics['sparsity']:.4f}"),
        ("Certificate", certificate),
        ("Found after", f"{point.epochs_spent:g} epochs and {point.seconds_spent:.1f} seconds of its run"),
    ]
    return [(title, words) for title, words in rows if words]


def _ancestry_rows(lineage: Lineage) -> list[Row]:
    """The whole chain, but for the middle of a long one."""
    stages = [_stage(trial) for trial in lineage.stages]
    if len(stages) > 2 * ENDS + 1:
        stages[ENDS:-ENDS] = [f"... {len(stages) - 2 * ENDS} more ..."]
    trainings = "one training" if len(lineage.stages) == 1 else f"{len(lineage.stages)} trainings"
    outside = [f"{key[:8]}  not of this run" for key in lineage.unknown]
    return [
        ("Lineage", f"{trainings}, {lineage.epochs:g} epochs in all"),
        *(("", stage) for stage in (*outside, *stages)),
    ]


def _stage(trial: Trial) -> str:
    begun = f"from {' and '.join(key[:8] for key in trial.recipe.parents)}" if trial.recipe.parents else "from scratch"
    found = trial.status.value
    if trial.objectives is not None:
        found = f"cross entropy {trial.objectives[0]:.4f}, l1 {trial.objectives[1]:.5g}"
    return f"{trial.key[:8]}  {begun}, {trial.epochs:g} epochs: {found}"


def _file_rows(portrait: NetworkSummary, folder: Path) -> list[Row]:
    if portrait.layer_sparsity is None:
        return [("Checkpoint", f"none in {folder / 'checkpoints'}, so there is nothing to export")]
    layers = ", ".join(f"{layer.name} {layer.nonzeros} of {layer.size}" for layer in portrait.layer_sparsity.layers)
    return [
        *([("Layers", layers)] if layers else []),
        ("Checkpoint", str(folder / portrait.pick.checkpoint)),
        ("Export", portrait.pick.export),
    ]
