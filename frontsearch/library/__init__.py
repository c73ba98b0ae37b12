"""frontsearch inside other programs: searches of its own methods, an Optuna objective and a pymoo problem.

In: a task. Out: a :class:`Result` with its networks; with a search space, a callable for ``optuna.Study.optimize`` or a
problem for pymoo's ``minimize``. Read ``searching.py`` first; ``trainings.py`` is what the other two share.
"""

from frontsearch.library.objective import optuna_objective
from frontsearch.library.problem import pymoo_problem
from frontsearch.library.result import FrontPoint, Result
from frontsearch.library.searching import search

__all__ = ["FrontPoint", "Result", "optuna_objective", "pymoo_problem", "search"]
