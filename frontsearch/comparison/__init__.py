"""Comparison of runs: indicators, anytime curves, attainment surfaces and significance tests.

In: runs with their trials (:class:`frontsearch.trial.Run`), imported or published points, and the boxes that normalise
objectives. Out: a :class:`Comparison`, a frozen dataclass with every number of a report.

Read ``comparing.py`` first, then ``comparison.py``. ``run_result.py`` holds the results of one run, ``quality.py`` the
indicators, ``anytime.py`` and ``attainment.py`` the curves over repeats, ``significance.py`` the tests.
"""

from frontsearch.comparison.anytime import Band, Spent, Values, Volume
from frontsearch.comparison.attainment import Difference
from frontsearch.comparison.comparing import compare
from frontsearch.comparison.comparison import SHARES, Comparison, Source
from frontsearch.comparison.importance import Importance
from frontsearch.comparison.parallel_coordinates import Axis, Coordinates, coordinates
from frontsearch.comparison.pooling import pooled_ratios
from frontsearch.comparison.published import PLANES, Published, read_published
from frontsearch.comparison.quality import Box, hypervolume
from frontsearch.comparison.run_result import Imported, Point, RunResult
from frontsearch.comparison.significance import Pair, least_p, sentence

__all__ = [
    "PLANES",
    "SHARES",
    "Axis",
    "Band",
    "Box",
    "Comparison",
    "Coordinates",
    "Difference",
    "Importance",
    "Imported",
    "Pair",
    "Point",
    "Published",
    "RunResult",
    "Source",
    "Spent",
    "Values",
    "Volume",
    "compare",
    "coordinates",
    "hypervolume",
    "least_p",
    "pooled_ratios",
    "read_published",
    "sentence",
]  # fmt: skip
