"""Selection: rules that pick a network from the fronts of a comparison, and everything to show about that network.

In: the run results of a comparison and a rule. Out: a :class:`Pick`, and a :class:`NetworkSummary` with the picked
network's lineage, learning curves, layer sparsity and used inputs.

Read ``picks.py`` first, then ``rules.py``, ``default.py`` and, for studies with a target, ``aiming.py``;
``savings.py`` says
what one more point of error would save, ``representatives.py`` which few networks stand for a front; ``choosing.py``
collects what a report offers to choose from.
"""

from frontsearch.selection.aiming import AtTarget, TargetOutcome, default_rule, target_outcome
from frontsearch.selection.asking import one_rule, representative_networks, rule_of
from frontsearch.selection.choosing import MAX_REPRESENTATIVES, ChosenNetworks, chosen_networks
from frontsearch.selection.default import Default, revival
from frontsearch.selection.input_columns import InputColumns, UsedInputs, used_inputs
from frontsearch.selection.layer_sparsity import LayerSparsity
from frontsearch.selection.limits import GAP, LIMIT, WITHIN, LimitTable
from frontsearch.selection.lineage import Lineage
from frontsearch.selection.network_summary import NetworkSummary, network_summaries
from frontsearch.selection.picks import (
    Pick,
    export_command,
    export_in_python,
    pick,
    study_savings,
    with_remedy,
)
from frontsearch.selection.rules import (
    KNEES,
    LIMITED,
    NO_NETWORK,
    BestWithinLimit,
    Knee,
    Rule,
    Sparsest,
)
from frontsearch.selection.savings import Saving, saving_title

__all__ = [
    "GAP",
    "KNEES",
    "LIMIT",
    "LIMITED",
    "MAX_REPRESENTATIVES",
    "NO_NETWORK",
    "WITHIN",
    "AtTarget",
    "BestWithinLimit",
    "ChosenNetworks",
    "Default",
    "InputColumns",
    "Knee",
    "LayerSparsity",
    "LimitTable",
    "Lineage",
    "NetworkSummary",
    "Pick",
    "Rule",
    "Saving",
    "Sparsest",
    "TargetOutcome",
    "UsedInputs",
    "chosen_networks",
    "default_rule",
    "export_command",
    "export_in_python",
    "network_summaries",
    "one_rule",
    "pick",
    "representative_networks",
    "revival",
    "rule_of",
    "saving_title",
    "study_savings",
    "target_outcome",
    "used_inputs",
    "with_remedy",
]  # fmt: skip
