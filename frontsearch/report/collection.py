"""The report of a collection of studies: ``summary.json`` and a page that links the studies' own reports."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from frontsearch.comparison import Comparison, across_studies, pooled_ratios, studies_machines_sentence
from frontsearch.folder import Folder
from frontsearch.names import HYPERVOLUME_RATIO
from frontsearch.report.evidence import across_caption, across_rows, posterior_note, studies_sentence
from frontsearch.report.figures.rank_diagram import rank_diagram, rank_rows
from frontsearch.report.legend import css_colour
from frontsearch.report.page import template
from frontsearch.report.report_tables import TABLES, ReportTable, tables_json
from frontsearch.report.tables import as_json


def write_collection_report(
    name: str, folder: Folder, *, summaries: Mapping[str, Any], comparisons: Mapping[str, Comparison]
) -> None:
    """Writes ``summary.json``, ``tables.json`` and ``report.html`` of a collection.

    Args:
        name: The collection's name.
        folder: Its output folder.
        summaries: Content of each study's ``summary.json``, by study name.
        comparisons: Comparison of each study, by study name.

    Raises:
        UserError: If the folder is not writable.
    """
    folder.write("summary.json", collection_json(name, summaries, comparisons))
    folder.write(TABLES, tables_json(collection_tables(comparisons)))
    folder.write("report.html", collection_html(name, comparisons))


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
    across = across_studies(tuple(comparisons.values()))
    tests = {"ranks": dict(across.ranks.ranks), "pairs": [asdict(pair) for pair in across.pairs]} if across else {}
    return as_json({"study": name, "studies": summaries, "methods": methods, **tests})


def collection_tables(comparisons: Mapping[str, Comparison]) -> tuple[ReportTable, ...]:
    """The tables of the page: shares of exact fronts, and where several studies have the same methods, their tests."""
    across = across_studies(tuple(comparisons.values()))
    best = next(iter(across.ranks.ranks)) if across else ""
    candidates = [
        ("ratios", "Hypervolume relative to the exact front", _ratio_rows(comparisons)),
        ("ranks", "Mean ranks over studies", rank_rows(across.ranks) if across else ()),
        ("pairs", f"{best} against every other method, over studies", across_rows(across) if across else ()),
    ]
    return tuple(ReportTable(name=slug, title=title, rows=rows) for slug, title, rows in candidates if rows)


def collection_html(name: str, comparisons: Mapping[str, Comparison]) -> str:
    """The page: links to the studies' reports, and the methods over all studies."""
    across = across_studies(tuple(comparisons.values()))
    colours = {method: css_colour(style) for style, method in enumerate(across.ranks.ranks)} if across else {}
    return template("collection.html.jinja").render(
        name=name,
        studies=list(comparisons),
        tables={table.name: table for table in collection_tables(comparisons)},
        diagram=rank_diagram(across.ranks, colours) if across else None,
        ranks_caption=across_caption(across) if across else "",
        posterior_note=posterior_note(of="the differences of medians between studies"),
        studies_sentence=studies_sentence(across) if across else "",
        machines_sentence=studies_machines_sentence(comparisons),
    )


def _ratio_rows(comparisons: Mapping[str, Comparison]) -> tuple[tuple[str, ...], ...]:
    """One row per method and one column per study; empty where no study has an exact front."""
    rows = [
        (
            method,
            *(_cell(comparison, method) for comparison in comparisons.values()),
            _four_digits(pool.median),
            _four_digits(pool.least),
        )
        for method, pool in pooled_ratios(comparisons.values()).items()
    ]
    return (("method", *comparisons, "median", "lowest"), *rows) if rows else ()


def _cell(comparison: Comparison, method: str) -> str:
    known = comparison.exact is not None and method in comparison.methods
    return _four_digits(comparison.median(method, HYPERVOLUME_RATIO)) if known else ""


def _four_digits(value: float) -> str:
    return f"{value:.4f}"
