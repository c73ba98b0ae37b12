"""The report's files in a folder."""

from collections.abc import Sequence

from frontsearch.comparison import Comparison
from frontsearch.folder import Folder
from frontsearch.report.page import report_html
from frontsearch.report.tables import (
    attainment_csv,
    differences_csv,
    fronts_csv,
    learning_curves_csv,
    sparse_fronts_csv,
    summary_json,
    trials_csv,
)
from frontsearch.selection import ChosenNetworks

TABLES = {
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
    """Writes the tables, the summary and the page.

    Args:
        comparison: What is reported.
        folder: Where the files go.
        name: The study's name, or what a comparison of several is called.
        task: The task's name.
        settings: The resolved study as text.
        penalised: Names of the parameters that l1 sums, where they are known.
        choice: What helps to choose a network; where the networks are not all of one study there is nothing.

    Raises:
        UserError: When the folder cannot be written to.
    """
    for file, table in TABLES.items():
        folder.write(file, table(comparison))
    if choice:
        folder.write("learning_curves.csv", learning_curves_csv(choice.network_summaries.values()))
    folder.write("summary.json", summary_json(comparison, study=name, task=task))
    page = report_html(comparison, name=name, task=task, settings=settings, penalised=penalised, choice=choice)
    folder.write("report.html", page)
