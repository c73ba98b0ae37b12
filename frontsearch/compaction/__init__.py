"""Compaction: a smaller network without dead units that computes the same function.

In: a network, the names of its layers (a task's ``chain``) and masks of the weights that may be nonzero. Out: the live
units of each layer, and a copy of the network that contains only these. Trainings compact their network between
epochs and before evaluation. Read ``units.py`` first; ``check.py`` verifies a task's chain on a few examples.
"""

from frontsearch.compaction.check import check_chain
from frontsearch.compaction.units import Units, compacted, live_parts, live_units

__all__ = ["Units", "check_chain", "compacted", "live_parts", "live_units"]
