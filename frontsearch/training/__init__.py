"""Training: one recipe trained on one task, and what it leaves: weights, a learning curve, metrics.

In: a recipe. Out: a trial, with its checkpoint and learning curve in the output folder. Read ``trainer.py`` first,
top to bottom.
"""

from frontsearch.training.certificates import certificate, full_gradient
from frontsearch.training.checkpoints import Checkpoints
from frontsearch.training.compiling import compiler_fault
from frontsearch.training.objectives import default_reference_point
from frontsearch.training.trainer import Trainer

__all__ = ["Checkpoints", "Trainer", "certificate", "compiler_fault", "default_reference_point", "full_gradient"]
