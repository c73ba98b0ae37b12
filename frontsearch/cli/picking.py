"""One network of a finished study, chosen by one rule: ``frontsearch pick`` shows everything known about it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from frontsearch.cli.printing import pasteable
from frontsearch.errors import UserError, allowed_names
from frontsearch.folder import Folder
from frontsearch.report import network_rows
from frontsearch.selection import BestWithinLimit, Default, Knee, Pick, Rule, Sparsest, network_summaries, pick
from frontsearch.study import locate_study, recorded_comparison

RULES: Mapping[str, Callable[[Any], Rule]] = {
    "knee": Knee,
    "max_l1": partial(BestWithinLimit, "l1"),
    "max_nonzeros": partial(BestWithinLimit, "nonzeros"),
    "max_error_increase": Sparsest,
}


def pick_network(run: str, rule: Mapping[str, Any], *, method: str | None, storage: str | None) -> None:
    """Prints the network that a rule chooses from a finished study, or from the runs of one of its methods."""
    _, folder = locate_study(run)
    chosen_rule = _rule(rule)
    comparison = recorded_comparison(folder, storage=storage)
    if method is not None and method not in comparison.methods:
        raise UserError(
            f"--method: {folder.path} has no method {method!r}: {allowed_names(method, comparison.methods)}"
        )
    runs = comparison.runs if method is None else comparison.of_method(method)
    picked = _found(pick(chosen_rule, runs, folder=folder.path))
    for sentence in (picked.description, *comparison.notes):
        print(sentence)  # noqa: T201
    (summary,) = network_summaries([picked], folder)
    for title, text in network_rows(summary, folder.path):
        print(f"{title:<15}{pasteable(text) if title == 'Export' else text}")  # noqa: T201


def default_pick(folder: Folder, *, storage: str | None) -> Pick:
    """The network that is taken from a finished study where nobody says which.

    Raises:
        UserError: When there is none.
    """
    return _found(pick(Default(), recorded_comparison(folder, storage=storage).runs, folder=folder.path))


def _found(picked: Pick | str) -> Pick:
    if isinstance(picked, str):
        raise UserError(picked)
    return picked


def _rule(given: Mapping[str, Any]) -> Rule:
    """The rule of the one option that is given; the default when none is.

    Raises:
        UserError: When there are several, or its value is out of range.
    """
    asked = {name: value for name, value in given.items() if value is not None}
    if not asked:
        return Default()
    options = [f"--{name.replace('_', '-')}" for name in asked]
    if len(asked) > 1:
        raise UserError(f"Choose by one rule only; found {' and '.join(options)}.")
    ((name, value),) = asked.items()
    try:
        return RULES[name](value)
    except ValueError as error:
        raise UserError(str(error).replace(f"`{name}`", options[0])) from error
