"""frontsearch inside other programs: its own searches, scikit-learn estimators, an Optuna objective, a pymoo problem.

In: a task, or arrays. Out: a :class:`Result` with its networks, or a fitted estimator; with a search space, a callable
for ``optuna.Study.optimize`` or a problem for pymoo's ``minimize``. Read ``searching.py`` first; ``trainings.py`` is
what the objective and the problem share, ``front_estimator.py`` what the estimators do.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from frontsearch.library.front_point import FrontPoint, Networks
from frontsearch.library.objective import optuna_objective
from frontsearch.library.problem import pymoo_problem
from frontsearch.library.result import Result
from frontsearch.library.searching import search

if TYPE_CHECKING:
    from frontsearch.library.classifier import FrontClassifier
    from frontsearch.library.regressor import FrontRegressor

_ESTIMATORS = {"FrontClassifier": "classifier", "FrontRegressor": "regressor"}

__all__ = [
    "FrontClassifier", "FrontPoint", "FrontRegressor", "Networks", "Result", "optuna_objective", "pymoo_problem",
    "search",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Imports the estimators on first use, as scikit-learn takes a second to load."""
    if name in _ESTIMATORS:
        return getattr(import_module(f"frontsearch.library.{_ESTIMATORS[name]}"), name)
    raise AttributeError(f"module 'frontsearch.library' has no attribute {name!r}")
