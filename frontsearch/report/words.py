"""A comparison in words and rows of text, for the page, the terminal and the dashboard's notes."""

import math
from collections.abc import Sequence

from frontsearch.comparison import Comparison, RunResult
from frontsearch.front import EXACT_TOLERANCE
from frontsearch.names import EPSILON_ADDITIVE, HYPERVOLUME_RATIO, IGD_PLUS, TEST_ERROR, VALIDATION_ERROR

INDICATOR_HEADER = (
    "method",
    "hypervolume",
    "hypervolume (log)",
    "IGD+",
    "epsilon",
    "front",
    "trials",
    "epochs",
    "seconds",
)
EXACT_HEADER = ("of the exact", "below it")
SOURCE_HEADER = ("method", "from", "there called", "note")
KNEE_HEADER = (
    "method",
    "knee",
    "cross entropy",
    "l1",
    "nonzeros",
    "validation error %",
    "test error %",
    "certificate",
    "trial",
)


def verdict(comparison: Comparison) -> str:
    """One sentence: which method's front covers most, and how the study measured it."""
    if not comparison.reference.trials:
        return "No training completed, so there is no front to compare."
    best, *others = comparison.ranking
    greatest, *less = (f"{comparison.median(method, 'hypervolume'):.4f}" for method in comparison.ranking)
    if float(greatest) == 0:
        return "No front has any hypervolume: each lies beyond the reference point, or hardly within it."
    level = [best, *(method for method, figure in zip(others, less, strict=True) if figure == greatest)]
    words = f"{best} has the greatest hypervolume, {greatest}"
    if len(level) > 1:
        words = f"{', '.join(level[:-1])} and {level[-1]} have the greatest hypervolume, {greatest}"
    elif others:
        words += f", before {others[0]} with {less[0]}"
    return f"{'' if comparison.over else 'So far '}{words} ({_repeats(comparison)})."


def _repeats(comparison: Comparison) -> str:
    sizes = {len(comparison.of_method(method)) for method in comparison.methods}
    if len(sizes) > 1:
        return f"medians of {min(sizes)} to {max(sizes)} repeats"
    return "one repeat" if sizes == {1} else f"medians of {max(sizes)} repeats"


def indicator_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """The header and a row a method: medians over its repeats, sums where it is spending."""
    header = INDICATOR_HEADER if comparison.exact is None else INDICATOR_HEADER + EXACT_HEADER
    return [header, *(_indicator_row(comparison, method) for method in comparison.methods)]


def knee_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """The header and two rows a method: the knees, by either rule, of its repeat of median hypervolume."""
    typical = [comparison.typical(method) for method in comparison.methods]
    rules = [(figures, rule) for figures in typical for rule in ("chord", "weights")]
    return [KNEE_HEADER, *(_knee_row(figures, rule) for figures, rule in rules)]


def exact_words(comparison: Comparison) -> str:
    """What the exact front means for the figures; nothing where it is not known."""
    if comparison.exact is None:
        return ""
    below = sum(figures.below_exact or 0 for figures in comparison.runs)
    found = "none does" if below == 0 else f"{below} of them do: an objective is computed wrongly"
    return (
        "The line without symbols is the exact front of this convex task. No network can lie below it; by more than "
        f"{EXACT_TOLERANCE:g} nats, which is rounding, {found}."
    )


def published_words(comparison: Comparison) -> str:
    """How many published points each method dominates; nothing where none are known."""
    if comparison.published is None:
        return ""
    total = sum(len(points) for points in comparison.published.points.values())
    counts = {
        method: [sum(figures.dominated.values()) for figures in comparison.of_method(method)]
        for method in comparison.methods
    }
    words = "; ".join(f"{method} {', '.join(map(str, found))}" for method, found in counts.items())
    return (
        f"Of {total} published points, the networks of each repeat dominate, by their test figures and chosen on "
        f"validation: {words}."
    )


def source_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """The header and a row a method: where its figures are from; nothing where all are of one study."""
    rows = [(method, found.path, found.method, found.note) for method, found in comparison.sources.items()]
    return [SOURCE_HEADER, *rows] if rows else []


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a Markdown table, the first one its header."""
    header, *body = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([header, "|" + " --- |" * len(rows[0]), *body])


def _indicator_row(comparison: Comparison, method: str) -> tuple[str, ...]:
    repeats = comparison.of_method(method)
    return (
        method,
        f"{comparison.median(method, 'hypervolume'):.4f}",
        f"{comparison.median(method, 'hypervolume_log'):.4f}",
        _figure(comparison.median(method, IGD_PLUS)),
        _figure(comparison.median(method, EPSILON_ADDITIVE)),
        "/".join(str(len(figures.points)) for figures in repeats),
        "/".join(_trainings(figures) for figures in repeats),
        _spent(sum(figures.epochs for figures in repeats), "g"),
        _spent(sum(figures.seconds for figures in repeats), ".1f"),
        *_exact_cells(comparison, method),
    )


def _exact_cells(comparison: Comparison, method: str) -> tuple[str, ...]:
    if comparison.exact is None:
        return ()
    below = "/".join(str(figures.below_exact) for figures in comparison.of_method(method))
    return f"{comparison.median(method, HYPERVOLUME_RATIO):.4f}", below


def _spent(total: float, digits: str) -> str:
    return format(total, digits) if math.isfinite(total) else "unknown"


def _trainings(figures: RunResult) -> str:
    if figures.imported:
        return "imported"
    lost = {"diverged": figures.diverged, "failed": figures.failed}
    words = ", ".join(f"{count} {how}" for how, count in lost.items() if count)
    return f"{len(figures.run.trials)} ({words})" if words else f"{len(figures.run.trials)}"


def _knee_row(figures: RunResult, rule: str) -> tuple[str, ...]:
    knee = figures.knee if rule == "chord" else figures.widest_knee
    if knee is None:
        reason = "none between the ends" if figures.points else "no point completed"
        return (figures.run.method, rule, reason, *[""] * (len(KNEE_HEADER) - 3))
    metrics = knee.trial.metrics
    errors = (metrics.get(VALIDATION_ERROR), metrics.get(TEST_ERROR))
    return (
        figures.run.method,
        rule,
        f"{knee.cross_entropy:.4f}",
        f"{knee.l1:.5g}",
        f"{metrics['nonzeros']:.0f}" if "nonzeros" in metrics else "",
        *("" if error is None else f"{100 * error:.2f}" for error in errors),
        "" if knee.certificate is None else f"{knee.certificate:.3g}",
        knee.trial.key[:8],
    )


def _figure(value: float) -> str:
    return f"{value:.4f}" if math.isfinite(value) else "no front"
