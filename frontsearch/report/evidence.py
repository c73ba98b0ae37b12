"""How sure a ranking is, in words and rows: mean ranks, probabilities, and what would settle it."""

from collections.abc import Sequence

from frontsearch.comparison import (
    ALPHA,
    EQUIVALENT,
    POWER,
    AcrossStudies,
    Comparison,
    MethodPair,
    Posterior,
    fewest_repeats,
    fewest_studies,
    repeats_needed,
)
from frontsearch.report.repeat_tables import Rows, ordered_pairs
from frontsearch.report.sentences import MOST_NAMED, has_no_hypervolume, listed

PROBABILITIES = ("P(better)", "P(equivalent)", "P(worse)")
LEVEL = f"{ALPHA:.0%}".replace("%", " %")
CHANCE = f"{POWER:.0%}".replace("%", " %")


def best_sentence(comparison: Comparison) -> str:
    """Which methods the best one is significantly better than; empty without repeats, or where none can be ranked."""
    if not comparison.has_repeats or not _are_ranked(comparison):
        return ""
    best, *others = comparison.ranking
    ordered = ordered_pairs(comparison)
    pairs = [ordered[best, other] for other in others]
    tested = [pair for pair in pairs if pair.p_holm is not None]
    untested = _named([pair.second for pair in pairs if pair.p_holm is None])
    sentences = [
        _tested(comparison, tested, every=len(tested) == len(others)) if tested else "",
        f"{best} was not tested against {untested}: one repeat is too few." if untested else "",
    ]
    return " ".join(filter(None, sentences))


def _are_ranked(comparison: Comparison) -> bool:
    """Whether there are methods to rank: not in an unfinished study, nor where no hypervolume is above 0."""
    return len(comparison.methods) > 1 and comparison.finished and not has_no_hypervolume(comparison)


def _tested(comparison: Comparison, pairs: Sequence[MethodPair], *, every: bool) -> str:
    """How the best method did in these tests; ``every`` says whether they are against all others."""
    best, corrected = pairs[0].first, _corrected(comparison.tested_pairs)
    better, alike = [pair for pair in pairs if _is_better(pair)], [pair for pair in pairs if not _is_better(pair)]
    names, several = _named([pair.second for pair in pairs]), every and len(pairs) > 1
    lead = f"{best} is better than {'every other method' if several else names}{_wins(pairs)}"
    ahead = all(pair.effect > 0.5 for pair in pairs)
    if _is_hopeless(comparison):
        return f"{lead}. {least_p_note(comparison)}" if ahead else least_p_note(comparison)
    if not alike:
        return f"{lead}, significantly so at {LEVEL} ({_p(pairs, 'most')}{corrected})."
    if ahead and len(pairs) == 1:
        return f"{lead}, but not significantly so at {LEVEL} ({_p(pairs, 'most')}{corrected})."
    if not better:
        whom = "any other method" if several else names
        return f"{best} is not significantly better than {whom} at {LEVEL} ({_p(pairs, 'least')}{corrected})."
    worse, same = (_named([pair.second for pair in some]) for some in (better, alike))
    told = f"{best} is significantly better than {worse} at {LEVEL} ({_p(better, 'most')}{corrected})"
    return f"{told}, but not than {same} ({_p(alike, 'least')})."


def least_p_note(comparison: Comparison) -> str:
    """The least p that so many repeats can give, and whether that is too large for any difference to be significant."""
    if not comparison.tested_pairs:
        return ""
    least = f"repeats, p is at least {comparison.least_p:.2g}"
    if not _is_hopeless(comparison):
        return f"With these {least}."
    return f"With so few {least}: no difference can be significant at {LEVEL}{_corrected(comparison.tested_pairs)}."


def _is_hopeless(comparison: Comparison) -> bool:
    """Whether there are too few repeats for any significant difference."""
    return comparison.least_p * comparison.tested_pairs > ALPHA


def _is_better(pair: MethodPair) -> bool:
    return pair.p_holm is not None and pair.p_holm <= ALPHA and pair.effect > 0.5


def _wins(pairs: Sequence[MethodPair]) -> str:
    """In how many repeats the first method is better.

    It is empty where the second ones have unequal numbers of repeats, and unless the first is better in most of them:
    it may be better by all of its repeats, and still lose most of those that a second one has too.
    """
    wins, repeats = [pair.wins for pair in pairs], {pair.repeats for pair in pairs}
    if len(repeats) > 1 or 2 * min(wins) <= max(repeats):
        return ""
    return f" in {f'at least {min(wins)}' if min(wins) < max(wins) else wins[0]} of {repeats.pop()} repeats"


def _p(pairs: Sequence[MethodPair], bound: str) -> str:
    values = [pair.p_holm for pair in pairs if pair.p_holm is not None]
    least, most = f"{min(values):.2g}", f"{max(values):.2g}"
    if least == most:
        return f"p = {least}"
    return f"p at {bound} {most if bound == 'most' else least}"


def _named(methods: Sequence[str]) -> str:
    """The methods, or the first of many and how many others; empty for none."""
    if len(methods) <= MOST_NAMED + 1:
        return listed(methods) if methods else ""
    return listed([*methods[:MOST_NAMED], f"{len(methods) - MOST_NAMED} others"])


def repeats_sentence(comparison: Comparison) -> str:
    """How many repeats more would tell the two best methods apart; empty where they are, or none can be ranked."""
    if not _are_ranked(comparison):
        return ""
    best, second, *_ = comparison.ranking
    pair = ordered_pairs(comparison)[best, second]
    tested = len(comparison.pairs) if pair.p is None else comparison.tested_pairs
    names, corrected = f"{best} and {second}", f"{LEVEL}{_corrected(tested)}"
    repeats = min(len(comparison.of_method(method)) for method in (best, second))
    if pair.p is None or pair.p_holm is None:
        return f"To tell {names} apart at {corrected}, run at least {fewest_repeats(tested)} repeats of each method."
    if pair.p_holm <= ALPHA:
        return ""
    needed = repeats_needed(pair.effect, pairs=tested)
    if needed is None:
        return f"{names} are so much alike that 1,000 repeats might not tell them apart."
    needed = max(needed, repeats + 1)
    return (
        f"If they differ as much as so far, {needed} repeats of each method, {needed - repeats} more, would tell "
        f"{names} apart at {corrected} with a chance of {CHANCE}."
    )


def ranks_caption(comparison: Comparison) -> str:
    """How to read the diagram of mean ranks."""
    once = ", ".join(method for method in comparison.methods if len(comparison.of_method(method)) < 2)
    return (
        "Mean rank over all ways to take one repeat of each method; 1 is best. A bar joins neighbours; no two of them "
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
        f"bar joins neighbours; no two of them differ significantly at {LEVEL} by Wilcoxon's signed-rank test over "
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
