"""Searches for fronts of sparse networks that trade cross entropy against the l1 norm of their weights.

Every method trains with the same trainer, spends the same budget of epochs and is compared by the same indicators. A
``Task`` and a ``Recipe`` go into a ``Trainer``; a ``Trial`` comes out; ``Front`` keeps the non-dominated trials. To use
the trainer in a search of your own, start with ``optuna_objective`` or ``pymoo_problem``; to run and compare methods,
use the command ``frontsearch study``.
"""

from importlib import import_module
from typing import TYPE_CHECKING
from warnings import filterwarnings

if TYPE_CHECKING:
    from frontsearch.errors import UserError
    from frontsearch.export import load_network
    from frontsearch.front import Front
    from frontsearch.library import (
        FrontClassifier,
        FrontPoint,
        FrontRegressor,
        Networks,
        Result,
        optuna_objective,
        pymoo_problem,
        search,
    )
    from frontsearch.recipe import FromScratch, MultiGradient, Pruning, Recipe, UPGrad, WarmStart, WeightedSum
    from frontsearch.scale import canonical_scale
    from frontsearch.space import Choice, Range, Space
    from frontsearch.tasks import Examples, Metric, Task, cifar10, digits, fashion, lasso, mnist
    from frontsearch.training import Checkpoints, Trainer
    from frontsearch.trial import Run, Status, Trial

__version__ = "0.1.0"

# Optuna loads tqdm's bars, which frontsearch does not use; in a notebook without ipywidgets they warn.
filterwarnings("ignore", message="IProgress not found")

_MODULES = {
    "errors": ("UserError",),
    "export": ("load_network",),
    "front": ("Front",),
    "library": (
        "FrontClassifier",
        "FrontPoint",
        "FrontRegressor",
        "Networks",
        "Result",
        "optuna_objective",
        "pymoo_problem",
        "search",
    ),
    "recipe": ("FromScratch", "MultiGradient", "Pruning", "Recipe", "UPGrad", "WarmStart", "WeightedSum"),
    "scale": ("canonical_scale",),
    "space": ("Choice", "Range", "Space"),
    "tasks": ("Examples", "Metric", "Task", "cifar10", "digits", "fashion", "lasso", "mnist"),
    "training": ("Checkpoints", "Trainer"),
    "trial": ("Run", "Status", "Trial"),
}

__all__ = [
    "Checkpoints", "Choice", "Examples", "FromScratch", "Front", "FrontClassifier", "FrontPoint", "FrontRegressor",
    "Metric", "MultiGradient", "Networks", "Pruning", "Range", "Recipe", "Result", "Run", "Space", "Status", "Task",
    "Trainer", "Trial", "UPGrad", "UserError", "WarmStart", "WeightedSum", "canonical_scale", "cifar10", "digits",
    "fashion", "lasso", "load_network", "mnist", "optuna_objective", "pymoo_problem", "search",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Imports a public name's module on first use, so that choosing trainings does not wait for torch to load."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"frontsearch.{module}"), name)
    raise AttributeError(f"module 'frontsearch' has no attribute {name!r}")
