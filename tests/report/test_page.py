import re
from html.parser import HTMLParser

import hand_made
import pytest
from plotly.offline import get_plotlyjs

from frontsearch.report.page import report_html


class Page(HTMLParser):
    """Elements of a page, and the text of those of interest."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.cells, self.headings, self.scripts, self.texts, self._open = [], [], [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "link", "img"}:
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
            self.cells.append(data)
        if self._open[-1:] in (["h1"], ["h2"]):
            self.headings.append(data)


def page_of(comparison, *, name="mine", task="digits", settings="epochs = 3"):
    return report_html(comparison, name=name, task=task, settings=settings)


def test_the_page_says_what_the_comparison_says():
    html = page_of(hand_made.classes())
    page = Page(html)
    assert page.headings[0] == "mine: fronts of sparse networks on digits"
    assert "Fronts of all methods: cross entropy against l1" in page.headings
    assert "smgd has the greatest hypervolume, 0.4500, before path with 0.4000 (one repeat)." in page.texts
    for cell in ("path", "smgd", "0.4500", "3 (1 diverged)/2", "60000000", "20.00"):
        assert cell in page.cells
    assert "epochs = 3" in page.texts
    for slug in ("objectives", "errors", "anytime"):
        assert ("div", slug) in [(tag, attributes.get("id")) for tag, attributes in page.elements]


def test_plotly_is_embedded_once_and_nothing_is_loaded():
    html = page_of(hand_made.classes())
    assert html.count(get_plotlyjs()) == 1
    page = Page(html)
    own = html.replace(get_plotlyjs(), "")
    assert not re.search(r"https?://", own)
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert not {"src", "href", "srcset", "onload", "onerror"} & set(attributes)
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


def test_markup_in_a_methods_name_is_text_in_tables_and_figures():
    clean = Page(page_of(hand_made.classes()))
    html = page_of(hand_made.classes(first=hand_made.EVIL))
    page = Page(html)
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in clean.elements]
    assert page.cells.count(hand_made.EVIL) == 3
    assert len(page.scripts) == len(clean.scripts) == 4
    assert "<script>alert(1)" not in html


def test_a_study_in_which_nothing_completed_has_a_page():
    page = Page(page_of(hand_made.nothing()))
    assert "No training completed, so there is no front to compare." in page.texts
    assert page.cells.count("no point completed") == 4
    empty = hand_made.compare([hand_made.run("path")], linear=hand_made.LINEAR, log=hand_made.LOG)
    assert any("there is no front to draw" in text for text in Page(page_of(empty)).texts)
