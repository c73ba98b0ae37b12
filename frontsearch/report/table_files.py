"""Writes the tables of a finished report as LaTeX and Markdown files."""

from pathlib import Path

from frontsearch.errors import UserError
from frontsearch.folder import Folder, read_regular
from frontsearch.report.report_tables import TABLES, TABLES_JSON, ReportTable
from frontsearch.report.table_formats import latex, markdown

MOST_BYTES = 10**8


def write_tables(report: Path, out: Path) -> tuple[ReportTable, ...]:
    """Writes ``NAME.tex`` and ``NAME.md`` of every table of the report in a folder, and returns the tables.

    Args:
        report: Output folder of a study, a collection or a comparison.
        out: Folder for the files.

    Raises:
        UserError: When the folder has no tables or they cannot be read, or a file cannot be written.
    """
    tables, folder = _tables(report / TABLES), Folder(out)
    for table in tables:
        folder.write(f"{table.name}.tex", latex(table.rows, table.title))
        folder.write(f"{table.name}.md", f"{markdown(table.rows)}\n")
    return tables


def _tables(file: Path) -> tuple[ReportTable, ...]:
    try:
        return TABLES_JSON.validate_json(read_regular(file, most=MOST_BYTES))
    except FileNotFoundError as error:
        raise UserError(
            f"RUN must be a study with a report; there is no {file}. `frontsearch report` writes it, also where an "
            "earlier version wrote the report."
        ) from error
    except (OSError, ValueError) as error:
        raise UserError(f"{file} is damaged or not what a report has; write the report again.") from error
