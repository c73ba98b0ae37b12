"""What a report offers for choosing a network: knees, summaries of pickable networks, hyperparameter importance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from frontsearch.comparison import Comparison, Importance
from frontsearch.folder import Folder
from frontsearch.selection.network_summary import NetworkSummary, network_summaries
from frontsearch.selection.picks import Pick, pick, picks_for_any_limit
from frontsearch.selection.rules import KNEES, Knee, KneeName

MAX_SUMMARIES = 150  # summaries at most, which keeps the page small


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenNetworks:
    """The networks of a study that some rule picks, with their summaries and the importance of hyperparameters.

    Attributes:
        folder: Output folder of the study, as the user named it.
        study: The study as the command line takes it.
        out: Output folder as the command line takes it; None for the study's default folder.
        knees: Knee by method and by definition of a knee, as a pick or as a sentence that says why there is none. The
            method ``""`` stands for the runs of all methods together.
        network_summaries: Summaries by trial key of the networks that any rule picks, from all methods or from one;
            knees first.
        omitted: Number of such networks without a summary, because the page has room only for so many.
        importances: Hyperparameter importance in each method that searched.
    """

    folder: Path
    study: str
    out: Path | None
    knees: Mapping[tuple[str, KneeName], Pick | str]
    network_summaries: Mapping[str, NetworkSummary]
    omitted: int
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
    """Picks and summarises the networks that a report offers to choose from.

    Args:
        comparison: Comparison of the study's runs.
        folder: Output folder of the study.
        study: The study as the command line takes it.
        out: Output folder as the command line takes it; None for the study's default folder.
        image: Height and width of the task's inputs, if they are images.
        importances: Hyperparameter importance in each method that searched.

    Raises:
        UserError: When the checkpoint or a learning curve of a picked network is damaged.
    """
    runs = {"": comparison.runs} | {method: comparison.of_method(method) for method in comparison.methods}
    knees = {
        (method, by): pick(Knee(by), results, study=study, out=out) for method, results in runs.items() for by in KNEES
    }
    picks = {knee.trial.key: knee for knee in knees.values() if isinstance(knee, Pick)}
    for results in runs.values():
        for limited in picks_for_any_limit(results, study=study, out=out):
            picks.setdefault(limited.trial.key, limited)
    summaries = network_summaries(islice(picks.values(), MAX_SUMMARIES), folder, image=image)
    return ChosenNetworks(
        folder=folder.path,
        study=study,
        out=out,
        knees=knees,
        network_summaries={summary.pick.trial.key: summary for summary in summaries},
        omitted=max(0, len(picks) - MAX_SUMMARIES),
        importances=tuple(importances),
    )
