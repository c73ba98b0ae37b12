"""Compaction: a smaller network that computes the same, without its dead units.

In: a network, its chain of layers and masks of the weights that may be nonzero. Out: the live units of each layer and
a copy of the network that has these alone. Training uses it as it goes, and evaluation at its end. Read ``units.py``
first; ``check.py`` tries a task's chain on a few examples before a training relies on it.
"""

from frontsearch.compaction.check import check_chain
from frontsearch.compaction.units import Units, compacted, live_parts, live_units

__all__ = ["Units", "check_chain", "compacted", "live_parts", "live_units"]
