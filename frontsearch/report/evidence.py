"""How sure a ranking is, in words and rows: mean ranks, probabilities, and what would settle it."""

from frontsearch.comparison import (
    ALPHA,
    EQUIVALENT,
    POWER,
    AcrossStudies,
    Comparison,
    Posterior,
    fewest_repeats,
    fewest_studies,
    repeats_needed,
)
from frontsearch.report.repeat_tables import Rows, ordered_pairs

PROBABILITIES = ("P(better)", "P(equivalent)", "P(worse)")
LEVEL = f"{ALPHA:.0%}".replace("%", " %")
CHANCE = f"{POWER:.0%}".replace("%", " %")


def repeats_sentence(comparison: Comparison) -> str:
    """How many repeats more would settle which of the two best methods is better; empty where nothing is compared."""
    if len(comparison.methods) < 2 or not comparison.finished:
        return ""
    best, second, *_ = comparison.ranking
    pair = ordered_pairs(comparison)[best, second]
    tested = len(comparison.pairs) if pair.p is None else comparison.tested_pairs
    names, corrected = f"{best} and {second}", f"{LEVEL}{_corrected(tested)}"
    repeats = min(len(comparison.of_method(method)) for method in (best, second))
    if pair.p is None or pair.p_holm is None:
        return f"To tell {names} apart at {corrected}, run at least {fewest_repeats(tested)} repeats of each method."
    if pair.p_holm <= ALPHA:
        return f"{names} differ significantly at {corrected}: no more repeats are needed to tell them apart."
    needed = repeats_needed(pair.effect, pairs=tested)
    if needed is None:
        return f"With A = {pair.effect:.2f}, {names} are so much alike that 1,000 repeats might not tell them apart."
    needed = max(needed, repeats + 1)
    return (
        f"If A stays at {pair.effect:.2f}, {needed} repeats of each method, {needed - repeats} more, would tell "
        f"{names} apart at {corrected} with a chance of {CHANCE}."
    )


def ranks_caption(comparison: Comparison) -> str:
    """How to read the diagram of mean ranks."""
    once = ", ".join(method for method in comparison.methods if len(comparison.of_method(method)) < 2)
    return (
        "Mean rank over all ways to take one repeat of each method; 1 is best. A bar joins neighbours of whom no two "
        f"differ significantly at {LEVEL} by the rank-sum test{_corrected(comparison.tested_pairs)}."
        f"{f' Left out, with one repeat: {once}.' if once else ''}"
    )


def posterior_rows(comparison: Comparison) -> Rows:
    """How probably the best method is better, equivalent or worse than each other one with repeats."""
    rows = ((other, *_probabilities(found)) for other, found in comparison.posteriors.items())
    return (("against", *PROBABILITIES), *rows)


def posterior_note(*, of: str) -> str:
    """What the probabilities are of; ``of`` says which differences."""
    return (
        f"Bayesian signed-rank test on {of}: where a further difference would mostly lie. Equivalent: hypervolumes "
        f"within {EQUIVALENT:g} of each other."
    )


def across_rows(across: AcrossStudies) -> Rows:
    """The method of the best mean rank against each other one, over studies."""
    best = next(iter(across.ranks.ranks))
    rows = (
        (
            pair.second, f"{pair.wins} of {pair.studies}{f', equal in {pair.ties}' if pair.ties else ''}",
            f"{pair.effect:.2f}", f"{pair.p:.2g}", f"{pair.p_holm:.2g}", *_probabilities(pair.posterior),
        )
        for pair in across.pairs
        if pair.first == best
    )  # fmt: skip
    return (("against", "better in", "mean A", "p", "p (Holm)", *PROBABILITIES), *rows)


def across_caption(across: AcrossStudies) -> str:
    """How to read the diagram of mean ranks over studies."""
    return (
        "Mean rank over studies of each method's median hypervolume, the one that ranks methods there; 1 is best. A "
        f"bar joins neighbours of whom no two differ significantly at {LEVEL} by Wilcoxon's signed-rank test over "
        f"studies{_corrected(len(across.pairs))}."
    )


def studies_sentence(across: AcrossStudies) -> str:
    """How many studies more could show a difference, if there are too few for any; else empty."""
    studies, fewest = across.pairs[0].studies, fewest_studies(len(across.pairs))
    if studies >= fewest:
        return ""
    return (
        f"{studies} studies are too few for any significant difference: {fewest} are the fewest at {LEVEL}"
        f"{_corrected(len(across.pairs))}. Repeats in a study cannot stand in for studies, as they share its task."
    )


def _corrected(pairs: int) -> str:
    return f" after Holm's correction for {pairs} pairs" if pairs > 1 else ""


def _probabilities(posterior: Posterior) -> tuple[str, ...]:
    return tuple(f"{each:.2f}" for each in (posterior.better, posterior.equivalent, posterior.worse))
