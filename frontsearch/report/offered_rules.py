"""The rules that the page offers for picking a network."""

from typing import NamedTuple

from frontsearch.comparison import Comparison
from frontsearch.measures import ERROR_RATE
from frontsearch.selection import GAP, LIMITED, MAX_REPRESENTATIVES, WITHIN, BestWithinLimit, ChosenNetworks


class OfferedRule(NamedTuple):
    """A rule of the page's picker.

    Attributes:
        name: Its name in the data of the page.
        label: What it picks.
        limit: What its limit is; empty if it has none.
    """

    name: str
    label: str
    limit: str = ""


def offered_rules(comparison: Comparison, choice: ChosenNetworks) -> tuple[OfferedRule, ...]:
    """The rules for which some network has the metrics."""
    known = {rule for (_, rule), table in choice.tables.items() if table.keys}
    known |= {"default", "chord", "weights", LIMITED[0]}
    if not isinstance(choice.representatives.get("", ""), str):
        known.add("cover")
    return tuple(rule for rule in _rules(comparison, choice) if rule.name in known)


def _rules(comparison: Comparison, choice: ChosenNetworks) -> list[OfferedRule]:
    measures, target = comparison.measures, comparison.target
    criterion, fewest = measures.criterion, f"fewest {measures.size.label}"
    default = f"the best at the target, {target}" if target else f"{fewest}, about as good as the best"
    labels = {metric: BestWithinLimit(metric, 0).measure(measures).label for metric in LIMITED}
    points = criterion.gap_unit if criterion.unit == "%" else "hundredths"
    errors = choice.tables["", WITHIN].limits if ("", WITHIN) in choice.tables else ()
    lowest = f"; the lowest of all is {errors[0]:.2f} %" if errors else ""
    least = lowest if criterion == ERROR_RATE else ""
    return [
        OfferedRule("default", f"default: {default}"),
        OfferedRule(WITHIN, f"{fewest} with validation error at most", f"percent{lowest}"),
        OfferedRule("chord", "knee: farthest below the chord of the front's ends"),
        OfferedRule("weights", "knee: best over the widest range of l1 weights"),
        *(
            OfferedRule(metric, f"lowest {measures.loss.label} with {label} at most", label)
            for metric, label in labels.items()
        ),
        OfferedRule(GAP, f"{fewest} within {points} of the {criterion.best} {criterion.label}", f"{points}{least}"),
        OfferedRule(
            "cover",
            "representatives: so many networks that cover the front",
            f"number of networks, at most {MAX_REPRESENTATIVES}",
        ),
    ]
