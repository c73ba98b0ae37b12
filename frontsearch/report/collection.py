"""The report of a collection of studies: ``summary.json`` and a page that links the studies' own reports."""

from collections.abc import Mapping
from typing import Any

from frontsearch.comparison import Comparison, pooled_ratios
from frontsearch.names import HYPERVOLUME_RATIO
from frontsearch.report.page import template
from frontsearch.report.tables import as_json


def collection_json(name: str, summaries: Mapping[str, Any], comparisons: Mapping[str, Comparison]) -> str:
    """The summary of every study, and each method's ``hypervolume_ratio`` over all studies and repeats.

    Args:
        name: The collection's name.
        summaries: Content of each study's ``summary.json``, by study name.
        comparisons: Comparison of each study, by study name.
    """
    methods = {
        method: {HYPERVOLUME_RATIO: {"values": list(pool.values), "median": pool.median, "least": pool.least}}
        for method, pool in pooled_ratios(comparisons.values()).items()
    }
    return as_json({"study": name, "studies": summaries, "methods": methods})


def collection_html(name: str, comparisons: Mapping[str, Comparison]) -> str:
    """The page: links to the studies' reports, and a table with one row per method and one column per study."""
    rows = [
        (
            method,
            *(_cell(comparison, method) for comparison in comparisons.values()),
            _four_digits(pool.median),
            _four_digits(pool.least),
        )
        for method, pool in pooled_ratios(comparisons.values()).items()
    ]
    return template("collection.html.jinja").render(name=name, studies=list(comparisons), methods=rows)


def _cell(comparison: Comparison, method: str) -> str:
    known = comparison.exact is not None and method in comparison.methods
    return _four_digits(comparison.median(method, HYPERVOLUME_RATIO)) if known else ""


def _four_digits(value: float) -> str:
    return f"{value:.4f}"
