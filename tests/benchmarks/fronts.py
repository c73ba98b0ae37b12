"""Prints the seconds to find the front of a million points and to measure its hypervolume, and each decade's ratio.

    python tests/benchmarks/fronts.py

The points are uniform in the unit square, whose front is a few points, or on the circle around its upper corner, where
every one is on the front.
"""

import time

import numpy as np

from frontsearch.comparison.quality import Box, hypervolume
from frontsearch.front import Front
from frontsearch.trial import Outcome

SIZES = (10_000, 100_000, 1_000_000)
BOX = Box(low=(0.0, 0.0), high=(1.0, 1.0))


def uniform(random: np.random.Generator, count: int) -> np.ndarray:
    """Points of which nearly all are dominated."""
    return random.random((count, 2))


def circle(random: np.random.Generator, count: int) -> np.ndarray:
    """Points of which none is dominated."""
    angle = random.uniform(0, np.pi / 2, count)
    return 1 - np.stack([np.cos(angle), np.sin(angle)], axis=1)


def seconds(points: np.ndarray) -> tuple[float, float]:
    """To find the front of networks with these objectives, and its hypervolume."""
    networks = [Outcome(key="", objectives=(x, y), metrics={}) for x, y in points.tolist()]
    begun = time.perf_counter()
    front = Front.of_trials(networks)
    found = time.perf_counter()
    hypervolume(front.points, box=BOX)
    return found - begun, time.perf_counter() - found


def main() -> None:
    """Prints a line for each size and shape."""
    for shape in (uniform, circle):
        before = 0.0
        for count in SIZES:
            front, volume = seconds(shape(np.random.default_rng(1), count))
            grown = f", x {(front + volume) / before:.1f}" if before else ""
            print(f"{shape.__name__:8s} {count:9,d} points: front {front:.3f} s, hypervolume {volume:.3f} s{grown}")  # noqa: T201
            before = front + volume


if __name__ == "__main__":
    main()
