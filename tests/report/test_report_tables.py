"""Tables as files: the same as on the page, and text in them is never markup."""

import json
import re

import hand_made
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from page_texts import Page
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

from frontsearch.errors import UserError, one_line
from frontsearch.folder import Folder
from frontsearch.report.files import write_report
from frontsearch.report.report_tables import TABLES, report_tables, tables_json
from frontsearch.report.table_files import write_tables
from frontsearch.report.table_formats import latex, markdown

NASTY = [
    "\\",
    "$x$",
    "50 %",
    "a_b",
    "_a_",
    "*b*",
    "#1",
    "{x}",
    "x & y",
    "~",
    "^2",
    "<b>",
    "a|b",
    "`c`",
    '"q"',
    "--",
    "''",
]
NASTY += ["[1]", "a\\\\b", "\\|", "!`", "&amp;", ",,", "->", "a\nb", "http", "x^{2}", "*", "%", "\\input{x}", "~~z~~"]
texts = st.sampled_from(NASTY) | st.text(st.characters(codec="ascii"), max_size=8)
rectangles = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), min_size=1, max_size=4)
)


def shown(rows):
    """The texts as a reader sees them: on one line, without blanks at the ends."""
    return [[one_line(cell) for cell in row] for row in rows]


@given(rectangles)
@example([NASTY])
def test_no_text_is_markup_in_markdown(rows):
    tokens = MarkdownIt().enable(["table", "strikethrough"]).parse(markdown(rows))
    assert [token.type for token in tokens if token.level == 0] == ["table_open", "table_close"]
    cells = [token for token in tokens if token.type == "inline"]
    kinds = {child.type for cell in cells for child in cell.children}
    assert kinds <= {"text", "text_special"}
    texts = ["".join(child.content for child in cell.children) for cell in cells]
    width = len(rows[0])
    assert [texts[start : start + width] for start in range(0, len(texts), width)] == shown(rows)


def cells_of_latex(text):
    """The cells between the rules, by what separates them: & and \\\\ that are no part of another command."""
    body = text.partition("\\toprule\n")[2].partition("\\bottomrule")[0].replace("\\midrule\n", "")
    rows = [line.removesuffix(" \\\\") for line in body.splitlines()]
    return [re.split(r"(?<!\\) ?& ?", row.replace("\\textbackslash{}", "\0")) for row in rows]


@pytest.fixture(scope="module")
def reader():
    """What reads LaTeX as a reader sees it, with the names of characters that it does not know."""
    known = get_default_latex_context_db()
    names = {"textless": "<", "textgreater": ">", "textbar": "|", "textasciicircum": "^", "char": '"'}
    macros = [MacroTextSpec(name, character) for name, character in names.items()]
    known.add_context_category("characters", macros=macros, prepend=True)
    return LatexNodes2Text(latex_context=known, strict_latex_spaces=True)


@given(rows=rectangles)
@example(rows=[NASTY])
def test_no_text_is_markup_in_latex(reader, rows):
    found = [
        [reader.latex_to_text(cell.replace("\0", "\\textbackslash{}").replace("char34", "char")) for cell in row]
        for row in cells_of_latex(latex(rows))
    ]
    assert [[one_line(cell.replace("\u2019", "'")) for cell in row] for row in found] == shown(rows)


def test_latex_has_the_rules_of_booktabs_and_numbers_to_the_right():
    rows = [("method", "hypervolume", "note", "-"), ("a_b", "27/26", "x", "1,000"), ("[c]", "-1e-05", "3 %", "unknown")]
    assert latex(rows, "Quality") == (
        "% Quality (needs \\usepackage{booktabs})\n"
        "\\begin{tabular}{lrlr}\n"
        "\\toprule\n"
        "method & hypervolume & note & - \\\\\n"
        "\\midrule\n"
        "a\\_b & 27/26 & x & 1,000 \\\\\n"
        "{}[c] & -1e-05 & 3 \\% & unknown \\\\\n"
        "\\bottomrule\n"
        "\\end{tabular}\n"
    )


COMPARISONS = {
    "classes": hand_made.classes,
    "scattered": hand_made.scattered,
    "nothing": hand_made.nothing,
    "markup": lambda: hand_made.classes(first=hand_made.EVIL, second="a_b & 5 %"),
}


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_page_has_exactly_the_tables_of_the_files(tmp_path, name):
    comparison = COMPARISONS[name]()
    folder = Folder(tmp_path / "out")
    choice = hand_made.chosen(comparison, folder.path)
    write_report(comparison, folder, name="study", task="task", settings="", choice=choice)
    page = Page()
    page.feed(folder.report.read_text(encoding="utf-8"))
    tables = json.loads((folder.path / TABLES).read_text(encoding="utf-8"))
    assert len({table["name"] for table in tables}) == len(tables)
    assert sorted(map(shown, page.tables)) == sorted(table["rows"] for table in tables)


def test_every_table_is_a_latex_and_a_markdown_file(tmp_path):
    tables = report_tables(hand_made.classes())
    (tmp_path / TABLES).write_bytes(tables_json(tables))
    assert write_tables(tmp_path, tmp_path / "out") == tables
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        f"{table.name}{suffix}" for table in tables for suffix in (".tex", ".md")
    }
    indicators = next(table for table in tables if table.name == "indicators")
    assert (tmp_path / "out" / "indicators.md").read_text() == markdown(indicators.rows) + "\n"
    assert (tmp_path / "out" / "indicators.tex").read_text() == latex(indicators.rows, indicators.title)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "RUN must be a study with a report; there is no "),
        (b"{", "tables.json is damaged or not what a report has; write the report again."),
        (b'[{"name": "../x", "title": "", "rows": [["a"]]}]', "is damaged"),
        (b'[{"name": "x", "title": "", "rows": [["a"], ["b", "c"]]}]', "is damaged"),
        (b'[{"name": "x", "title": "", "rows": []}]', "is damaged"),
    ],
)
def test_tables_that_no_report_wrote_are_refused_in_a_sentence(tmp_path, content, sentence):
    if content is not None:
        (tmp_path / TABLES).write_bytes(content)
    with pytest.raises(UserError, match=re.escape(sentence)):
        write_tables(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("rows", [[("a", "b")], [("a", "b"), ("1", "2"), ("3", "4")]])
def test_markdown_has_a_header_and_a_line_per_row(rows):
    lines = markdown(rows).splitlines()
    assert lines[:2] == ["| a | b |", "| --- | --- |"]
    assert lines[2:] == [f"| {one} | {two} |" for one, two in rows[1:]]
