"""Report: a comparison as one HTML page, figures, tables and CSV files. It draws and formats; it computes nothing.

In: a :class:`~frontsearch.comparison.Comparison` and, for a single study, the ``ChosenNetworks``.
Out: ``report.html``, ``summary.json`` and CSV files in the output folder; table rows and sentences for the terminal and
the dashboard. Read ``page.py`` first; ``figures/`` has one kind of figure per file.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frontsearch.report.benchmark_table import BenchmarkTables, benchmark_tables, timing_rows
    from frontsearch.report.collection import write_collection_report
    from frontsearch.report.evidence import best_sentence, repeats_sentence
    from frontsearch.report.figures import Chart, anytime_chart, difference_chart, objectives_chart, plot
    from frontsearch.report.files import write_report
    from frontsearch.report.indicator_tables import indicator_rows
    from frontsearch.report.json_networks import network_json
    from frontsearch.report.network_table import network_rows
    from frontsearch.report.notebook import networks_html, result_html
    from frontsearch.report.paretobench import PARETOBENCH, write_paretobench
    from frontsearch.report.report_tables import TABLES
    from frontsearch.report.representative_table import representative_rows
    from frontsearch.report.sentences import listed, network_figures, verdict
    from frontsearch.report.table_files import write_tables
    from frontsearch.report.table_formats import latex, markdown
    from frontsearch.report.target import target_sentences

# Imported on first use: rows for a terminal need no figures.
_MODULES = {
    "benchmark_table": ("BenchmarkTables", "benchmark_tables", "timing_rows"),
    "collection": ("write_collection_report",),
    "evidence": ("best_sentence", "repeats_sentence"),
    "figures": ("Chart", "anytime_chart", "difference_chart", "objectives_chart", "plot"),
    "files": ("write_report",),
    "indicator_tables": ("indicator_rows",),
    "json_networks": ("network_json",),
    "network_table": ("network_rows",),
    "notebook": ("networks_html", "result_html"),
    "paretobench": ("PARETOBENCH", "write_paretobench"),
    "report_tables": ("TABLES",),
    "representative_table": ("representative_rows",),
    "sentences": ("listed", "network_figures", "verdict"),
    "table_files": ("write_tables",),
    "table_formats": ("latex", "markdown"),
    "target": ("target_sentences",),
}

__all__ = [
    "PARETOBENCH", "TABLES", "BenchmarkTables", "Chart", "anytime_chart", "benchmark_tables", "best_sentence",
    "difference_chart", "indicator_rows", "latex", "listed", "markdown", "network_figures", "network_json",
    "network_rows", "networks_html", "objectives_chart", "plot", "repeats_sentence", "representative_rows",
    "result_html", "target_sentences", "timing_rows", "verdict", "write_collection_report", "write_paretobench",
    "write_report", "write_tables",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Imports the module of a public name on first use."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"frontsearch.report.{module}"), name)
    raise AttributeError(f"module 'frontsearch.report' has no attribute {name!r}")
