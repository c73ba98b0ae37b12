"""Predicates for the numbers in a recipe; each is False for texts and None."""

import math
from numbers import Real

_NUMBER = (float, int, Real)  # float and int first: checking against the abstract Real takes ten times as long


def is_integer(value: object) -> bool:
    """Whether this is an integer by type: 1 and 1.0 would give one recipe two keys."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_positive(value: float) -> bool:
    """Whether this is a finite number above zero."""
    return isinstance(value, _NUMBER) and 0 < value < math.inf


def is_not_negative(value: float) -> bool:
    """Whether this is a finite number, zero or above."""
    return isinstance(value, _NUMBER) and 0 <= value < math.inf


def is_below_one(value: float) -> bool:
    """Whether this is a number in [0, 1)."""
    return isinstance(value, _NUMBER) and 0 <= value < 1
