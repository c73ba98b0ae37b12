"""The built-in tasks, by name, and ``Task`` for one's own."""

from collections.abc import Callable, Mapping

from frontsearch.tasks.base import Examples, Task
from frontsearch.tasks.digits import digits
from frontsearch.tasks.lasso import lasso
from frontsearch.tasks.mnist import mnist

TASKS: Mapping[str, Callable[..., Task]] = {"lasso": lasso, "digits": digits, "mnist": mnist}

__all__ = ["TASKS", "Examples", "Task", "digits", "lasso", "mnist"]
