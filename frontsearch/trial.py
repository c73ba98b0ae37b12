"""``Trial``, the outcome of one training, and ``Run``, the trials of one method under one budget."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from frontsearch.recipe import Recipe


class Status(Enum):
    """How a training ended; any failure that is not listed raises an exception.

    Attributes:
        COMPLETE: It was trained and evaluated.
        DIVERGED: A loss, a weight or an objective became infinite or NaN.
        FAILED: Its worker died, ran out of memory or missed its deadline twice.
    """

    COMPLETE = "complete"
    DIVERGED = "diverged"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Objectives and metrics of one network, whether it was trained here or its results were imported.

    Attributes:
        key: Identifies the network within its run.
        objectives: ``(loss, l1)``, both minimised; None if the training diverged or failed.
        metrics: Metrics on all three splits, by name; empty if there are no objectives.
    """

    key: str
    objectives: tuple[float, float] | None
    metrics: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial(Outcome):
    """The outcome of one training. Its key is a hash of recipe and task; its checkpoint has the same name.

    Attributes:
        key: 32 hexadecimal digits.
        objectives: ``(loss, l1)``, l1 as a sum; None unless the status is COMPLETE.
        metrics: Metrics by name, such as ``test_error``; empty unless the status is COMPLETE.
        recipe: Input of the training.
        status: How the training ended.
        epochs: Passes over the training split that were charged to the budget.
        seconds: Wall time of training and evaluation, in seconds.
        reason: One sentence on why the training failed; empty if it did not.
        checkpoint_sha256: SHA-256 of its checkpoint; empty if it left none or an earlier version trained it.
        curve_sha256: SHA-256 of its learning curve's file; empty as above.
        machine: The machine or cluster that its seconds were measured on; empty if an earlier version trained it.
    """

    recipe: Recipe
    status: Status
    epochs: float
    seconds: float
    reason: str = ""
    checkpoint_sha256: str = ""
    curve_sha256: str = ""
    machine: str = ""

    @property
    def digest(self) -> str:
        """A hash of everything but the recipe, which the key is a hash of: 32 hexadecimal digits."""
        outcome = [
            self.key, self.status.value, self.objectives, sorted(self.metrics.items()), self.epochs, self.seconds,
            self.reason, self.checkpoint_sha256, self.curve_sha256, *([self.machine] if self.machine else []),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(outcome).encode()).hexdigest()[:32]


Evaluate = Callable[[Recipe], Trial]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One method, run with one seed and one budget.

    Attributes:
        method: Name of the method.
        repeat: Number of this repeat within the study, from 0.
        budget: Epochs that the method was given.
        trials: Trials in the order in which the method asked for them.
        budget_exhausted: Whether the budget ended the run, so that a larger budget would extend it.
        finished: Whether the run has finished, because its budget is spent or its method stopped. If False, ``trials``
            holds those trained so far.
    """

    method: str
    repeat: int
    budget: float
    trials: tuple[Trial, ...]
    budget_exhausted: bool = False
    finished: bool = True

    @property
    def machines(self) -> tuple[str, ...]:
        """The machines that its seconds were measured on, each once; an unknown one is empty."""
        return tuple(dict.fromkeys(trial.machine for trial in self.trials))
