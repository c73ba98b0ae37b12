"""frontsearch inside other people's programs: the trainer as an Optuna objective and as a pymoo problem.

In: a task and a search space. Out: an objective for ``study.optimize`` or a problem for ``minimize``. Read
``objective.py`` first.
"""

from frontsearch.library.objective import optuna_objective
from frontsearch.library.problem import pymoo_problem

__all__ = ["optuna_objective", "pymoo_problem"]
