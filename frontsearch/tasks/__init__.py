"""The built-in tasks, by name, and ``Task`` for one's own."""

from collections.abc import Callable, Mapping

from frontsearch.tasks.base import Examples, Task
from frontsearch.tasks.digits import digits
from frontsearch.tasks.lasso import lasso
from frontsearch.tasks.mnist import mnist
from frontsearch.tasks.tabular import breast_cancer, iris

TASKS: Mapping[str, Callable[..., Task]] = {
    "lasso": lasso,
    "iris": iris,
    "breast_cancer": breast_cancer,
    "digits": digits,
    "mnist": mnist,
}

__all__ = ["TASKS", "Examples", "Task", "breast_cancer", "digits", "iris", "lasso", "mnist"]
