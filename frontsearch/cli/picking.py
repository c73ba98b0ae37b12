"""``frontsearch pick``: one network of a finished study, chosen by one rule, with everything known about it."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from frontsearch.cli.printing import pasteable
from frontsearch.errors import UserError, allowed_names
from frontsearch.folder import Folder
from frontsearch.report import network_rows
from frontsearch.selection import BestWithinLimit, Knee, Rule, Sparsest, network_summaries, pick
from frontsearch.study import output_folder, read_study, recorded_comparison, study_files

RULES: Mapping[str, Callable[[Any], Rule]] = {
    "knee": Knee,
    "max_l1": partial(BestWithinLimit, "l1"),
    "max_nonzeros": partial(BestWithinLimit, "nonzeros"),
    "max_error_increase": Sparsest,
}


def pick_network(run: str, rule: Mapping[str, Any], *, method: str | None, storage: str | None) -> None:
    """Prints the network that a rule chooses from a finished study, or from the runs of one of its methods."""
    folder, study, out = _located(run)
    chosen_rule = _rule(rule)
    comparison = recorded_comparison(folder, storage=storage)
    if method is not None and method not in comparison.methods:
        raise UserError(
            f"--method: {folder.path} has no method {method!r}: {allowed_names(method, comparison.methods)}"
        )
    runs = comparison.runs if method is None else comparison.of_method(method)
    picked = pick(chosen_rule, runs, study=study, out=out)
    if isinstance(picked, str):
        raise UserError(picked)
    for sentence in (picked.description, *comparison.notes):
        print(sentence)  # noqa: T201
    (summary,) = network_summaries([picked], folder)
    for title, text in network_rows(summary, folder.path):
        print(f"{title:<15}{pasteable(text) if title == 'Export' else text}")  # noqa: T201


def _located(run: str) -> tuple[Folder, str, Path | None]:
    """The output folder of a study, and the study and the folder as ``export`` takes them."""
    folder = Folder(Path(run))
    if folder.study.is_file() or (folder.path.is_dir() and run not in study_files()):
        return folder, str(folder.study), folder.path
    return output_folder(read_study(run), None), run, None


def _rule(given: Mapping[str, Any]) -> Rule:
    """The rule of the one option that is given; the knee when none is.

    Raises:
        UserError: When there are several, or its value is out of range.
    """
    asked = {name: value for name, value in given.items() if value is not None} or {"knee": "chord"}
    options = [f"--{name.replace('_', '-')}" for name in asked]
    if len(asked) > 1:
        raise UserError(f"Choose by one rule only; found {' and '.join(options)}.")
    ((name, value),) = asked.items()
    try:
        return RULES[name](value)
    except ValueError as error:
        raise UserError(str(error).replace(f"`{name}`", options[0])) from error
