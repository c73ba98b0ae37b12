"""``UserError``, for mistakes that a user can correct; checks of values, and the words of error messages.

Messages name an option as its user writes it, on the command line and in study files, or in Python.
"""

import math
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from numbers import Real
from typing import TypeGuard

_NUMBER = (float, int, Real)  # float and int first: checking against the abstract Real takes ten times as long

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # what other programs write for a terminal

# The limits of numbers that people give: they enter torch as float32, which ends at 1.2e-38 and 3.4e38.
SMALLEST, LARGEST = 1e-30, 1e30
POSITIVE = f"finite and positive, from {SMALLEST:g} to {LARGEST:g}"
NOT_NEGATIVE = f"finite and not negative, at most {LARGEST:g}"
LONGEST = 100  # characters of a value in a sentence


class UserError(Exception):
    """A mistake that the user can correct.

    Its message is one sentence that names the thing, what was found and what is allowed. The command line prints it
    without a traceback.
    """


# What Python calls the options whose name there is another one; None while messages are for the command line.
_python_names: ContextVar[Mapping[str, str] | None] = ContextVar("python_names", default=None)


@contextmanager
def told_to_python(**names: str) -> Iterator[None]:
    """Within the block, messages are for a caller in Python, who gives arguments and has no study file.

    Args:
        **names: The caller's arguments by the names of options, where the two differ.
    """
    token = _python_names.set({"methods": "method", "training.deadline": "deadline", **names})
    try:
        yield
    finally:
        _python_names.reset(token)


def option(name: str, value: object = None) -> str:
    """An option as the user writes it: ``--max-l1`` on the command line, the argument ```max_l1``` in Python.

    Args:
        name: Its name, with underscores.
        value: A value to show with it; None shows none.
    """
    names = _python_names.get()
    if names is None:
        return f"--{name.replace('_', '-')}" + ("" if value is None else f" {value}")
    return f"`{names.get(name, name)}" + ("`" if value is None else f"={value!r}`")


def key(name: str) -> str:
    """A key at the top level of a study file, which is an option too; in Python, the argument."""
    return f"`{name}` ({option(name)})" if _python_names.get() is None else option(name)


def table(*names: str) -> str:
    """A table of a study file, such as ``[methods.path]``; in Python, the argument ```method['path']```."""
    path, python_names = ".".join(names), _python_names.get()
    if python_names is None:
        return f"[{path}]"
    first, *others = [path] if path in python_names else names
    return option(first)[:-1] + "".join(f"[{name!r}]" for name in others) + "`"


def inside(*names: str) -> str:
    """The beginning of a message on something in a table of a study file, or in an argument."""
    return table(*names) + ("" if _python_names.get() is None else ":")


def place(*names: str) -> str:
    """The key at the end of these names and its table, as the beginning of a message."""
    if _python_names.get() is not None:
        return table(*names)
    *tables, last = names
    return f"{last!r} in {table(*tables)}" if tables else f"{last!r} at the top level"


def missing(*names: str) -> str:
    """The message where the key at the end of these names is not given."""
    if _python_names.get() is not None:
        return f"{table(*names)} must be given."
    *tables, last = names
    return f"{table(*tables) if tables else 'the top level'} must have the key {last!r}."


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
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())


def in_words(error: BaseException) -> str:
    """An error of another program as the end of a sentence: its type and what it says."""
    return f"{type(error).__name__}: {one_line(_COLOURS.sub('', str(error)))[:300].rstrip('.')}."


def shown(value: object) -> str:
    """A value as a sentence shows it: its ``repr``, shortened."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python writes no integer of thousands of digits, and no endless nesting
        return f"{type(value).__name__} too large to show"
    return shortened(text)


def shortened(text: str) -> str:
    """The beginning of a long text, as long as a sentence can bear."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def check(name: str, found: object, rule: str, *, holds: bool) -> None:
    """Raises a ValueError that names a field, its rule and the value found, unless the rule holds.

    Args:
        name: Name of the field.
        found: Its value.
        rule: What the value must be, such as "finite and positive".
        holds: Whether the value satisfies the rule.
    """
    if not holds:
        raise ValueError(f"`{name}` must be {rule}; found {shown(found)}.")


def check_one_of(name: str, found: object, choices: Collection[str]) -> None:
    """Raises a ValueError that names a field, its choices and the value found, unless it is one of the choices."""
    if found not in choices:
        matches = get_close_matches(found, choices, n=1) if isinstance(found, str) else []
        suggestion = f" (did you mean {matches[0]!r}?)" if matches else ""
        check(name, found, f"one of {', '.join(choices)}{suggestion}", holds=False)


def check_positive(*, or_zero: bool = False, **values: float) -> None:
    """Raises a ValueError that names the first of these fields whose value is not positive and within the limits.

    Args:
        or_zero: Whether zero is allowed, and with it whatever is too small to differ from zero.
        values: Values of the fields by name.
    """
    least, rule = (0.0, NOT_NEGATIVE) if or_zero else (SMALLEST, POSITIVE)
    for name, value in values.items():
        check(name, value, rule, holds=is_number(value) and least <= value <= LARGEST)


def is_integer(value: object) -> bool:
    """Whether this is an integer by type: 1 and 1.0 would give one recipe two keys."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_count(value: object) -> bool:
    """Whether this is an integer by type in [1, 2**31)."""
    return is_integer(value) and 1 <= value < 2**31  # type: ignore[operator]


def is_positive(value: float) -> bool:
    """Whether this is a positive number within the limits."""
    return is_number(value) and SMALLEST <= value <= LARGEST


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
