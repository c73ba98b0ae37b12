"""The built-in tasks; ``TASKS`` maps the name used in study files to a function that makes the task."""

from collections.abc import Callable, Mapping

from frontsearch.tasks.base import Task
from frontsearch.tasks.built_in.cifar10 import cifar10
from frontsearch.tasks.built_in.data_sets import DATA_SETS
from frontsearch.tasks.built_in.digits import digits
from frontsearch.tasks.built_in.fashion import fashion
from frontsearch.tasks.built_in.lasso import lasso
from frontsearch.tasks.built_in.mnist import mnist
from frontsearch.tasks.built_in.tabular import breast_cancer, iris

TASKS: Mapping[str, Callable[..., Task]] = {
    "lasso": lasso,
    "iris": iris,
    "breast_cancer": breast_cancer,
    "digits": digits,
    "mnist": mnist,
    "fashion": fashion,
    "cifar10": cifar10,
}

__all__ = ["DATA_SETS", "TASKS", "breast_cancer", "cifar10", "digits", "fashion", "iris", "lasso", "mnist"]
