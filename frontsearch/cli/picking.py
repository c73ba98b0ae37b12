"""One network of a finished study, chosen by one rule: ``frontsearch pick`` shows everything known about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from frontsearch.cli.printing import pasteable, print_benchmark, print_line
from frontsearch.cli.shared_options import name_and_value
from frontsearch.comparison import RunResult
from frontsearch.errors import UserError, allowed_names
from frontsearch.folder import Folder
from frontsearch.report import benchmark_tables, network_rows
from frontsearch.selection import Pick, network_summaries, pick, rule_of, with_remedy
from frontsearch.study import input_columns, locate_study, recorded_comparison


def pick_network(run: str, rule: Mapping[str, Any], *, method: str | None, storage: str | None) -> None:
    """Prints the network that a rule chooses from a finished study, or from the runs of one of its methods."""
    config, folder = locate_study(run)
    chosen_rule = rule_of(rule, target=config.target)
    comparison = recorded_comparison(folder, storage=storage)
    if method is not None and method not in comparison.methods:
        raise UserError(
            f"--method: {folder.path} has no method {method!r}: {allowed_names(method, comparison.methods)}"
        )
    runs = comparison.runs if method is None else comparison.of_method(method)
    picked = _found(pick(chosen_rule, runs, measures=comparison.measures, folder=folder.path), runs)
    for sentence in (picked.description, *comparison.notes):
        print(sentence)  # noqa: T201
    (summary,) = network_summaries([picked], folder, columns=input_columns(config))
    rows = network_rows(summary, folder.path, comparison.measures)
    width = max(len(title) for title, _ in rows) + 1
    for title, text in rows:
        print(f"{title:<{width}}{pasteable(text) if title == 'Export' else text}")  # noqa: T201
    if summary.benchmark is not None:
        print_line()
        print_benchmark(benchmark_tables(summary.benchmark))


def default_pick(folder: Folder, *, storage: str | None, rule: str | None = None) -> Pick:
    """The network that a rule takes from a finished study.

    Args:
        folder: The study's output folder.
        storage: URL of its storage; None is the folder's journal.
        rule: The rule as ``NAME=VALUE``; None is the default one.

    Raises:
        UserError: When there is none, or no such rule.
    """
    comparison = recorded_comparison(folder, storage=storage)
    runs, chosen = comparison.runs, rule_of(dict([_named(rule)]) if rule else {}, target=comparison.target)
    return _found(pick(chosen, runs, measures=comparison.measures, folder=folder.path), runs)


def _named(rule: str) -> tuple[str, float | str]:
    name, value = name_and_value(rule)
    return name.replace("-", "_"), value


def _found(picked: Pick | str, runs: Sequence[RunResult]) -> Pick:
    if isinstance(picked, str):
        raise UserError(with_remedy(picked, runs))
    return picked
