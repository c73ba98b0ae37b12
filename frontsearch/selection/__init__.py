"""Selection: which network to take, and everything there is to know about it.

In: the runs of a comparison and a rule. Out: the chosen network with its figures, layer sparsity, lineage and
learning curves. Read ``picks.py`` first.
"""

from frontsearch.selection.chosen_networks import Choice, choice
from frontsearch.selection.layer_sparsity import Anatomy
from frontsearch.selection.lineage import Ancestry
from frontsearch.selection.network_summary import Portrait, portraits
from frontsearch.selection.picks import NOTHING, ROUNDING, Budget, Knee, Pick, Rule, Sparsest, export_command, pick

__all__ = [
    "NOTHING", "ROUNDING", "Anatomy", "Ancestry", "Budget", "Choice", "Knee", "Pick", "Portrait", "Rule",
    "Sparsest", "choice", "export_command", "pick", "portraits",
]  # fmt: skip
