"""What helps to choose a network, beside the comparison: the knees, their portraits, and what mattered in searches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from frontsearch.comparison import Comparison
from frontsearch.folder import Folder
from frontsearch.importance import Importance
from frontsearch.picks import Knee, Pick, pick
from frontsearch.portrait import Portrait, portrait

By = Literal["chord", "weights"]
BY: tuple[By, ...] = ("chord", "weights")


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The knees of a study, and what mattered.

    Attributes:
        folder: The study's output folder, as the user names it.
        study: The study as the command line takes it.
        out: Its folder as the command line takes it; None where that is the study's own.
        knees: What is picked of the runs of a method, or of all runs under no name, by either rule: the network, or why
            there is none.
        portraits: Of the knees, by key.
        importances: What mattered for reaching the front, by search.
    """

    folder: Path
    study: str
    out: Path | None
    knees: Mapping[tuple[str, By], Pick | str]
    portraits: Mapping[str, Portrait]
    importances: tuple[Importance, ...]


def choice(
    comparison: Comparison,
    folder: Folder,
    *,
    study: str,
    out: Path | None = None,
    image: tuple[int, int] | None = None,
    importances: Sequence[Importance] = (),
) -> Choice:
    """What helps to choose among the networks of a study.

    Args:
        comparison: The study's.
        folder: Its output folder.
        study: The study as the command line takes it.
        out: Its folder as the command line takes it; None where that is the study's own.
        image: Height and width of the task's inputs, where they are images.
        importances: What mattered in its searches.

    Raises:
        UserError: When a knee's checkpoint or learning curve is damaged.
    """
    runs = {"": comparison.runs} | {method: comparison.of_method(method) for method in comparison.methods}
    knees = {(of, by): pick(Knee(by), found, study=study, out=out) for of, found in runs.items() for by in BY}
    picked = {found.point.trial.key: found for found in knees.values() if isinstance(found, Pick)}
    return Choice(
        folder=folder.path,
        study=study,
        out=out,
        knees=knees,
        portraits={key: portrait(found, folder, image=image) for key, found in picked.items()},
        importances=tuple(importances),
    )
