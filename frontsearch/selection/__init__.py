"""Selection: which network to take, and everything there is to know about it.

In: the runs of a comparison and a rule. Out: the chosen network with its figures, layer sparsity, lineage and
learning curves. Read ``picks.py`` first.
"""

from frontsearch.selection.choosing import ChosenNetworks, chosen_networks
from frontsearch.selection.layer_sparsity import LayerSparsity
from frontsearch.selection.lineage import Lineage
from frontsearch.selection.network_summary import NetworkSummary, network_summaries
from frontsearch.selection.picks import NOTHING, ROUNDING, Budget, Knee, Pick, Rule, Sparsest, export_command, pick

__all__ = [
    "NOTHING", "ROUNDING", "Budget", "ChosenNetworks", "Knee", "LayerSparsity", "Lineage", "NetworkSummary", "Pick",
    "Rule", "Sparsest", "chosen_networks", "export_command", "network_summaries", "pick",
]  # fmt: skip
