"""What repeats say of the methods, in rows of text: ranges, epochs to a share, every pair."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from frontsearch.comparison import SHARES, Comparison, Pair, least_p, sentence
from frontsearch.report.words import EXACT_HEADER, INDICATOR_HEADER

ALPHA = 0.05  # what a p may be at most for a difference to be called significant
Rows = tuple[tuple[str, ...], ...]


def repeated(comparison: Comparison) -> bool:
    """Whether any method has more than one repeat."""
    return len(comparison.runs) > len(comparison.methods)


def best_first(comparison: Comparison, rows: Sequence[tuple[str, ...]]) -> Rows:
    """Rows that begin with a method's name, in the order of the ranking; the header stays."""
    header, *body = rows
    return (header, *sorted(body, key=lambda row: comparison.ranking.index(row[0])))


def range_rows(comparison: Comparison) -> Rows:
    """The header and a row a method: the median of every indicator, and in brackets its least and greatest value."""
    header = ("method", *INDICATOR_HEADER[1:5], *EXACT_HEADER[:1])[: 1 + len(comparison.indicators)]
    names = comparison.indicators
    rows = ((method, *(_range(comparison, method, name) for name in names)) for method in comparison.ranking)
    return (header, *rows)


def epochs_rows(comparison: Comparison) -> Rows:
    """The header and a row a method: epochs until so much of the reference front's hypervolume was found."""
    rows = ((method, *_epochs_cells(comparison, method)) for method in comparison.ranking)
    return (("method", *SHARES), *rows)


def best_words(comparison: Comparison) -> str:
    """How the best method does against the second, in a sentence; nothing where there is no other or no end yet."""
    if len(comparison.methods) < 2 or not comparison.over:
        return ""
    best, second, *_ = comparison.ranking
    return sentence(_every_way(comparison)[best, second])


def best_rows(comparison: Comparison) -> Rows:
    """The header and a row for every method but the best: how the best one does against it."""
    best, *others = comparison.ranking
    found = _every_way(comparison)
    rows = (_pair_row(found[best, other]) for other in others)
    return (("against", "better in", "A", "p", "p by Holm"), *rows)


def power_words(comparison: Comparison) -> str:
    """Why no pair can be significant, where there are too few repeats for so many methods; else nothing."""
    sizes = {method: len(comparison.of_method(method)) for method in comparison.methods}
    tested = [pair for pair in comparison.pairs if pair.p is not None]
    least = min((least_p(sizes[pair.first], sizes[pair.second]) for pair in tested), default=0.0)
    if least * len(tested) <= ALPHA:
        return ""
    return (
        f"With so few repeats p is never below {least:.2g}, so that after the correction none of {len(tested)} pairs "
        f"can come to {ALPHA:g}: A and the ranges are what there is to go by."
    )


def effect_rows(comparison: Comparison) -> Rows:
    """The header and a row a method: Vargha and Delaney's A of it over every other one."""
    names = comparison.ranking
    found = _every_way(comparison)
    rows = ((one, *("" if one == other else f"{found[one, other].effect:.2f}" for other in names)) for one in names)
    return (("A of", *names), *rows)


def _range(comparison: Comparison, method: str, name: str) -> str:
    low, high = comparison.extremes(method, name)
    if not math.isfinite(high):
        return "not every repeat has a front"
    return f"{comparison.median(method, name):.4f} ({low:.4f} to {high:.4f})"


def _epochs_cells(comparison: Comparison, method: str) -> list[str]:
    if comparison.imported(method):
        return ["unknown" for _ in SHARES]
    return [_epochs(comparison.epochs_to(method, share)) for share in SHARES.values()]


def _epochs(reached: tuple[float | None, ...]) -> str:
    found = [math.inf if epochs is None else epochs for epochs in reached]
    never = found.count(math.inf)
    middle = median(found)
    words = f"{middle:.5g}" if math.isfinite(middle) else "not reached"
    return f"{words} ({len(found) - never} of {len(found)})" if never and len(found) > 1 else words


def _pair_row(pair: Pair) -> tuple[str, ...]:
    ties = f", equal in {pair.ties}" if pair.ties else ""
    ps = ("" if p is None else f"{p:.2g}" for p in (pair.p, pair.p_holm))
    return (pair.second, f"{pair.wins} of {pair.repeats}{ties}", f"{pair.effect:.2f}", *ps)


def _every_way(comparison: Comparison) -> dict[tuple[str, str], Pair]:
    """Every pair in both orders."""
    turned = {
        (pair.second, pair.first): replace(
            pair, first=pair.second, second=pair.first, effect=1 - pair.effect,
            wins=pair.repeats - pair.wins - pair.ties,
        )
        for pair in comparison.pairs
    }  # fmt: skip
    return turned | {(pair.first, pair.second): pair for pair in comparison.pairs}
