"""Comparison: every number of a report, from runs alone, as frozen dataclasses.

In: runs with their trials, and the box in which fronts are measured. Out: a :class:`Comparison`. Read
``comparison.py`` first; ``run_result.py`` has the figures of one run, ``quality.py`` the indicators,
``significance.py`` the tests over repeats.
"""

from frontsearch.comparison.anytime import Band, Spent, Values, Volume
from frontsearch.comparison.attainment import Difference
from frontsearch.comparison.comparison import SHARES, Comparison, Source, compare
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
