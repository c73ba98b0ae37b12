"""Trains several recipes of one task in one pass, for small networks, on which a step is nearly all call overhead.

In: prepared trainings with one batch size. Out: the same trainings after their last step. Read ``loop.py`` first.
"""

from frontsearch.training.stacked.loop import train_stack
from frontsearch.training.stacked.stacked_task import StackedTask, stacked_task

__all__ = ["StackedTask", "stacked_task", "train_stack"]
