"""The report: a comparison as figures, tables, CSV files and one HTML page. It computes nothing.

In: a comparison and its chosen networks. Out: ``report.html``, ``summary.json``, CSV files, and table rows for the
terminal. Read ``page.py`` first; ``figures/`` has one family of figures per file.
"""

from frontsearch.report.collection import collection_html, collection_json
from frontsearch.report.figures import Chart, anytime_chart, difference_chart, objectives_chart, plot
from frontsearch.report.files import write_report
from frontsearch.report.network_table import network_rows
from frontsearch.report.words import indicator_rows, markdown, verdict

__all__ = [
    "Chart", "anytime_chart", "collection_html", "collection_json", "difference_chart", "indicator_rows",
    "markdown", "network_rows", "objectives_chart", "plot", "verdict", "write_report",
]  # fmt: skip
