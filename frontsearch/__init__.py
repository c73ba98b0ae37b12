"""Fronts of sparse networks: cross entropy against l1 norm, under one trainer, one budget and one comparison."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frontsearch.errors import UserError
    from frontsearch.front import Front
    from frontsearch.library import optuna_objective, pymoo_problem
    from frontsearch.recipe import FromScratch, MultiGradient, Pruning, Recipe, WarmStart, WeightedSum
    from frontsearch.space import Choice, Range, Space
    from frontsearch.tasks import Examples, Task, digits, lasso, mnist
    from frontsearch.training import Checkpoints, Trainer
    from frontsearch.trial import Run, Status, Trial

__version__ = "0.1.0"

_HOMES = {
    "errors": ("UserError",),
    "front": ("Front",),
    "library": ("optuna_objective", "pymoo_problem"),
    "recipe": ("FromScratch", "MultiGradient", "Pruning", "Recipe", "WarmStart", "WeightedSum"),
    "space": ("Choice", "Range", "Space"),
    "tasks": ("Examples", "Task", "digits", "lasso", "mnist"),
    "training": ("Checkpoints", "Trainer"),
    "trial": ("Run", "Status", "Trial"),
}

__all__ = [
    "Checkpoints", "Choice", "Examples", "FromScratch", "Front", "MultiGradient", "Pruning", "Range", "Recipe", "Run",
    "Space", "Status", "Task", "Trainer", "Trial", "UserError", "WarmStart", "WeightedSum", "digits", "lasso", "mnist",
    "optuna_objective", "pymoo_problem",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """A public name, its module imported on first use: whoever only chooses trainings never waits for torch."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"frontsearch.{home}"), name)
    raise AttributeError(f"module 'frontsearch' has no attribute {name!r}")
