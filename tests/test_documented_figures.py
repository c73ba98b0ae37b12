"""Tables of results in the documentation are whole, and where two pages have one table, it is the same."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "studies/README.md",
    "studies/performance.md",
    *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")),
]
NUMBER = re.compile(r"\**[\d,]+(\.\d+)?\**( %)?")
FRACTIONS = tuple(f"{split}{name}" for split in ("", "test ") for name in ("hypervolume", "IGD+", "epsilon"))


def tables(page):
    """The tables of a page, each a list of rows of texts, the titles first."""
    blocks = re.findall(r"(?:^\|.*\|\n)+", (ROOT / page).read_text(encoding="utf-8") + "\n", re.MULTILINE)
    rows = [[[cell.strip() for cell in line[1:-1].split("|")] for line in block.splitlines()] for block in blocks]
    return [[table[0], *table[2:]] for table in rows if len(table) > 2]


def results(page):
    """The page's tables that compare methods by hypervolume in single numbers."""
    return [rows for rows in tables(page) if rows[0][:3] == ["method", "hypervolume", "test hypervolume"]]


def test_there_are_tables():
    assert results("README.md")
    assert len(results("studies/README.md")) > 0
    assert sum(len(tables(page)) for page in PAGES) > 20


@pytest.mark.parametrize("page", PAGES)
def test_rows_have_as_many_cells_as_titles(page):
    for rows in tables(page):
        assert {len(row) for row in rows} == {len(rows[0])}, rows[0]


@pytest.mark.parametrize("page", PAGES)
def test_results_are_numbers(page):
    for titles, *rows in results(page):
        for name, *cells in rows:
            assert [cell for cell in cells if not NUMBER.fullmatch(cell)] == [], name
            shares = [float(cell) for title, cell in zip(titles[1:], cells, strict=True) if title in FRACTIONS]
            assert all(0 <= share <= 1 for share in shares)


def test_the_readmes_table_is_that_of_the_studies():
    (table,) = results("README.md")
    assert table in results("studies/README.md")
