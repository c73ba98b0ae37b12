"""What a report offers for choosing a network: default, knees, summaries of networks, hyperparameter importance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from frontsearch.comparison import Comparison, Importance
from frontsearch.folder import Folder
from frontsearch.selection.aiming import default_rule
from frontsearch.selection.input_columns import InputColumns
from frontsearch.selection.network_summary import NetworkSummary, network_summaries
from frontsearch.selection.picks import Pick, pick, picks_for_any_limit
from frontsearch.selection.rules import KNEES, Knee, Rule
from frontsearch.target import Target

MAX_SUMMARIES = 150  # summaries at most, which keeps the page small


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenNetworks:
    """The networks of a study that some rule picks, with their summaries and the importance of hyperparameters.

    Attributes:
        folder: Output folder of the study, as the user named it.
        picks: By method and by name of a rule without a limit, ``default`` or a definition of a knee: what the rule
            picks, or a sentence that says why it picks none. The method ``""`` stands for the runs of all methods
            together.
        network_summaries: Summaries by trial key of the networks that any rule picks, from all methods or from one;
            those of rules without a limit first.
        omitted: Number of such networks without a summary, because the page has room only for so many.
        importances: Hyperparameter importance in each method that searched.
        storage_option: End of a command on the study, ``--storage URL``; empty if its trials are in the folder.
    """

    folder: Path
    picks: Mapping[tuple[str, str], Pick | str]
    network_summaries: Mapping[str, NetworkSummary]
    omitted: int
    importances: tuple[Importance, ...]
    storage_option: str = ""


def chosen_networks(
    comparison: Comparison,
    folder: Folder,
    *,
    image: tuple[int, int] | None = None,
    columns: InputColumns | None = None,
    importances: Sequence[Importance] = (),
    storage_option: str = "",
) -> ChosenNetworks:
    """Picks and summarises the networks that a report offers to choose from.

    Args:
        comparison: Comparison of the study's runs.
        folder: Output folder of the study.
        image: Height and width of the task's inputs, if they are images.
        columns: The columns of the task's inputs, if they are a table.
        importances: Hyperparameter importance in each method that searched.
        storage_option: End of a command on the study, ``--storage URL``; empty if its trials are in the folder.

    Raises:
        UserError: When the checkpoint or a learning curve of a picked network is damaged.
    """
    runs = {"": comparison.runs} | {method: comparison.of_method(method) for method in comparison.methods}
    picks = {
        (method, name): pick(rule, results, measures=comparison.measures, folder=folder.path)
        for method, results in runs.items()
        for name, rule in rules_without_limit(comparison.target).items()
    }
    by_key = {picked.trial.key: picked for picked in picks.values() if isinstance(picked, Pick)}
    for results in runs.values():
        for limited in picks_for_any_limit(results, measures=comparison.measures, folder=folder.path):
            by_key.setdefault(limited.trial.key, limited)
    summaries = network_summaries(islice(by_key.values(), MAX_SUMMARIES), folder, image=image, columns=columns)
    return ChosenNetworks(
        folder=folder.path,
        picks=picks,
        network_summaries={summary.pick.trial.key: summary for summary in summaries},
        omitted=max(0, len(by_key) - MAX_SUMMARIES),
        importances=tuple(importances),
        storage_option=storage_option,
    )


def rules_without_limit(target: Target | None = None) -> dict[str, Rule]:
    """The rules that need no limit, by name; the study's target decides the default."""
    return {"default": default_rule(target), **{by: Knee(by) for by in KNEES}}
