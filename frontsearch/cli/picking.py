"""Networks of a finished study, chosen by a rule: ``frontsearch pick`` shows everything known about them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from frontsearch.cli.printing import (
    padded,
    pasteable,
    print_benchmark,
    print_json,
    print_line,
    print_row,
    print_sentence,
)
from frontsearch.cli.shared_options import name_and_value
from frontsearch.comparison import Comparison, RunResult
from frontsearch.errors import UserError, allowed_names
from frontsearch.folder import Folder
from frontsearch.report import benchmark_tables, network_json, network_rows, representative_rows
from frontsearch.selection import (
    Pick,
    export_command,
    export_in_python,
    network_summaries,
    one_rule,
    pick,
    representative_networks,
    rule_of,
    study_savings,
    with_remedy,
)
from frontsearch.study import StudyConfig, input_columns, locate_study, recorded_comparison

PASTED = frozenset({"Export", "In Python", "Checkpoint", "Learning curve"})  # titles of rows that are never broken


@dataclass(frozen=True, kw_only=True, slots=True)
class PickOptions:
    """What ``frontsearch pick`` is asked for, beside a rule.

    Attributes:
        method: Consider this method's networks only; None considers all.
        representatives: Number of networks that stand for the front; None picks one network.
        storage: URL of the storage; None is the folder's journal.
        json: Whether the networks are printed as JSON.
    """

    method: str | None = None
    representatives: int | None = None
    storage: str | None = None
    json: bool = False


def pick_network(run: str, rule: Mapping[str, Any], options: PickOptions) -> None:
    """Prints the networks that a rule chooses from a finished study, or from the runs of one of its methods."""
    one_rule({**rule, "representatives": options.representatives})
    config, folder = locate_study(run)
    chosen = rule_of(rule, target=config.target)
    comparison = recorded_comparison(folder, storage=options.storage)
    runs = _runs(comparison, folder, options.method)
    if options.representatives is None:
        picks = [_found(pick(chosen, runs, measures=comparison.measures, folder=folder.path), runs)]
    else:
        picks = list(representative_networks(runs, options.representatives, comparison=comparison, folder=folder.path))
    if config.in_python:
        picks = [_without_task(picked, folder) for picked in picks]
    if options.json:
        print_json(picks_json(picks, folder, comparison))
        return
    for sentence in (picks[0].description, *comparison.notes):
        print_sentence(sentence)
    if options.representatives is None:
        call = _python_call({**rule, "method": options.method}) if config.in_python else None
        _print_network(picks[0], folder, comparison, config=config, python=call)
    else:
        for line in padded(representative_rows(picks, comparison.measures, study_savings(comparison, folder.path))):
            print_line(line)


def picks_json(picks: Sequence[Pick], folder: Folder, comparison: Comparison) -> dict[str, Any]:
    """Networks that a rule picked, for scripts."""
    savings, measures = study_savings(comparison, folder.path), comparison.measures
    return {
        "run": str(folder.path),
        "notes": list(comparison.notes),
        "rule": picks[0].description if picks else None,
        "networks": [
            network_json(picked, folder.path, measures, saving=savings.get(picked.trial.key)) for picked in picks
        ],
    }


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


def _runs(comparison: Comparison, folder: Folder, method: str | None) -> Sequence[RunResult]:
    if method is None:
        return comparison.runs
    if method not in comparison.methods:
        raise UserError(
            f"--method: {folder.path} has no method {method!r}: {allowed_names(method, comparison.methods)}"
        )
    return comparison.of_method(method)


def _without_task(picked: Pick, folder: Folder) -> Pick:
    """The network with a command that works without its task, which only the program that made it has."""
    return replace(picked, export=export_command(folder.path, picked.trial.key, weights_alone=True))


def _python_call(given: Mapping[str, Any]) -> str:
    """The call of ``Result`` that picks the same network."""
    asked = (f"{name}={json.dumps(value)}" for name, value in given.items() if value is not None)
    return f"pick({', '.join(asked)})"


def _print_network(
    picked: Pick, folder: Folder, comparison: Comparison, *, config: StudyConfig, python: str | None
) -> None:
    savings = study_savings(comparison, folder.path)
    (summary,) = network_summaries([picked], folder, savings=savings, columns=input_columns(config))
    rows = network_rows(summary, folder.path, comparison.measures)
    if python and summary.layer_sparsity:
        rows.append(("In Python", export_in_python(python, "network.safetensors")))
    width = max(len(title) for title, _ in rows) + 1
    for title, text in rows:
        if title in PASTED:
            print_line(f"{title:<{width}}{pasteable(text) if title == 'Export' else text}")
        else:
            print_row(title, text, width=width)
    if summary.benchmark is not None:
        print_line()
        print_benchmark(benchmark_tables(summary.benchmark))


def _named(rule: str) -> tuple[str, float | str]:
    name, value = name_and_value(rule)
    return name.replace("-", "_"), value


def _found(picked: Pick | str, runs: Sequence[RunResult]) -> Pick:
    if isinstance(picked, str):
        raise UserError(with_remedy(picked, runs))
    return picked
