"""Compaction: a smaller network without dead channels that computes the same function.

In: a network and inputs of a few examples. Out: the smaller network, and what was left out of each layer. Nothing has
to be declared: one forward pass is followed to find which slices of which parameters belong together, and what cannot
be followed stays. Exports use ``compacting.py``, which leaves out what the outputs do not depend on. Trainings, whose
weights still move, use ``live.py`` and leave out only what gets no gradient. Read ``channels.py`` first;
``steps.py`` says what each torch function does to channels, ``attention.py`` leaves heads out, ``declared_sizes.py``
keeps the numbers right that a network holds of its own sizes, ``proof.py`` tries every compaction out, and
``training_mode.py`` does so in training mode. ``layer_sizes.py`` counts what is left, also of kernels that stay whole.
"""

from frontsearch.compaction.channels import NO_CHANNELS, Channels
from frontsearch.compaction.compacting import Compaction, compact, network_size
from frontsearch.compaction.cutting import compacted, cut
from frontsearch.compaction.declared_sizes import Sizes
from frontsearch.compaction.groups import computed_groups, weight_groups
from frontsearch.compaction.live import Needed, live_channels, unread_channels, without_rows
from frontsearch.compaction.refilled import refilled_kernels
from frontsearch.compaction.resizing import resize
from frontsearch.compaction.sizes import size_with
from frontsearch.compaction.steps import find_channels, followed_channels
from frontsearch.compaction.trainable import trainable_channels

__all__ = [
    "NO_CHANNELS",
    "Channels",
    "Compaction",
    "Needed",
    "Sizes",
    "compact",
    "compacted",
    "computed_groups",
    "cut",
    "find_channels",
    "followed_channels",
    "live_channels",
    "network_size",
    "refilled_kernels",
    "resize",
    "size_with",
    "trainable_channels",
    "unread_channels",
    "weight_groups",
    "without_rows",
]
