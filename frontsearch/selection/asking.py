"""``rule_of``: the rule that a user asks for by name and value."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from frontsearch.errors import UserError, allowed_names, option
from frontsearch.selection.aiming import default_rule
from frontsearch.selection.rules import LIMITED, BestWithinLimit, Knee, Rule, Sparsest
from frontsearch.target import Target

RULES: Mapping[str, Callable[[Any], Rule]] = {
    "knee": Knee,
    **{f"max_{metric}": partial(BestWithinLimit, metric) for metric in LIMITED},
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
    asked = {name: value for name, value in given.items() if value is not None}
    if not asked:
        return default_rule(target)
    names = [option(name) for name in asked]
    if len(asked) > 1:
        raise UserError(f"Choose by one rule only; found {' and '.join(names)}.")
    ((name, value),) = asked.items()
    if name not in RULES:
        raise UserError(f"There is no rule {name!r}: {allowed_names(name, RULES)}")
    try:
        return RULES[name](value)
    except ValueError as error:
        raise UserError(str(error).replace(f"`{name}`", names[0])) from error
