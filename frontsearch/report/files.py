"""Writes the report's files to the output folder."""

from collections.abc import Sequence

from frontsearch.comparison import Comparison
from frontsearch.folder import Folder
from frontsearch.measures import UNITS_LEFT
from frontsearch.report.page import report_html
from frontsearch.report.report_tables import TABLES, report_tables, tables_json
from frontsearch.report.tables import (
    attainment_csv,
    differences_csv,
    fronts_csv,
    learning_curves_csv,
    sparse_fronts_csv,
    summary_json,
    trials_csv,
    unit_fronts_csv,
)
from frontsearch.selection import ChosenNetworks

CSV_FILES = {
    "trials.csv": trials_csv,
    "fronts.csv": fronts_csv,
    "sparse_fronts.csv": sparse_fronts_csv,
    "attainment.csv": attainment_csv,
    "attainment_differences.csv": differences_csv,
}


def write_report(
    comparison: Comparison,
    folder: Folder,
    *,
    name: str,
    task: str,
    settings: str,
    penalised: Sequence[str] = (),
    choice: ChosenNetworks | None = None,
) -> None:
    """Writes the CSV files, ``summary.json``, ``tables.json`` and ``report.html``.

    Args:
        comparison: The runs to report.
        folder: Output folder.
        name: Name of the study, or of a comparison across studies.
        task: Name of the task.
        settings: The resolved study file, as text.
        penalised: Names of the penalised parameters; empty if unknown.
        choice: Picked networks and their summaries for the picker; None if the runs come from several studies.

    Raises:
        UserError: If the folder is not writable.
    """
    for file, table in CSV_FILES.items():
        folder.write(file, table(comparison))
    if UNITS_LEFT in comparison.measures.sizes:
        folder.write("unit_fronts.csv", unit_fronts_csv(comparison))
    if choice:
        folder.write("learning_curves.csv", learning_curves_csv(comparison, choice.network_summaries.values()))
    folder.write("summary.json", summary_json(comparison, study=name, task=task))
    folder.write(TABLES, tables_json(report_tables(comparison, choice)))
    page = report_html(comparison, name=name, task=task, settings=settings, penalised=penalised, choice=choice)
    folder.write("report.html", page)
