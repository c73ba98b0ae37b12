"""The page's network picker in Chromium agrees with frontsearch.selection."""

import shlex
from itertools import product

import chromium
import hand_made
import numpy as np
import pytest

from frontsearch.folder.folder import Folder
from frontsearch.measures import CLASSIFICATION, ERROR_RATE
from frontsearch.report.figures.views import views
from frontsearch.report.page import report_html
from frontsearch.selection.asking import representative_networks
from frontsearch.selection.choosing import MAX_SUMMARIES
from frontsearch.selection.default import Default
from frontsearch.selection.picks import Pick, pick
from frontsearch.selection.rules import NO_NETWORK, BestWithinLimit, Knee, Sparsest, none_has
from frontsearch.selection.within_error import SmallestWithinError

DENSE = np.array([[1.0, 0.0, -2.0, 0.0], [3.0, 0.0, 0.0, 0.0]], dtype=np.float32)
LIMITS = {
    "l1": (lambda limit: BestWithinLimit("l1", limit), "--max-l1", (0.5, 3.0, 11.0, 500.0)),
    "nonzeros": (lambda limit: BestWithinLimit("nonzeros", limit), "--max-nonzeros", (1, 60, 150, 1000)),
    "units": (lambda limit: BestWithinLimit("units", limit), "--max-units", (1, 5, 7, 1000)),
    "multiply_adds": (lambda limit: BestWithinLimit("multiply_adds", limit), "--max-multiply-adds", (50, 200, 400)),
    "error": (SmallestWithinError, "--max-error", (0.0, 14.0, 100.0)),
    "metric": (Sparsest.of_points, "--max-error-increase", (0.0, 2.5, 100.0)),
}
RULES = (
    [("default", None, Default(), [])]
    + [(by, None, Knee(by), ["--knee", by]) for by in ("chord", "weights")]
    + [
        (rule, limit, made(limit), [option, str(limit)])
        for rule, (made, option, limits) in LIMITS.items()
        for limit in limits
    ]
)
INVALID = "The limit must be a number, 0 or greater."
RING = "document.getElementById('fronts').data.filter(t => t.name === 'picked').map(t => [t.x[0], t.y[0]])[0] ?? null"

OUTSIDE = """() => {
    const { data, layout: { xaxis, yaxis } } = document.getElementById("fronts");
    const ring = data.find((trace) => trace.name === "picked");
    const inside = ([[value], { type, range: [low, high] }]) => {
        const place = type === "log" ? Math.log10(value) : value;
        return !Number.isFinite(place) || (low < place && place < high);
    };
    return ring && ![[ring.x, xaxis], [ring.y, yaxis]].every(inside);
}"""

pytestmark = chromium.needed


@pytest.fixture(scope="module", params=[CLASSIFICATION, hand_made.GROUPED], ids=["l1", "group l1"])
def written(request, tmp_path_factory):
    """A comparison and its page; the knee of all fronts has a checkpoint and a learning curve."""
    out = tmp_path_factory.mktemp("my run")
    comparison = hand_made.scattered(request.param)
    knee = pick(Knee(), comparison.runs, measures=comparison.measures, folder=out).trial.key
    hand_made.keep(Folder(out), knee, **{"0.weight": DENSE})
    found = hand_made.chosen(comparison, out, image=(2, 2))
    html = report_html(comparison, name="n", task="t", settings="", choice=found)
    (out / "report.html").write_text(html, encoding="utf-8")
    return comparison, out


@pytest.fixture
def page(tab, written):
    page = tab.open((written[1] / "report.html").as_uri())
    page.wait_for_selector("#fronts .main-svg")
    yield page
    assert tab.complaints == []


def choose(page, rule, *, of="", limit=None):
    page.select_option("#pick [name=of]", of)
    page.select_option("#pick [name=rule]", rule)
    if limit is not None:
        page.fill("#pick [name=limit]", str(limit))


def said(page):
    """The visible texts of the answer."""
    parts = {"answer": ".answer", "checkpoint": ".checkpoint", "export": ".export", "again": ".again"}
    return {name: page.inner_text(f"#picked {at}") for name, at in parts.items() if page.is_visible(f"#picked {at}")}


def check_pick(page, expected, comparison, *, out, options):
    key, run = expected.trial.key, expected.result.run
    found = said(page)
    assert found["answer"].splitlines()[0] == f"{run.method}, repeat {run.repeat}, trial {key[:8]}"
    assert found["again"] == shlex.join(["frontsearch", "pick", str(out), *options])
    (summary,) = page.query_selector_all(".network-summary:not([hidden])")
    assert summary.get_attribute("data-network") == key
    if summary.get_attribute("data-kept") is not None:
        assert (found["checkpoint"], found["export"]) == (expected.checkpoint, expected.export)
    else:
        assert not {"checkpoint", "export"} & found.keys()
        assert "cannot be exported" in summary.inner_text()
    assert page.evaluate(RING) == pytest.approx(
        views(comparison.measures)[0].position(expected.point, comparison.measures), rel=1e-5
    )


def check_nothing(page, expected):
    found = said(page)
    told, _, network = expected.partition("the smallest is trial ")
    assert found.keys() == {"answer"}
    assert found["answer"].startswith(told)
    assert network[:8] in found["answer"]
    assert page.evaluate(RING) is None
    assert page.query_selector(".network-summary:not([hidden])") is None


@pytest.mark.parametrize("of", ["", "path", "smgd", "it's mine", "random"])
def test_the_page_picks_what_the_command_picks(page, written, of):
    comparison, out = written
    runs = comparison.of_method(of) if of else comparison.runs
    style = str(comparison.methods.index(of)) if of else ""
    for rule, limit, made, options in RULES:
        choose(page, rule, of=style, limit=limit)
        expected = pick(made, runs, measures=comparison.measures, folder=out)
        if isinstance(expected, Pick):
            check_pick(page, expected, comparison, out=out, options=[*options, *(["--method", of] if of else [])])
        else:
            check_nothing(page, expected)


@pytest.mark.parametrize("of", ["", "path", "smgd", "it's mine"])
def test_the_page_shows_the_representatives_of_the_command(page, written, of):
    comparison, out = written
    runs = comparison.of_method(of) if of else comparison.runs
    choose(page, "cover", of=str(comparison.methods.index(of)) if of else "")
    for number in (1, 3, 12):
        page.fill("#pick [name=limit]", str(number))
        expected = representative_networks(runs, number, comparison=comparison, folder=out)
        buttons = page.query_selector_all("#representatives button")
        assert len(buttons) == len(expected)
        for place, picked in enumerate(expected):
            page.click(f"#representatives button >> nth={place}")
            options = ["--representatives", str(number), *(["--method", of] if of else [])]
            check_pick(page, picked, comparison, out=out, options=options)
            assert page.get_attribute(f"#representatives button >> nth={place}", "aria-pressed") == "true"
    choose(page, "chord")
    assert not page.is_visible("#representatives")


def test_no_representatives_are_a_sentence(page):
    """A page has twelve at most: to show those for a larger number would not be what the command picks."""
    for number in ("0", "1.5", "13", ""):
        choose(page, "cover", limit=number)
        assert said(page) == {
            "answer": "The number must be an integer from 1 to 12; `frontsearch pick` takes larger ones too."
        }
    choose(page, "cover", of="3", limit="3")
    assert said(page) == {"answer": NO_NETWORK}


def test_the_rules_pick_different_networks_and_some_limits_allow_none(written):
    """Otherwise agreeing with the command would prove little."""
    comparison, out = written
    measures = comparison.measures
    found = [(name, pick(rule, comparison.runs, measures=measures, folder=out)) for name, _, rule, _ in RULES]
    assert len({one.trial.key for _, one in found if isinstance(one, Pick)}) > 5
    assert {name for name, one in found if isinstance(one, str)} == {
        "error",
        "l1",
        "nonzeros",
        "units",
        "multiply_adds",
    }
    assert pick(Knee(), comparison.of_method("random"), measures=measures, folder=out) == NO_NETWORK


def test_the_ring_is_drawn_at_the_network_in_every_view(page, written):
    comparison, out = written
    measures = comparison.measures
    place = pick(Knee("weights"), comparison.runs, measures=measures, folder=out).point
    choose(page, "weights")
    assert len(views(measures)) == 4 if measures == CLASSIFICATION else 6
    for view in views(measures):
        page.check(f"[data-panel=fronts] [name=plane][value={view.plane.name}]", force=True)
        page.check(f"[data-panel=fronts] [name=split][value={view.split}]", force=True)
        position = view.position(place, measures)
        assert page.evaluate(RING) == (position and pytest.approx(position, rel=1e-5))


def test_nothing_that_is_picked_lies_outside_the_frame(page, written):
    comparison, _ = written
    for rule, limit in (("default", None), ("chord", None), ("l1", 500.0), ("metric", 0.0), ("nonzeros", 60)):
        choose(page, rule, limit=limit)
        for view, scale in product(views(comparison.measures), ("log", "linear")):
            for name, value in (("plane", view.plane.name), ("split", view.split), ("scale", scale)):
                page.check(f"[data-panel=fronts] [name={name}][value={value}]", force=True)
            assert not page.evaluate(OUTSIDE), (rule, view, scale)


def test_a_network_beyond_the_hypervolume_box_is_in_the_frame_if_it_is_picked(tab, tmp_path):
    inside, beyond = hand_made.trial(1, (1.0, 20.0), error=0.3), hand_made.trial(2, (0.5, 500.0), error=0.2)
    comparison = hand_made.compared(hand_made.run("path", inside, beyond))
    found = hand_made.chosen(comparison, tmp_path)
    (tmp_path / "page.html").write_text(report_html(comparison, name="n", task="t", settings="", choice=found))
    page = tab.open((tmp_path / "page.html").as_uri())
    page.wait_for_selector("#fronts .main-svg")
    assert page.evaluate(RING) == [0.5, 500.0]
    assert not page.evaluate(OUTSIDE)
    assert page.inner_text("#picked-title") == "Recommended network"
    choose(page, "l1", limit="20")
    assert page.inner_text("#picked-title") == "Picked network"
    assert page.text_content("#fronts .annotation-text").startswith("Picked networkvalidation error 15.00 %")


@pytest.mark.parametrize("rule", LIMITS)
def test_an_invalid_limit_is_reported_and_can_be_corrected(page, written, rule):
    comparison, out = written
    made, option, _ = LIMITS[rule]
    expected = pick(made(100), comparison.runs, measures=comparison.measures, folder=out)
    for typed in ("", "-1", "1e999", "e", "abc"):
        choose(page, rule, limit="")
        page.focus("#pick [name=limit]")
        page.keyboard.type(typed)
        assert said(page) == {"answer": INVALID}
        assert page.evaluate(RING) is None
        choose(page, rule, limit="100")
        check_pick(page, expected, comparison, out=out, options=[option, "100"])


def test_every_rule_starts_with_a_limit_that_some_network_satisfies(page):
    for rule in LIMITS:
        choose(page, rule)
        assert page.is_visible("#pick [name=limit]")
        assert "again" in said(page)
    choose(page, "chord")
    assert not page.is_visible("#pick [name=limit]")


def test_the_summary_of_a_knee_shows_learning_curve_and_pixels(page):
    choose(page, "chord")
    (shown,) = page.query_selector_all(".network-summary:not([hidden])")
    assert shown.query_selector(".table").is_visible()
    assert len(said(page)["answer"].splitlines()) == 1
    alpha = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 2, 2).data].filter((_, at) => at % 4 === 3)"
    strong, none, middle, last = shown.query_selector("canvas").evaluate(alpha)
    assert (none, last) == (0, 0)
    assert strong == 255
    assert 0 < middle < strong
    assert page.input_value("[data-panel=learning] [name=network]") == shown.get_attribute("data-network")


def test_a_network_without_a_summary_is_described_in_the_answer(tab, tmp_path):
    told = [hand_made.trial(n + 1, (0.1 + 0.001 * n, 90.0 - 0.1 * n)) for n in range(MAX_SUMMARIES + 9)]
    comparison = hand_made.compare([hand_made.run("path", *told)], linear=hand_made.LINEAR, log=hand_made.LOG)
    found = hand_made.chosen(comparison, tmp_path)
    (tmp_path / "page.html").write_text(report_html(comparison, name="n", task="t", settings="", choice=found))
    page = tab.open((tmp_path / "page.html").as_uri())
    assert (
        f"summarises {MAX_SUMMARIES} networks, among them all defaults and knees. A rule can also pick 9 others"
        in page.inner_text("body")
    )
    least = min(told, key=lambda one: one.objectives[0] if one.key not in found.network_summaries else 9)
    choose(page, "l1", limit=least.objectives[1])
    assert page.query_selector(".network-summary:not([hidden])") is None
    assert least.key[:8] in said(page)["answer"]
    assert len(said(page)["answer"].splitlines()) > 3
    assert said(page)["checkpoint"] == f"checkpoints/{least.key}.safetensors"


def test_a_method_whose_networks_lack_the_metric_is_told_what_the_command_tells(tab, tmp_path):
    runs = [
        hand_made.run("path", hand_made.trial(1, (1.0, 20.0), error=0.3)),
        hand_made.run("smgd", hand_made.trial(2, (1.0, 30.0))),
    ]
    comparison = hand_made.compared(*runs)
    found = hand_made.chosen(comparison, tmp_path)
    (tmp_path / "page.html").write_text(report_html(comparison, name="n", task="t", settings="", choice=found))
    page = tab.open((tmp_path / "page.html").as_uri())
    choose(page, "metric", of="1", limit=1.0)
    rule = Sparsest.of_points(1.0)
    expected = pick(rule, comparison.of_method("smgd"), measures=CLASSIFICATION, folder=tmp_path)
    assert said(page) == {"answer": expected}
    assert expected == none_has(ERROR_RATE)


@pytest.mark.parametrize(("width", "theme"), list(product([390, 1440], ["light", "dark"])))
def test_every_answer_fits_the_window(page, width, theme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    for rule, limit in (("chord", None), ("l1", 0.5), ("l1", 3.0), ("metric", 1.0)):
        choose(page, rule, limit=limit)
        assert page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)") <= width
