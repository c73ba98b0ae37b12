"""``timed``: how long calls take that take turns, so that whatever else the machine does meets all of them."""

import time
from collections.abc import Callable, Mapping

import numpy as np

ROUNDS = 15
LEAST_SECONDS = 0.01  # of a measurement, so that the steps of the clock do not matter
MOST_CALLS = 2000

Call = Callable[[], object]


def timed(calls: Mapping[str, Call], *, rounds: int = ROUNDS, least: float = LEAST_SECONDS) -> dict[str, list[float]]:
    """The seconds of a call in each round, to four digits, by name.

    Args:
        calls: What is timed, by name.
        rounds: How often each has its turn.
        least: Seconds that a turn takes at least.
    """
    counts = {}
    for name, call in calls.items():
        for _ in range(3):  # compilers and caches warm up
            call()
        counts[name] = int(np.clip(least / _seconds(call, 1), 1, MOST_CALLS))
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            found[name].append(float(f"{_seconds(call, counts[name]):.4g}"))
    return found


def _seconds(call: Call, count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count
