"""Tables over the repeats: ranges of the indicators, epochs to a hypervolume, tests of every pair of methods."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from frontsearch.comparison import HYPERVOLUME_TARGETS, Comparison, MethodPair
from frontsearch.report.indicator_tables import indicator_titles, shown_indicators

Rows = tuple[tuple[str, ...], ...]


def best_first(comparison: Comparison, rows: Sequence[tuple[str, ...]]) -> Rows:
    """The rows sorted by the rank of the method in their first cell; the header stays first."""
    header, *body = rows
    return (header, *sorted(body, key=lambda row: comparison.ranking.index(row[0])))


def range_rows(comparison: Comparison) -> Rows:
    """Median and range of every indicator over the repeats, one row per method."""
    names = shown_indicators(comparison)
    rows = ((method, *(_range(comparison, method, name) for name in names)) for method in comparison.ranking)
    return (("method", *indicator_titles(names)), *rows)


def epochs_rows(comparison: Comparison) -> Rows:
    """Epochs that each method needs to reach 90, 95 and 99 % of the reference front's hypervolume."""
    rows = ((method, *_epochs_cells(comparison, method)) for method in comparison.ranking)
    return (("method", *HYPERVOLUME_TARGETS), *rows)


def pair_rows(comparison: Comparison) -> Rows:
    """The best method against each other method, one row per opponent."""
    best, *others = comparison.ranking
    pairs = ordered_pairs(comparison)
    rows = (_pair_row(pairs[best, other]) for other in others)
    return (("against", "better in", "A", "p", "p (Holm)"), *rows)


def effect_rows(comparison: Comparison) -> Rows:
    """Vargha and Delaney's A of the method in each row over the method in each column."""
    methods = comparison.ranking
    pairs = ordered_pairs(comparison)
    rows = (
        (row, *("" if row == column else f"{pairs[row, column].effect:.2f}" for column in methods)) for row in methods
    )
    return (("A of", *methods), *rows)


def ordered_pairs(comparison: Comparison) -> dict[tuple[str, str], MethodPair]:
    """Every pair of methods in both orders."""
    swapped = {
        (pair.second, pair.first): replace(
            pair, first=pair.second, second=pair.first, effect=1 - pair.effect,
            wins=pair.repeats - pair.wins - pair.ties,
        )
        for pair in comparison.pairs
    }  # fmt: skip
    return swapped | {(pair.first, pair.second): pair for pair in comparison.pairs}


def _range(comparison: Comparison, method: str, indicator: str) -> str:
    low, high = comparison.extremes(method, indicator)
    if not math.isfinite(high):
        return "a repeat has no front"
    return f"{comparison.median(method, indicator):.4f} ({low:.4f} to {high:.4f})"


def _epochs_cells(comparison: Comparison, method: str) -> list[str]:
    if comparison.imported(method):
        return ["unknown" for _ in HYPERVOLUME_TARGETS]
    return [_epochs(comparison.epochs_to_share(method, share)) for share in HYPERVOLUME_TARGETS.values()]


def _epochs(epochs_to: tuple[float | None, ...]) -> str:
    epochs = [math.inf if needed is None else needed for needed in epochs_to]
    missed = epochs.count(math.inf)
    middle = median(epochs)
    cell = f"{middle:.5g}" if math.isfinite(middle) else "not reached"
    return f"{cell} ({len(epochs) - missed} of {len(epochs)})" if missed and len(epochs) > 1 else cell


def _pair_row(pair: MethodPair) -> tuple[str, ...]:
    ties = f", equal in {pair.ties}" if pair.ties else ""
    p_values = ("" if p is None else f"{p:.2g}" for p in (pair.p, pair.p_holm))
    return (pair.second, f"{pair.wins} of {pair.repeats}{ties}", f"{pair.effect:.2f}", *p_values)
