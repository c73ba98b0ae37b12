import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import hand_made
import page_texts
import pytest
from plotly.offline import get_plotlyjs

from frontsearch.report.figures import panels
from frontsearch.report.files import CSV_FILES
from frontsearch.report.legend import INITIALLY_SHOWN, legend
from frontsearch.report.page import report_html
from frontsearch.report.page_data import page_data
from frontsearch.report.sentences import GAP_NOTE

ROOT = Path(__file__).parents[2]
FILES = {*CSV_FILES, "summary.json"}  # beside the page


class Page(HTMLParser):
    """Parsed elements and texts of a page."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.cells, self.headings, self.scripts, self.texts, self._open = [], [], [], [], [], []
        self._breaks = False  # whether the text before may be broken here
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self._breaks = tag == "wbr"
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "link", "img", "input", "wbr"}:
            self._open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] == ["script"]:
            self.scripts[-1] += data
            return
        self.texts.append(data)
        if self._open[-1:] in (["td"], ["th"]):
            self.cells.append(f"{self.cells.pop()}{data}" if self._breaks else data)
        self._breaks = False
        if self._open[-1:] in (["h1"], ["h2"], ["h3"]):
            self.headings.append(data)


def page_of(comparison, *, name="mine", task="digits", settings="epochs = 3"):
    return report_html(comparison, name=name, task=task, settings=settings)


def test_the_page_says_what_the_comparison_says():
    html = page_of(hand_made.classes())
    page = Page(html)
    assert page.headings[0] == "mine: fronts of sparse networks on digits"
    assert page.headings[1:] == [
        "Fronts",
        "Networks in detail",
        "Compare methods",
        "Quality and cost",
        "smgd against every other method",
        "Spread over repeats",
        "Hypervolume over time",
        "Epochs to 90, 95 and 99 % of the reference hypervolume",
        "Where smgd is better, and where it is worse",
        "Gap between validation and test",
        "Hyperparameters of the networks on the fronts",
        "Definitions",
        "Settings",
    ]
    assert (
        "smgd has the highest test hypervolume, 0.3000, followed by path with 0.2250 (medians over 1 to 2 repeats)."
        in page.texts
    )
    for cell in ("path", "smgd", "0.4500", "3 (1 diverged)/2", "60000000", "20.00"):
        assert cell in page.cells
    assert "epochs = 3" in page.texts
    for slug in ("fronts", "anytime", "difference", "optimism"):
        assert ("div", slug) in [(tag, attributes.get("id")) for tag, attributes in page.elements]


def test_tables_have_the_columns_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (columns,) = re.findall(r"^\| (method \| hypervolume .*) \|$", readme, re.MULTILINE)
    told = page_texts.Page()
    told.feed(page_of(hand_made.classes()))
    assert columns.split(" | ") in [rows[0] for rows in told.tables]


def test_the_certificate_is_called_optimality_gap_and_explained():
    told = page_texts.Page()
    told.feed(page_of(hand_made.classes()))
    assert "optimality gap" in told.table("method", "knee")[0]
    assert GAP_NOTE in told.texts
    assert [text for text in told.texts if "certificate" in text] == ["certificate"]  # the column of the files


def test_plotly_is_embedded_once_and_nothing_is_requested():
    html = page_of(hand_made.classes())
    assert html.count(get_plotlyjs()) == 1
    page = Page(html)
    own = html.replace(get_plotlyjs(), "")
    assert not re.search(r"https?://", own)
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert not {"src", "srcset", "onload", "onerror"} & set(attributes)
        assert attributes.get("href", "fronts.csv") in {*FILES, "#against"}
    assert "@import" not in own
    assert "url(" not in own


def test_the_same_comparison_gives_the_same_bytes():
    assert page_of(hand_made.classes()) == page_of(hand_made.classes())


@pytest.mark.parametrize("where", ["name", "task", "settings"])
def test_markup_is_text(where):
    clean = Page(page_of(hand_made.classes()))
    evil = f"{hand_made.EVIL}\"'><img src=x onerror=alert(1)>&lt;"
    page = Page(page_of(hand_made.classes(), **{where: evil}))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in clean.elements]
    assert any(evil in text for text in page.texts)
    assert page.scripts == clean.scripts


@pytest.mark.parametrize("where", ["name", "task", "settings"])
def test_no_text_changes_the_direction_of_what_follows(where):
    html = page_of(hand_made.classes(), **{where: "a\u202eb\u2066c\x00d\ne"})
    assert not set("\u202e\u2066\x00") & set(html)
    assert "a b c d\ne" in html


def test_markup_in_a_methods_name_is_text_in_tables_and_figures():
    clean = Page(page_of(hand_made.classes()))
    html = page_of(hand_made.classes(first=hand_made.EVIL))
    page = Page(html)
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in clean.elements]
    assert page.cells.count(hand_made.EVIL) == clean.cells.count("path") > 3
    assert len(page.scripts) == len(clean.scripts) == 4
    assert "<script>alert(1)" not in html


@pytest.mark.parametrize("evil", [hand_made.EVIL, "</script><b>", "<!--<script>", "]]>\u2028'\""])
def test_embedded_data_survives_any_name(evil):
    comparison = hand_made.classes(first=evil)
    (found,) = re.findall(
        '<script type="application/json" id="page-data">(.*?)</script>', page_of(comparison), re.DOTALL
    )
    assert not set("<>&'") & set(found)
    assert json.loads(found) == json.loads(json.dumps(page_data(panels(comparison))))


def test_headings_descend_a_level_at_a_time():
    for comparison in (hand_made.classes(), hand_made.nothing()):
        levels = [int(tag[1]) for tag, _ in Page(page_of(comparison)).elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_plot_has_a_label_and_a_description_for_screen_readers():
    elements = Page(page_of(hand_made.classes())).elements
    assert dict(elements)["html"]["lang"] == "en"
    ids = {attributes["id"] for _, attributes in elements if "id" in attributes}
    plots = [attributes for _, attributes in elements if attributes.get("class") == "plot"]
    assert len(plots) == 4
    for plot in plots:
        assert plot["role"] == "group"  # an image could have no buttons in it
        assert plot["aria-label"]
        assert plot["aria-describedby"] in ids


def test_only_the_best_of_many_methods_are_shown_at_first():
    runs = [hand_made.run(f"m{n}", hand_made.trial(n + 1, (1.0, 90.0 - 3 * n))) for n in range(24)]
    entries = legend(hand_made.compare(runs, linear=hand_made.LINEAR, log=hand_made.LOG))
    assert [entry.name for entry in entries] == [f"m{n}" for n in reversed(range(24))]
    assert [entry.name for entry in entries if entry.initially_shown] == [
        f"m{n}" for n in range(23, 23 - INITIALLY_SHOWN, -1)
    ]
    assert len({(entry.colour, entry.symbol) for entry in entries}) == 24


def test_penalised_parameters_are_listed():
    html = report_html(hand_made.classes(), name="n", task="t", settings="", penalised=["0.weight", "<2.weight>"])
    assert any("0.weight, <2.weight>" in text for text in Page(html).texts)


def test_a_study_without_completed_trials_has_a_page():
    page = Page(page_of(hand_made.nothing()))
    assert "No training completed, so there is no front to compare." in page.texts
    assert page.cells.count("no trial completed") == 4
    for runs in ([hand_made.run("path")], []):
        empty = hand_made.compare(runs, linear=hand_made.LINEAR, log=hand_made.LOG)
        assert any("there is no front to draw" in text for text in Page(page_of(empty)).texts)
