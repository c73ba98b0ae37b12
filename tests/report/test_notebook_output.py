"""What a notebook shows of a search: a figure without a script, tables, and nothing that a name could break."""

import re
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from math import isclose, log10
from pathlib import Path
from xml.etree import ElementTree as ET

import hand_made
import pytest

from frontsearch.measures import CLASSIFICATION
from frontsearch.report import networks_html, objectives_chart, result_html
from frontsearch.report.figures.svg import HEIGHT, WIDTH, drawn
from frontsearch.selection import default_rule, pick

REPORT = Path("runs/digits/report.html")
DATA, SVG = "data:image/svg+xml;base64,", "{http://www.w3.org/2000/svg}"


class Tags(HTMLParser):
    """Elements with their attributes, and texts; every element that is opened is closed."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts, self._open = [], [], []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag != "img":
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def chosen(comparison):
    return pick(default_rule(None), comparison.runs, measures=comparison.measures, folder=REPORT.parent)


def html(comparison):
    return result_html(comparison, chosen(comparison), report=REPORT)


def figure(page):
    """The root of the image, which a browser shows only if it is well-formed."""
    (image,) = (attributes["src"] for tag, attributes in page.elements if tag == "img")
    return ET.fromstring(b64decode(image.removeprefix(DATA)))  # noqa: S314 - our own


def marks(path):
    """The places of the symbols on a path."""
    return [tuple(map(float, place)) for place in re.findall(r"M([-\d.]+),([-\d.]+)m", path)]


def test_nothing_has_to_be_loaded_or_run():
    page = Tags(html(hand_made.scattered()))
    assert {tag for tag, _ in page.elements} <= {
        "img", "table", "thead", "tbody", "tr", "th", "td", "p", "code",
    }  # fmt: skip
    assert not {name for _, attributes in page.elements for name in attributes} - {"src", "alt", "style", "scope"}
    (image,) = (attributes["src"] for tag, attributes in page.elements if tag == "img")
    assert image.startswith(DATA)
    assert not {element.tag.removeprefix(SVG) for element in figure(page).iter()} - {
        "svg",
        "g",
        "rect",
        "path",
        "text",
        "circle",
    }
    assert not any("href" in name for element in figure(page).iter() for name in element.attrib)


def test_texts_are_escaped():
    comparison = hand_made.classes(hand_made.EVIL, '"><b>')
    page = Tags(html(replace(comparison, notes=(hand_made.EVIL,))))
    assert not {"script", "b"} & {tag for tag, _ in page.elements}
    assert page.texts.count(hand_made.EVIL) == 2  # the table and the note; the legend shortens it
    (alt,) = (attributes["alt"] for tag, attributes in page.elements if tag == "img")
    assert hand_made.EVIL in alt
    assert '"><b>' in {element.text for element in figure(page).iter(f"{SVG}text")}


def test_every_point_of_a_front_has_a_symbol_at_its_place():
    comparison = hand_made.scattered()
    (result,) = comparison.of_method("smgd")
    drawing = drawn(objectives_chart(comparison))
    (stroke,) = (stroke for stroke in drawing.strokes if stroke.name == "smgd" and not stroke.fill)
    places = marks(stroke.marks)
    assert len(places) == len(result.points) > 2
    losses = [log10(point.loss) for point in result.points]
    shares = [(x - places[0][0]) / (places[-1][0] - places[0][0]) for x, _ in places]
    expected = [(loss - losses[0]) / (losses[-1] - losses[0]) for loss in losses]
    assert shares == pytest.approx(expected, abs=2 / WIDTH)
    assert [y for _, y in places] == sorted(y for _, y in places)  # a smaller norm is further down


def test_labels_are_round_and_at_their_places():
    drawing = drawn(objectives_chart(hand_made.scattered()))
    for axis, length in (("x", WIDTH), ("y", HEIGHT)):
        ticks = drawing.ticks[axis]
        assert 3 <= len(ticks) <= 7
        assert all(0 <= place <= length for place, _ in ticks)
        (first, low), (last, high) = ((place, log10(float(text))) for place, text in (ticks[0], ticks[-1]))
        for place, text in ticks:
            share = (log10(float(text)) - low) / (high - low)
            assert isclose(place, first + share * (last - first), abs_tol=0.2)


def test_the_chosen_network_lies_within_the_frame_with_room_for_its_ring():
    comparison = hand_made.scattered()
    chart = objectives_chart(comparison)
    for point in [(0.001, 1.0), (1.0, 5000.0), (1.9, 99.0)]:
        x, y = drawn(chart, point).mark
        assert 8 <= x <= WIDTH - 8
        assert 8 <= y <= HEIGHT - 8
    assert drawn(chart, (0.5, 0.0)).mark is None  # which a log axis cannot show


def test_the_sentence_names_the_network_in_the_ring():
    page = html(hand_made.classes())
    assert "takes the network in the ring: 800 of 1,000 weights nonzero" in page
    assert len(list(figure(Tags(page)).iter(f"{SVG}circle"))) == 1


def test_without_a_front_there_is_the_table_alone():
    page = Tags(html(hand_made.nothing()))
    assert "img" not in {tag for tag, _ in page.elements}
    assert {"path", "smgd"} <= set(page.texts)
    assert "No training completed, so there is no front to compare." in page.texts


def test_networks_are_a_table():
    trials = [hand_made.trial(1, (1.0, 20.0), error=0.25), hand_made.trial(2, (1.5, 10.0))]
    page = Tags(networks_html(trials, CLASSIFICATION))
    assert [text for text in page.texts if text.strip()] == [
        "network", "nonzeros", "validation error", "test error", "validation cross entropy", "test cross entropy", "l1",
        "10000000", "200 of 1,000", "12.50 %", "25.00 %", "1.0000", "1.5000", "20",
        "20000000", "100 of 1,000", "1.5000", "2.0000", "10",
    ]  # fmt: skip
    assert [tag for tag, _ in page.elements].count("td") == 14


def test_why_no_network_is_picked_is_said():
    dead = hand_made.compared(hand_made.run("path", hand_made.trial(1, (1.0, 0.0))))
    for comparison in (dead, hand_made.nothing()):
        assert chosen(comparison) in " ".join(Tags(html(comparison)).texts)
