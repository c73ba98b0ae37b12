"""What a report offers for choosing a network: default, knees, summaries of networks, hyperparameter importance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from frontsearch.comparison import Comparison, Importance, Point, RunResult
from frontsearch.folder import Folder
from frontsearch.recipe import Recipe
from frontsearch.selection.aiming import default_rule
from frontsearch.selection.input_columns import InputColumns
from frontsearch.selection.limits import LimitTable, limit_tables
from frontsearch.selection.network_summary import NetworkSummary, network_summaries
from frontsearch.selection.picks import Pick, front_points, pick, picks_of_keys, study_savings
from frontsearch.selection.representatives import no_representatives, representatives
from frontsearch.selection.rules import KNEES, Knee, Rule
from frontsearch.target import Target

ANY_LIMIT = "A network that is picked at some limit on its size or its metric on validation data."
MAX_REPRESENTATIVES = 12  # that a page offers at once
Covers = tuple[tuple[str, ...], ...]
MAX_SUMMARIES = 150  # summaries at most, which keeps the page small


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenNetworks:
    """The networks of a study that some rule picks, with their summaries and the importance of hyperparameters.

    Attributes:
        folder: Output folder of the study, as the user named it.
        picks: By method and by name of a rule without a limit, ``default`` or a definition of a knee: what the rule
            picks, or a sentence that says why it picks none. The method ``""`` stands for the runs of all methods
            together.
        tables: By method, as above, and by name of a rule with a limit, what it picks at any limit.
        representatives: By method, keys of the best one, two, three and so on networks that stand for its front, up to
            ``MAX_REPRESENTATIVES``, or a sentence that says why none does.
        network_summaries: Summaries by trial key of the networks that any rule picks, from all methods or from one;
            those of rules without a limit first.
        omitted: Number of such networks without a summary, because the page has room only for so many.
        importances: Hyperparameter importance in each method that searched.
        storage_option: End of a command on the study, ``--storage URL``; empty if its trials are in the folder.
        template: The recipe that the study's methods vary; None if it is unknown.
        in_python: Whether a program made the task, so that only that program exports networks.
    """

    folder: Path
    picks: Mapping[tuple[str, str], Pick | str]
    tables: Mapping[tuple[str, str], LimitTable]
    representatives: Mapping[str, Covers | str]
    network_summaries: Mapping[str, NetworkSummary]
    omitted: int
    importances: tuple[Importance, ...]
    storage_option: str = ""
    template: Recipe | None = None
    in_python: bool = False


def chosen_networks(
    comparison: Comparison,
    folder: Folder,
    *,
    image: tuple[int, int] | None = None,
    columns: InputColumns | None = None,
    importances: Sequence[Importance] = (),
    storage_option: str = "",
    template: Recipe | None = None,
    in_python: bool = False,
) -> ChosenNetworks:
    """Picks and summarises the networks that a report offers to choose from.

    Args:
        comparison: Comparison of the study's runs.
        folder: Output folder of the study.
        image: Height and width of the task's inputs, if they are images.
        columns: The columns of the task's inputs, if they are a table.
        importances: Hyperparameter importance in each method that searched.
        storage_option: End of a command on the study, ``--storage URL``; empty if its trials are in the folder.
        template: The recipe that the study's methods vary; None if it is unknown.
        in_python: Whether a program made the task, so that only that program exports networks.

    Raises:
        UserError: When the checkpoint or a learning curve of a picked network is damaged.
    """
    runs = {"": comparison.runs} | {method: comparison.of_method(method) for method in comparison.methods}
    picks = {
        (method, name): pick(rule, results, measures=comparison.measures, folder=folder.path)
        for method, results in runs.items()
        for name, rule in rules_without_limit(comparison.target).items()
    }
    points = {method: front_points(results, folder.path) for method, results in runs.items()}
    covers = {method: _cover(some, comparison) for method, some in points.items()}
    tables = {
        (method, rule): table
        for method, some in points.items()
        for rule, table in limit_tables(some, comparison.measures).items()
    }
    offered = [(method, key) for method, cover in covers.items() for key in _keys(cover)]
    offered += [(method, key) for (method, _), table in tables.items() for key in table.keys]
    by_key = {picked.trial.key: picked for picked in picks.values() if isinstance(picked, Pick)}
    by_key |= {key: picked for key, picked in _picks(offered, runs, folder.path).items() if key not in by_key}
    savings, shown = study_savings(comparison, folder.path), islice(by_key.values(), MAX_SUMMARIES)
    summaries = network_summaries(shown, folder, savings=savings, image=image, columns=columns)
    return ChosenNetworks(
        folder=folder.path, picks=picks, tables=tables, representatives=covers,
        network_summaries={summary.pick.trial.key: summary for summary in summaries},
        omitted=max(0, len(by_key) - MAX_SUMMARIES), importances=tuple(importances),
        storage_option=storage_option, template=template, in_python=in_python,
    )  # fmt: skip


def _cover(points: Sequence[Point], comparison: Comparison) -> Covers | str:
    """Keys of the best one, two, three and so on networks that stand for these points, or why none does."""
    subsets = representatives(points, MAX_REPRESENTATIVES, box=comparison.log)
    return tuple(tuple(point.trial.key for point in subset) for subset in subsets) or no_representatives(points)


def _keys(cover: Covers | str) -> list[str]:
    return [] if isinstance(cover, str) else [key for subset in cover for key in subset]


def _picks(found: Iterable[tuple[str, str]], runs: Mapping[str, Sequence[RunResult]], folder: Path) -> dict[str, Pick]:
    """The networks of these methods and keys, by key."""
    by_method: dict[str, dict[str, None]] = {}
    for method, key in found:
        by_method.setdefault(method, {})[key] = None
    picks: dict[str, Pick] = {}
    for method, keys in by_method.items():
        for picked in picks_of_keys(keys, runs[method], description=ANY_LIMIT, folder=folder):
            picks.setdefault(picked.trial.key, picked)
    return picks


def rules_without_limit(target: Target | None = None) -> dict[str, Rule]:
    """The rules that need no limit, by name; the study's target decides the default."""
    return {"default": default_rule(target), **{by: Knee(by) for by in KNEES}}
