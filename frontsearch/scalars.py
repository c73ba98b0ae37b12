"""Predicates for the numbers in a recipe; each is False for texts, truth values and None."""

import math
import sys
from numbers import Real

_NUMBER = (float, int, Real)  # float and int first: checking against the abstract Real takes ten times as long


def is_integer(value: object) -> bool:
    """Whether this is an integer by type: 1 and 1.0 would give one recipe two keys."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_count(value: object) -> bool:
    """Whether this is an integer by type in [1, 2**31)."""
    return is_integer(value) and 1 <= value < 2**31  # type: ignore[operator]


def is_positive(value: float) -> bool:
    """Whether this is a finite number above zero."""
    return _is_number(value) and 0 < value < math.inf


def is_not_negative(value: float) -> bool:
    """Whether this is a finite number, zero or above."""
    return _is_number(value) and 0 <= value < math.inf


def is_below_one(value: float) -> bool:
    """Whether this is a number in [0, 1)."""
    return _is_number(value) and 0 <= value < 1


def _is_number(value: object) -> bool:
    if isinstance(value, int):
        return is_integer(value) and abs(value) <= sys.float_info.max  # integers may be too large for a float
    return isinstance(value, _NUMBER)
