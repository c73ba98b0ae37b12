"""The canonical scale: measures l1 so that rescaling a network without changing its function does not change it.

In: a task, whose network is run once to find its units, and then networks. Out: the l1 of each network in the scale in
which it is least, and the scales of its units. Read ``canonical.py`` first: ``tracer.py`` follows the units through a
forward pass by the rules in ``steps.py``, ``holding.py`` says which units unpenalised kernels hold, and ``balance.py``
finds the least l1.
"""

from frontsearch.scale.balance import Balance
from frontsearch.scale.canonical import CanonicalScale
from frontsearch.scale.of_task import canonical_scale

__all__ = ["Balance", "CanonicalScale", "canonical_scale"]
