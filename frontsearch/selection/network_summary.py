"""All there is to know of picked networks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from frontsearch.folder import Curves, Folder, LearningCurve
from frontsearch.selection.layer_sparsity import Anatomy, anatomy
from frontsearch.selection.lineage import Ancestry, ancestry
from frontsearch.selection.picks import Pick


@dataclass(frozen=True, kw_only=True, slots=True)
class Portrait:
    """A picked network, where its weights come from and what is left of them.

    Attributes:
        pick: The network, its figures and how to have it.
        ancestry: Whose weights it began with.
        curves: What each stage of the ancestry went through, in its order; None of those whose curve was not kept.
        anatomy: What is left of its layers; None where its checkpoint was not kept.
    """

    pick: Pick
    ancestry: Ancestry
    curves: tuple[LearningCurve | None, ...]
    anatomy: Anatomy | None

    @property
    def curve(self) -> LearningCurve | None:
        """What its own training went through."""
        return self.curves[-1]


def portraits(picks: Iterable[Pick], folder: Folder, *, image: tuple[int, int] | None = None) -> Iterator[Portrait]:
    """The portraits of picked networks, in their order.

    Args:
        picks: What rules picked.
        folder: The output folder of their study.
        image: Height and width of the task's inputs, where they are images.

    Raises:
        UserError: When a checkpoint or a learning curve is damaged.
    """
    curve = cache(Curves(folder.curves).load)  # networks of one method often have the same ancestors
    for pick in picks:
        found, checkpoint = ancestry(pick.trial, pick.figures.run.trials), folder.path / pick.checkpoint
        yield Portrait(
            pick=pick,
            ancestry=found,
            curves=tuple(curve(stage.key) for stage in found.stages),
            anatomy=anatomy(checkpoint, image=image) if checkpoint.is_file() else None,
        )
