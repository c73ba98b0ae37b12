"""The trainer as an Optuna objective and as a pymoo problem, for searches that run in your own program.

In: a task and a search space. Out: a callable for ``optuna.Study.optimize``, or a problem for pymoo's ``minimize``.
Read ``objective.py`` first; ``trainings.py`` is what both share.
"""

from frontsearch.library.objective import optuna_objective
from frontsearch.library.problem import pymoo_problem

__all__ = ["optuna_objective", "pymoo_problem"]
