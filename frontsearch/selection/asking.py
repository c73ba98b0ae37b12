"""``rule_of`` and ``representative_networks``: what a user asks for, checked."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from frontsearch.comparison import Comparison, RunResult
from frontsearch.errors import UserError, allowed_names, option
from frontsearch.selection.aiming import default_rule
from frontsearch.selection.picks import Pick, front_points, representative_picks, with_remedy
from frontsearch.selection.representatives import no_representatives
from frontsearch.selection.rules import LIMITED, BestWithinLimit, Knee, Rule, Sparsest
from frontsearch.selection.within_error import SmallestWithinError
from frontsearch.target import Target

RULES: Mapping[str, Callable[[Any], Rule]] = {
    "knee": Knee,
    **{f"max_{metric}": partial(BestWithinLimit, metric) for metric in LIMITED},
    "max_error": SmallestWithinError,
    "max_metric_gap": Sparsest,
    "max_error_increase": Sparsest.of_points,
}


def rule_of(given: Mapping[str, Any], *, target: Target | None = None) -> Rule:
    """The one rule that is given by name and value; the default if there is none.

    Args:
        given: Values by the names of ``RULES``; None stands for a rule that was not asked for.
        target: What the study aims at, which decides the default.

    Raises:
        UserError: When there are several, one is unknown, or its value is out of range.
    """
    asked = one_rule(given)
    if asked is None:
        return default_rule(target)
    name, value = asked
    if name not in RULES:
        raise UserError(f"There is no rule {name!r}: {allowed_names(name, RULES)}")
    try:
        return RULES[name](value)
    except ValueError as error:
        raise UserError(str(error).replace(f"`{name}`", option(name))) from error


def one_rule(given: Mapping[str, Any]) -> tuple[str, Any] | None:
    """The only one of these rules that is asked for, by name and value; None if there is none.

    Raises:
        UserError: When there are several.
    """
    asked = {name: value for name, value in given.items() if value is not None}
    if len(asked) > 1:
        raise UserError(f"Choose by one rule only; found {' and '.join(map(option, asked))}.")
    return next(iter(asked.items()), None)


def representative_networks(
    runs: Sequence[RunResult], number: int, *, comparison: Comparison, folder: Path
) -> tuple[Pick, ...]:
    """So many networks that stand for the front of these runs; fewer where no other one adds anything.

    Args:
        runs: Results of the runs to pick from.
        number: Number of networks.
        comparison: The comparison of their study.
        folder: Output folder of their study, as the user names it.

    Raises:
        UserError: When the number is no integer above 0, or there is no living network within the log box.
    """
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise UserError(f"{option('representatives')} must be an integer, 1 or greater; found {number!r}.")
    subsets = representative_picks(runs, number, comparison=comparison, folder=folder)
    if not subsets:
        raise UserError(with_remedy(no_representatives(front_points(runs, folder)), runs))
    return subsets[-1]
