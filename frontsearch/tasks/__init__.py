"""Tasks: data in three splits, a network, and which of its parameters are penalised.

In: a built-in task's name and options, or one's own data and network. Out: a :class:`Task`. Read ``base.py`` first;
``built_in/`` has one file per task, and ``fetching/`` downloads data sets that no library installs.
"""

from frontsearch.tasks.base import Examples, Task, seeded
from frontsearch.tasks.built_in import MNIST, TASKS, breast_cancer, digits, iris, lasso, mnist
from frontsearch.tasks.exact import exact_front
from frontsearch.tasks.fetching import cache_folder, fetch

__all__ = [
    "MNIST", "TASKS", "Examples", "Task", "breast_cancer", "cache_folder", "digits",
    "exact_front", "fetch", "iris", "lasso", "mnist", "seeded",
]  # fmt: skip
