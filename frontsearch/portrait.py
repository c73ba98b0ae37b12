"""All there is to know of a picked network."""

from dataclasses import dataclass

from frontsearch.anatomy import Anatomy, anatomy
from frontsearch.ancestry import Ancestry, ancestry
from frontsearch.curves import Curves, LearningCurve
from frontsearch.folder import Folder
from frontsearch.picks import Pick


@dataclass(frozen=True, kw_only=True, slots=True)
class Portrait:
    """A picked network, where its weights come from and what is left of them.

    Attributes:
        pick: The network, its figures and how to have it.
        ancestry: Whose weights it began with.
        curve: What its training went through; None where no curve was kept.
        anatomy: What is left of its layers; None where its checkpoint was not kept.
    """

    pick: Pick
    ancestry: Ancestry
    curve: LearningCurve | None
    anatomy: Anatomy | None


def portrait(pick: Pick, folder: Folder, *, image: tuple[int, int] | None = None) -> Portrait:
    """The portrait of a picked network.

    Args:
        pick: What a rule picked.
        folder: The output folder of its study.
        image: Height and width of the task's inputs, where they are images.

    Raises:
        UserError: When its checkpoint or its learning curve is damaged.
    """
    trial, checkpoint = pick.point.trial, folder.path / pick.checkpoint
    return Portrait(
        pick=pick,
        ancestry=ancestry(trial, pick.figures.run.trials),
        curve=Curves(folder.curves).load(trial.key),
        anatomy=anatomy(checkpoint, image=image) if checkpoint.is_file() else None,
    )
