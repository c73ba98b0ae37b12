"""All there is to know of picked networks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from frontsearch.folder import Curves, Folder, LearningCurve
from frontsearch.selection.layer_sparsity import LayerSparsity, layer_sparsity
from frontsearch.selection.lineage import Lineage, lineage
from frontsearch.selection.picks import Pick


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkSummary:
    """A picked network, where its weights come from and what is left of them.

    Attributes:
        pick: The network, its figures and how to have it.
        lineage: Whose weights it began with.
        curves: What each stage of the lineage went through, in its order; None of those whose curve was not kept.
        layer_sparsity: What is left of its layers; None where its checkpoint was not kept.
    """

    pick: Pick
    lineage: Lineage
    curves: tuple[LearningCurve | None, ...]
    layer_sparsity: LayerSparsity | None

    @property
    def curve(self) -> LearningCurve | None:
        """What its own training went through."""
        return self.curves[-1]


def network_summaries(
    picks: Iterable[Pick], folder: Folder, *, image: tuple[int, int] | None = None
) -> Iterator[NetworkSummary]:
    """The network_summaries of picked networks, in their order.

    Args:
        picks: What rules picked.
        folder: The output folder of their study.
        image: Height and width of the task's inputs, where they are images.

    Raises:
        UserError: When a checkpoint or a learning curve is damaged.
    """
    curve = cache(Curves(folder.curves).load)  # networks of one method often have the same ancestors
    for pick in picks:
        found, checkpoint = lineage(pick.trial, pick.figures.run.trials), folder.path / pick.checkpoint
        yield NetworkSummary(
            pick=pick,
            lineage=found,
            curves=tuple(curve(stage.key) for stage in found.stages),
            layer_sparsity=layer_sparsity(checkpoint, image=image) if checkpoint.is_file() else None,
        )
