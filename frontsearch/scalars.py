"""Which values are numbers, and within what; texts and None are none."""

import math
from numbers import Real

_REAL = (float, int, Real)  # the first two are told at once, any other kind takes ten times as long


def whole(value: object) -> bool:
    """Whether this is an integer by type: 1 and 1.0 would be two keys of one recipe."""
    return isinstance(value, int) and not isinstance(value, bool)


def positive(value: float) -> bool:
    """Whether this is a finite number above zero."""
    return isinstance(value, _REAL) and 0 < value < math.inf


def not_negative(value: float) -> bool:
    """Whether this is a finite number, zero or above."""
    return isinstance(value, _REAL) and 0 <= value < math.inf


def below_one(value: float) -> bool:
    """Whether this is a number in [0, 1)."""
    return isinstance(value, _REAL) and 0 <= value < 1
