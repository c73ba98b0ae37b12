"""Comparison of runs: indicators, anytime curves, attainment surfaces and significance tests.

In: runs with their trials (:class:`frontsearch.trial.Run`), imported or published points, and the boxes that normalise
objectives. Out: a :class:`Comparison`, a frozen dataclass with every number of a report.

Read ``comparing.py`` first, then ``comparison.py``. ``run_result.py`` holds the results of one run, ``quality.py`` the
indicators, ``anytime.py`` and ``attainment.py`` the curves over repeats, ``significance.py`` the tests,
``ranks.py``, ``posterior.py`` and ``power.py`` what goes with them, ``collection.py`` those of a collection,
``machines.py`` says where seconds come from.
"""

from frontsearch.comparison.anytime import Band, CostUnit, HypervolumeName, Values
from frontsearch.comparison.attainment import Difference
from frontsearch.comparison.chance import Chance
from frontsearch.comparison.collection import AcrossStudies, PairAcross, across_studies
from frontsearch.comparison.comparing import compare
from frontsearch.comparison.comparison import HYPERVOLUME_TARGETS, Comparison, Source
from frontsearch.comparison.importance import Importance
from frontsearch.comparison.machines import machines_sentence, studies_machines_sentence
from frontsearch.comparison.pooling import pooled_ratios
from frontsearch.comparison.posterior import EQUIVALENT, Posterior
from frontsearch.comparison.power import POWER, fewest_repeats, fewest_studies, repeats_needed
from frontsearch.comparison.published import ERRORS, LOSSES, PLANES, Published, read_published
from frontsearch.comparison.quality import Box, hypervolume
from frontsearch.comparison.ranks import MeanRanks
from frontsearch.comparison.run_result import ImportedFront, Point, RunResult
from frontsearch.comparison.significance import ALPHA, MethodPair
from frontsearch.comparison.varied_fields import FrontRecipes, VariedField, front_recipes

__all__ = [
    "ALPHA",
    "EQUIVALENT",
    "ERRORS",
    "HYPERVOLUME_TARGETS",
    "LOSSES",
    "PLANES",
    "POWER",
    "AcrossStudies",
    "Band",
    "Box",
    "Chance",
    "Comparison",
    "CostUnit",
    "Difference",
    "FrontRecipes",
    "HypervolumeName",
    "Importance",
    "ImportedFront",
    "MeanRanks",
    "MethodPair",
    "PairAcross",
    "Point",
    "Posterior",
    "Published",
    "RunResult",
    "Source",
    "Values",
    "VariedField",
    "across_studies",
    "compare",
    "fewest_repeats",
    "fewest_studies",
    "front_recipes",
    "hypervolume",
    "machines_sentence",
    "pooled_ratios",
    "read_published",
    "repeats_needed",
    "studies_machines_sentence",
]  # fmt: skip
