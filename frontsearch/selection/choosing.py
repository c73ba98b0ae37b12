"""What helps to choose a network: the knees, summaries of the chosen networks, hyperparameter importance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from frontsearch.comparison import Comparison, Importance
from frontsearch.folder import Folder
from frontsearch.selection.network_summary import NetworkSummary, network_summaries
from frontsearch.selection.picks import Knee, Pick, answers, pick

By = Literal["chord", "weights"]
BY: tuple[By, ...] = ("chord", "weights")
PORTRAITS = 150  # at most, which keeps the page small


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenNetworks:
    """The knees of a study, the network_summaries of what rules pick, and what mattered.

    Attributes:
        folder: The study's output folder, as the user names it.
        study: The study as the command line takes it.
        out: Its folder as the command line takes it; None where that is the study's own.
        knees: What is picked of the runs of a method, or of all runs under no name, by either rule: the network, or why
            there is none.
        network_summaries: Of whatever a rule picks of the runs of all methods or of one, by key, knees first.
        without: How many more of those there are than the page has room for.
        importances: What mattered for reaching the front, by search.
    """

    folder: Path
    study: str
    out: Path | None
    knees: Mapping[tuple[str, By], Pick | str]
    network_summaries: Mapping[str, NetworkSummary]
    without: int
    importances: tuple[Importance, ...]


def chosen_networks(
    comparison: Comparison,
    folder: Folder,
    *,
    study: str,
    out: Path | None = None,
    image: tuple[int, int] | None = None,
    importances: Sequence[Importance] = (),
) -> ChosenNetworks:
    """What helps to choose among the networks of a study.

    Args:
        comparison: The study's.
        folder: Its output folder.
        study: The study as the command line takes it.
        out: Its folder as the command line takes it; None where that is the study's own.
        image: Height and width of the task's inputs, where they are images.
        importances: What mattered in its searches.

    Raises:
        UserError: When a checkpoint or a learning curve of a portrait is damaged.
    """
    runs = {"": comparison.runs} | {method: comparison.of_method(method) for method in comparison.methods}
    knees = {(of, by): pick(Knee(by), found, study=study, out=out) for of, found in runs.items() for by in BY}
    picked = {found.trial.key: found for found in knees.values() if isinstance(found, Pick)}
    for found in runs.values():
        picked |= {one.trial.key: one for one in answers(found, study=study, out=out) if one.trial.key not in picked}
    drawn = network_summaries(islice(picked.values(), PORTRAITS), folder, image=image)
    return ChosenNetworks(
        folder=folder.path,
        study=study,
        out=out,
        knees=knees,
        network_summaries={one.pick.trial.key: one for one in drawn},
        without=max(0, len(picked) - PORTRAITS),
        importances=tuple(importances),
    )
