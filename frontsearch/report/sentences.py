"""The findings of a comparison as sentences, for the page, the terminal and the dashboard."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite, nan

from frontsearch.comparison import ERRORS, Comparison, RunResult
from frontsearch.front import EXACT_TOLERANCE
from frontsearch.measures import ERROR_RATE, NONZERO_WEIGHTS, Measures
from frontsearch.names import HYPERVOLUME_TEST, NONZEROS, PRUNABLE

MOST_NAMED = 3  # methods that a sentence names with what each found

GAP_NOTE = (
    "Optimality gap (KKT residual): 0 means that the network minimises its own weighted sum exactly, 1 that the "
    "gradient is off by as much as the l1 weight."
)


def ranking_measure(comparison: Comparison) -> str:
    """What ranks the methods, in words."""
    return "test hypervolume" if comparison.ranked_by == HYPERVOLUME_TEST else "hypervolume"


def verdict(comparison: Comparison) -> str:
    """What was found: which method has the highest hypervolume over repeats, or, of one repeat, no ranking."""
    if not comparison.reference_front.trials:
        return "No training completed, so there is no front to compare."
    highest = _highest(comparison)
    if has_no_hypervolume(comparison):
        return (
            "All hypervolumes are 0: every front lies beyond the reference point or barely within it. Longer "
            "trainings, standardised data or another `reference_point` may help."
        )
    finding = _ranked(comparison, highest) if comparison.has_repeats else _found(comparison)
    return finding if comparison.finished else f"So far, {finding}"


def has_no_hypervolume(comparison: Comparison) -> bool:
    """Whether the highest median hypervolume is shown as 0, so that there is nothing to rank by."""
    return float(_highest(comparison)) == 0


def _highest(comparison: Comparison) -> str:
    return f"{comparison.median(comparison.ranking[0], comparison.ranked_by):.4f}"


def _found(comparison: Comparison) -> str:
    """Without repeats: how many networks the methods found that none of the others dominates."""
    found = len(comparison.reference_front.trials)
    networks = f"{found} non-dominated {'network' if found == 1 else 'networks'}"
    methods = comparison.methods
    if len(methods) == 1:
        return f"{methods[0]} found {networks}{', from accurate to small,' if found > 1 else ''} in one repeat."
    by_method: dict[str, int] = {}
    keys = {trial.key for trial in comparison.reference_front.trials}
    for result in comparison.runs:
        of_it = {point.trial.key for point in result.points} & keys
        by_method[result.run.method], keys = len(of_it), keys - of_it
    most_first = sorted(((count, method) for method, count in by_method.items() if count), key=lambda pair: -pair[0])
    named = most_first if len(most_first) == MOST_NAMED + 1 else most_first[:MOST_NAMED]
    parts = [f"{count} by {method}" for count, method in named]
    if rest := most_first[len(named) :]:
        parts.append(f"{sum(count for count, _ in rest)} by {len(rest)} others")
    return f"{len(methods)} methods together found {networks} in one repeat each: {listed(parts)}."


def _ranked(comparison: Comparison, highest: str) -> str:
    """With repeats: the method or methods of the highest median hypervolume, and the next one."""
    best, *others = comparison.ranking
    lower = [f"{comparison.median(method, comparison.ranked_by):.4f}" for method in others]
    winners = [best, *(method for method, value in zip(others, lower, strict=True) if value == highest)]
    measure = ranking_measure(comparison)
    if not others:
        finding = f"{best} has a {measure} of {highest}"
    elif len(winners) > 1:
        finding = f"{listed(winners)} have the highest {measure}, {highest}"
    else:
        finding = f"{best} has the highest {measure}, {highest}, followed by {others[0]} with {lower[0]}"
    return f"{finding} ({_repeats(comparison)})."


def _repeats(comparison: Comparison) -> str:
    counts = {len(comparison.of_method(method)) for method in comparison.methods}
    medians = "median" if len(comparison.methods) == 1 else "medians"
    return f"{medians} over {f'{min(counts)} to ' if len(counts) > 1 else ''}{max(counts)} repeats"


def listed(parts: Sequence[str]) -> str:
    """The parts with commas and an "and"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def network_figures(metrics: Mapping[str, float], measures: Measures) -> str:
    """Size and first metric, or loss, of a network, such as ``186 of 2,368 weights nonzero, test error 3.67 %``."""
    parts = [f"{metrics[NONZEROS]:,.0f} of {metrics[PRUNABLE]:,.0f} weights nonzero"]
    others = [size for size in measures.listed_sizes if size != NONZERO_WEIGHTS and size.key in metrics]
    parts += [f"{metrics[size.key]:,.0f} {size.label}" for size in others]
    shown = measures.criterion if measures.criterion.known(metrics) else measures.loss
    values = {split: metrics.get(shown.on(split), nan) for split in ("validation", "test")}
    parts += [f"{split} {shown.label} {shown.text(value)}" for split, value in values.items() if isfinite(value)]
    return ", ".join(parts)


def dead_sentence(measures: Measures) -> str:
    """What makes a network with some weights dead."""
    guess = "guessing without the inputs" if measures.loss.unit else "that of the best constant outputs"
    if ERROR_RATE in measures.metrics:
        return f"neither its {measures.loss.label} nor its error on the validation split is better than {guess}"
    return f"its {measures.loss.label} on the validation split is no better than {guess}"


def exact_sentence(comparison: Comparison) -> str:
    """How many networks lie below the exact front, which is impossible; empty where no exact front is known."""
    if comparison.exact is None:
        return ""
    below = sum(result.below_exact or 0 for result in comparison.runs)
    found = "none does" if below == 0 else f"{below} do, so an objective is computed wrongly"
    return (
        "The line without markers is the exact front of this convex task. No network can lie below it; allowing "
        f"{EXACT_TOLERANCE:g} nats for rounding, {found}."
    )


def published_sentence(comparison: Comparison) -> str:
    """How many published points each method dominates; empty where the study names none."""
    if comparison.published is None:
        return ""
    total = sum(len(points) for points in comparison.published.points.values())
    plain = _by_method(comparison, lambda result: sum(result.dominated.values()))
    sentence = (
        f"Of {total} published points, the networks of each repeat dominate on the test split: {plain}. They were "
        "chosen on the validation split, and l1 is the plain sum here, as in the publication."
    )
    if all(result.dominated_regularised is None for result in comparison.runs):
        return sentence
    added = _by_method(comparison, lambda result: result.dominated[ERRORS] + (result.dominated_regularised or 0))
    return f"{sentence} With what weight decay adds to the loss included in cross entropy and in l1: {added}."


def _by_method(comparison: Comparison, count: Callable[[RunResult], int]) -> str:
    """A number for each repeat of each method."""
    counts = {method: map(count, comparison.of_method(method)) for method in comparison.methods}
    return "; ".join(f"{method} {', '.join(map(str, repeats))}" for method, repeats in counts.items())
