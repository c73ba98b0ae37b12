"""Summaries of picked networks: lineage, learning curves, layer sparsity and benchmark."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeVar

from frontsearch.errors import UserError
from frontsearch.folder import Benchmark, Curves, Folder, LearningCurve, changed_checkpoint, changed_curve
from frontsearch.selection.benchmarked import benchmark_of
from frontsearch.selection.input_columns import InputColumns
from frontsearch.selection.layer_sparsity import LayerSparsity, layer_sparsity
from frontsearch.selection.lineage import Lineage, lineage
from frontsearch.selection.picks import Pick
from frontsearch.selection.savings import Saving

Argument = TypeVar("Argument")
Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkSummary:
    """A picked network with its lineage, learning curves, layer sparsity and benchmark.

    Attributes:
        pick: The network, its metrics and the command that exports it.
        lineage: The network's trial and its ancestors.
        curves: Learning curve of each stage of the lineage, in the lineage's order; None where none was kept or it is
            damaged.
        layer_sparsity: Remaining weights of each layer; None where the checkpoint was not kept or is damaged.
        benchmark: What ``frontsearch bench`` measured, or a sentence that says why it cannot be shown; None if nothing
            was measured.
        saving: What one more point of error would save; None where that is unknown.
    """

    pick: Pick
    lineage: Lineage
    curves: tuple[LearningCurve | None, ...]
    layer_sparsity: LayerSparsity | None
    benchmark: Benchmark | str | None
    saving: Saving | None = None

    @property
    def curve(self) -> LearningCurve | None:
        """Learning curve of the network's own training, without its ancestors."""
        return self.curves[-1]


def network_summaries(
    picks: Iterable[Pick],
    folder: Folder,
    *,
    savings: Mapping[str, Saving],
    image: tuple[int, int] | None = None,
    columns: InputColumns | None = None,
) -> Iterator[NetworkSummary]:
    """Summarises picked networks, in their order.

    Args:
        picks: The picked networks.
        folder: Output folder of their study.
        savings: What one more point of error would save, by trial key.
        image: Height and width of the task's inputs, if they are images.
        columns: The columns of the task's inputs, if they are a table.
    """
    load_curve = cache(partial(_or_none, Curves(folder.curves).load))  # networks of one method often share ancestors
    load_layers = partial(layer_sparsity, image=image, columns=columns)
    for pick in picks:
        network_lineage, checkpoint = lineage(pick.trial, pick.result.run.trials), folder.weights.find(pick.trial.key)
        changed = changed_checkpoint(pick.trial, folder)
        yield NetworkSummary(
            pick=pick,
            lineage=network_lineage,
            curves=tuple(
                None if changed_curve(stage, folder) else load_curve(stage.key) for stage in network_lineage.stages
            ),
            layer_sparsity=_or_none(load_layers, checkpoint) if checkpoint and not changed else None,
            benchmark=benchmark_of(pick.trial, folder),
            saving=savings.get(pick.trial.key),
        )


def _or_none(load: Callable[[Argument], Found], argument: Argument) -> Found | None:
    try:
        return load(argument)
    except UserError:
        return None
