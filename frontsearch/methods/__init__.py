"""The methods that search for fronts, one file each, with their papers in the docstrings.

In: a ``Setting`` (budget, seed, template recipe, search space), then the trials of the recipes asked for. Out: the next
recipes to train. ``METHODS`` lists every method by name; ``start`` begins one. To add a method, write a class with a
``search`` generator and add a line to ``METHODS``. Read ``base.py`` first, then ``weighted_grid.py``, the shortest
method.
"""

from collections.abc import Mapping
from dataclasses import replace

from frontsearch.methods.adabreg import AdaBreg
from frontsearch.methods.base import (
    AcceptsInitialTrials,
    AcceptsTarget,
    AskTell,
    FrontMethod,
    Generational,
    Method,
    Search,
    Setting,
    SharesBudget,
)
from frontsearch.methods.bisection import Bisection, BisectionLog
from frontsearch.methods.continuation import Continuation, ContinuationLog
from frontsearch.methods.debias import Debias, Debiased, without_debiasing
from frontsearch.methods.dichotomic import Dichotomic
from frontsearch.methods.dichotomic_stochastic import DichotomicStochastic
from frontsearch.methods.gmp import Gmp
from frontsearch.methods.inheritance import Inheritance
from frontsearch.methods.linbreg import LinBreg
from frontsearch.methods.one_cycle import OneCycle
from frontsearch.methods.optuna_search import OptunaGp, OptunaNsga2, OptunaNsga3, OptunaTpe
from frontsearch.methods.path import Path
from frontsearch.methods.pf_smg import PfSmg
from frontsearch.methods.pymoo_search import PymooNsga2, PymooNsga3, PymooSmsEmoa
from frontsearch.methods.pymoo_variables import DIVERGED_OBJECTIVES, decode_variables, space_variables
from frontsearch.methods.random_search import RandomSearch
from frontsearch.methods.smgd import Smgd
from frontsearch.methods.st3 import St3
from frontsearch.methods.successive_halving import SuccessiveHalving
from frontsearch.methods.upgrad import Upgrad
from frontsearch.methods.weighted_grid import WeightedGrid
from frontsearch.methods.weights_nsga2 import WeightsNsga2
from frontsearch.recipe import Recipe

METHODS: Mapping[str, type[Method]] = {
    "random": RandomSearch,
    "optuna-tpe": OptunaTpe,
    "optuna-gp": OptunaGp,
    "optuna-nsga2": OptunaNsga2,
    "optuna-nsga3": OptunaNsga3,
    "pymoo-nsga2": PymooNsga2,
    "pymoo-nsga3": PymooNsga3,
    "pymoo-sms-emoa": PymooSmsEmoa,
    "successive-halving": SuccessiveHalving,
    "inheritance": Inheritance,
    "weights-nsga2": WeightsNsga2,
    "smgd": Smgd,
    "upgrad": Upgrad,
    "pf-smg": PfSmg,
    "weighted-grid": WeightedGrid,
    "bisection": Bisection,
    "bisection-log": BisectionLog,
    "dichotomic": Dichotomic,
    "dichotomic-stochastic": DichotomicStochastic,
    "path": Path,
    "continuation": Continuation,
    "continuation-log": ContinuationLog,
    "gmp": Gmp,
    "st3": St3,
    "one-cycle": OneCycle,
    "adabreg": AdaBreg,
    "linbreg": LinBreg,
}
# The methods that choose hyperparameters from the search space, so that their importance can be computed.
SEARCHES: frozenset[str] = frozenset(
    {
        "random", "optuna-tpe", "optuna-gp", "optuna-nsga2", "optuna-nsga3", "pymoo-nsga2", "pymoo-nsga3",
        "pymoo-sms-emoa", "successive-halving", "inheritance",
    }
)  # fmt: skip


def start(method: Method, setting: Setting, *, initial: Recipe | None = None) -> FrontMethod:
    """Starts a method in this setting; the result is ready for its first ``ask``.

    Args:
        method: The method.
        setting: Its setting.
        initial: Recipe of the task's trained network as it was given; asked for first, before the method begins.
    """
    return AskTell(method.search(setting) if initial is None else _after(initial, method, setting))


def _after(initial: Recipe, method: Method, setting: Setting) -> Search:
    (given,) = yield [initial]
    yield from method.search(replace(setting, given=given))


__all__ = [
    "DIVERGED_OBJECTIVES",
    "METHODS",
    "SEARCHES",
    "AcceptsInitialTrials",
    "AcceptsTarget",
    "Debias",
    "Debiased",
    "FrontMethod",
    "Generational",
    "Method",
    "Setting",
    "SharesBudget",
    "decode_variables",
    "space_variables",
    "start",
    "without_debiasing",
]  # fmt: skip
