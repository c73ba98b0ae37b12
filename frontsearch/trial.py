"""``Trial``: a training's outcome, and ``Run``: what one method made of one budget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from frontsearch.recipe import Recipe


class Status(Enum):
    """How a training ended: divergence is data, and so is the death of whoever trained, twice; all else raises."""

    COMPLETE = "complete"
    DIVERGED = "diverged"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A network's figures, wherever it was trained.

    Attributes:
        key: What tells it from the others of its run.
        objectives: ``(cross_entropy, l1)``, both minimised; None where the training diverged or failed.
        metrics: Figures of all three splits, by name; empty where there are no objectives.
    """

    key: str
    objectives: tuple[float, float] | None
    metrics: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial(Outcome):
    """The outcome of one training, whose key is the content address of recipe and task and the checkpoint's name.

    Attributes:
        recipe: What was trained.
        status: How it ended.
        epochs: Passes over the training split that were spent.
        seconds: Wall time of training and evaluation.
        reason: Why it failed, in a sentence; empty where it did not.
    """

    recipe: Recipe
    status: Status
    epochs: float
    seconds: float
    reason: str = ""


Evaluate = Callable[[Recipe], Trial]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One method that spent one budget with one seed.

    Attributes:
        method: The method's name.
        repeat: Which repeat of the study this is, from 0.
        budget: Epochs the method was given.
        trials: What it told, in the order it asked.
        cut: Whether the budget ended it, so that with a larger one it would go on.
        over: Whether it has been ended, by its budget or its method; else the trials are what there is so far.
    """

    method: str
    repeat: int
    budget: float
    trials: tuple[Trial, ...]
    cut: bool = False
    over: bool = True
