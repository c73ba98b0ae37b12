"""A collection's summary.json and its page: one table over all of its studies, and where their reports are."""

from collections.abc import Mapping
from typing import Any

from frontsearch.comparison import Comparison, pooled_ratios
from frontsearch.names import HYPERVOLUME_RATIO
from frontsearch.report.page import PAGES
from frontsearch.report.tables import as_json


def collection_json(name: str, summaries: Mapping[str, Any], comparisons: Mapping[str, Comparison]) -> str:
    """Every study's summary, and ``hypervolume_ratio`` of every method over all studies and repeats.

    Args:
        name: The collection's name.
        summaries: The studies' own, by name.
        comparisons: What they are of.
    """
    methods = {
        method: {HYPERVOLUME_RATIO: {"values": list(pool.values), "median": pool.median, "least": pool.least}}
        for method, pool in pooled_ratios(comparisons.values()).items()
    }
    return as_json({"study": name, "studies": summaries, "methods": methods})


def collection_html(name: str, comparisons: Mapping[str, Comparison]) -> str:
    """The page: a row a method, a column a study, and links to the studies' reports."""
    rows = [
        (
            method,
            *(_cell(comparison, method) for comparison in comparisons.values()),
            _four(pool.median),
            _four(pool.least),
        )
        for method, pool in pooled_ratios(comparisons.values()).items()
    ]
    return PAGES.get_template("collection.html.jinja").render(name=name, studies=list(comparisons), methods=rows)


def _cell(comparison: Comparison, method: str) -> str:
    known = comparison.exact is not None and method in comparison.methods
    return _four(comparison.median(method, HYPERVOLUME_RATIO)) if known else ""


def _four(value: float) -> str:
    return f"{value:.4f}"
