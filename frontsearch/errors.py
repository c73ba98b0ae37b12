"""``UserError``, for mistakes that a user can correct; checks of values, and the words of error messages."""

import math
import sys
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from numbers import Real
from typing import TypeGuard

_NUMBER = (float, int, Real)  # float and int first: checking against the abstract Real takes ten times as long


class UserError(Exception):
    """A mistake that the user can correct.

    Its message is one sentence that names the thing, what was found and what is allowed. The command line prints it
    without a traceback.
    """


def allowed_names(found: str, names: Iterable[str]) -> str:
    """The end of an error message: the allowed ``names``, after a suggestion if one of them resembles ``found``."""
    choices = sorted(names)
    if not choices:
        return "there are none."
    matches = get_close_matches(found, choices, n=1)
    suggestion = f"did you mean {matches[0]!r}? Choose" if matches else "choose"
    return f"{suggestion} from {', '.join(choices)}."


def one_line(text: str) -> str:
    """``text`` on one line, without characters that would move a terminal's cursor or change its colours."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def in_words(error: Exception) -> str:
    """An error of another program as the end of a sentence: its type and what it says."""
    return f"{type(error).__name__}: {one_line(str(error))[:300].rstrip('.')}."


def check(name: str, found: object, rule: str, *, holds: bool) -> None:
    """Raises a ValueError that names a field, its rule and the value found, unless the rule holds.

    Args:
        name: Name of the field.
        found: Its value.
        rule: What the value must be, such as "finite and positive".
        holds: Whether the value satisfies the rule.
    """
    if not holds:
        raise ValueError(f"`{name}` must be {rule}; found {found!r}.")


def check_one_of(name: str, found: object, choices: Collection[str]) -> None:
    """Raises a ValueError that names a field, its choices and the value found, unless it is one of the choices."""
    if found not in choices:
        matches = get_close_matches(found, choices, n=1) if isinstance(found, str) else []
        suggestion = f" (did you mean {matches[0]!r}?)" if matches else ""
        check(name, found, f"one of {', '.join(choices)}{suggestion}", holds=False)


def check_positive(**values: float) -> None:
    """Raises a ValueError that names the first of these fields whose value is not finite and positive."""
    for name, value in values.items():
        check(name, value, "finite and positive", holds=0 < value < math.inf)


def is_integer(value: object) -> bool:
    """Whether this is an integer by type: 1 and 1.0 would give one recipe two keys."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_count(value: object) -> bool:
    """Whether this is an integer by type in [1, 2**31)."""
    return is_integer(value) and 1 <= value < 2**31  # type: ignore[operator]


def is_positive(value: float) -> bool:
    """Whether this is a finite number above zero."""
    return is_number(value) and 0 < value < math.inf


def is_not_negative(value: object) -> TypeGuard[float]:
    """Whether this is a finite number, zero or above."""
    return is_number(value) and 0 <= value < math.inf


def is_below_one(value: float) -> bool:
    """Whether this is a number in [0, 1)."""
    return is_number(value) and 0 <= value < 1


def is_number(value: object) -> TypeGuard[float]:
    """Whether this is a number, infinity and NaN included, that a float can hold."""
    if isinstance(value, int):
        return is_integer(value) and abs(value) <= sys.float_info.max  # integers may be too large for a float
    return isinstance(value, _NUMBER)
