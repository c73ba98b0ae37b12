"""A study's report as a reader sees it: in Chromium, without a network."""

import chromium
import hand_made
import lasso_study
import pytest

from frontsearch.report.page import report_html

WIDTHS = (390, 1440)

pytestmark = chromium.needed


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A real study's report and one, of a task with classes and names with markup, that was written down."""
    folder = tmp_path_factory.mktemp("reports")
    study = lasso_study.write(folder, "random", "path", "smgd")
    lasso_study.session(study, folder / "out").run()
    evil = f"{hand_made.EVIL}<img src=http://127.0.0.1:9/x onerror=alert(1)>"
    made = folder / "made.html"
    comparison = hand_made.classes(first=evil)
    made.write_text(report_html(comparison, name=evil, task=evil, settings=evil), encoding="utf-8")
    return {"lasso": folder / "out" / "report.html", "made": made}


@pytest.fixture(params=[(name, width) for name in ("lasso", "made") for width in WIDTHS])
def opened(request, browser, reports):
    """The page at this width, with what it complained of and asked for."""
    name, width = request.param
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(reports[name].as_uri())
    slugs = ["objectives", "anytime"] if name == "lasso" else ["objectives", "errors", "anytime"]
    for slug in slugs:
        page.wait_for_selector(f"#{slug} svg.main-svg .scatterlayer")
    yield page, slugs, complaints, requests, reports[name].as_uri()
    page.close()


def test_the_report_is_drawn_and_fits(opened):
    page, slugs, complaints, requests, address = opened
    assert [chart.get_attribute("id") for chart in page.query_selector_all(".plotly-graph-div")] == slugs
    for slug in slugs:
        traces = page.query_selector_all(f"#{slug} .scatterlayer .trace")
        points = page.query_selector_all(f"#{slug} .scatterlayer .trace .point")
        assert len(traces) >= 2
        assert len(points) >= 3
        box = page.query_selector(f"#{slug} svg.main-svg").bounding_box()
        assert box["width"] > 250
        assert box["height"] > 300
    assert len(page.query_selector_all("table")) == 2
    for table in page.query_selector_all("table"):
        assert table.is_visible()
        assert len(table.query_selector_all("tbody tr")) >= 2
    widths = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth, window.innerWidth]")
    assert max(widths[:2]) <= widths[2]
    assert complaints == []
    assert requests == [address]
