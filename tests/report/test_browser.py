"""Reports in Chromium, offline: figures, controls, themes and print."""

from dataclasses import replace
from itertools import product

import chromium
import hand_made
import lasso_study
import pytest
from axe_playwright_python.sync_playwright import Axe

from frontsearch.folder import Benchmarks, Folder
from frontsearch.report.collection import collection_html
from frontsearch.report.page import report_html

EVIL = f"{hand_made.EVIL}<img src=http://127.0.0.1:9/x onerror=alert(1)>"
# Name and coordinates of every visible trace of a figure.
DRAWN = "slug => document.getElementById(slug).data.filter(t => t.visible === true).map(t => [t.name, t.x, t.y])"
NAMES = "slug => [...document.querySelectorAll(`#${slug} .legendtext`)].map(text => text.textContent)"
MORE = {"lasso": ["learning"], "classes": [], "many": []}
MIN_TRACES = {"learning": 1}  # where fewer than two are drawn

pytestmark = chromium.needed


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Reports of a real study and of comparisons made by hand: markup in all names, many methods, no trials."""
    folder = tmp_path_factory.mktemp("reports")
    study = lasso_study.write(folder, "random", "path", "smgd")
    lasso_study.session(study, folder / "out").run()
    for path in Folder(folder / "out").checkpoints.iterdir():
        Benchmarks(Folder(folder / "out").benchmarks).save(path.stem, hand_made.benchmark())
    lasso_study.session(study, folder / "out", report_only=True).run()
    many = [hand_made.run(f"a-method-{n}", hand_made.trial(n + 1, (1.0, 90.0 - 3 * n))) for n in range(24)]
    made = {
        "classes": (hand_made.classes(first=EVIL), EVIL),
        "many": (hand_made.compare(many, linear=hand_made.LINEAR, log=hand_made.LOG), "many"),
        "nothing": (hand_made.nothing(), "nothing"),
        "noted": (replace(hand_made.classes(), notes=tuple(f"Note {n}." for n in range(20))), "noted"),
    }
    for name, (comparison, word) in made.items():
        html = report_html(comparison, name=word, task=word, settings=word)
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    studies = {name: hand_made.scattered() for name in ("iris", "digits", "wine")}
    (folder / "collection.html").write_text(collection_html("three", studies), encoding="utf-8")
    return {
        "lasso": folder / "out" / "report.html",
        **{name: folder / f"{name}.html" for name in (*made, "collection")},
    }


@pytest.fixture
def open_report(tab, reports):
    """Opens a report at a width and in a theme. Fails if the page logs anything or requests anything else."""
    addresses = []

    def opened(name, *, width=1440, theme="light"):
        addresses.append(reports[name].as_uri())
        page = tab.open(addresses[-1], width=width, theme=theme)
        page.wait_for_selector(".plot:has(.main-svg)" if name != "collection" else "h1")
        return page

    yield opened
    assert tab.complaints == []
    assert tab.requests == addresses


def choose(page, slug, **choices):
    """Sets controls of a figure."""
    for name, value in choices.items():
        page.check(f"[data-panel={slug}] [name={name}][value={value}]", force=True)


def test_the_first_screen_holds_the_answer(open_report, reports):
    page = open_report("lasso")
    parts = (
        ".verdict",
        "#picked .answer",
        "#picked .numbers",
        "#picked .export",
        "#picked .onnx",
        "#picked .checkpoint",
        "#fronts .xtitle",
    )
    for part in parts:
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] < 900, part
    assert (reports["lasso"].parent / page.get_attribute("#picked .checkpoint", "href")).is_file()
    assert page.inner_text("#picked .onnx") == page.inner_text("#picked .export") + " --to network.onnx"
    (label,) = page.query_selector_all("#fronts .annotation-text")
    first, *numbers = page.evaluate(
        "[...document.querySelectorAll('#picked .numbers > *')].map(part => part.textContent)"
    )
    assert label.text_content().startswith(f"Recommended network{first} {numbers[0]}")


@pytest.mark.parametrize(("width", "theme"), list(product([390, 1440], ["light", "dark"])))
@pytest.mark.parametrize("name", ["lasso", "classes", "nothing", "collection"])
def test_axe_finds_nothing(open_report, name, width, theme):
    """Names, roles, contrast, headings and so on, with every part of the page open."""
    page = open_report(name, width=width, theme=theme)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_nothing_moves_for_those_who_asked_for_it(open_report):
    page = open_report("classes")
    longest = """Math.max(...[...document.querySelectorAll("*")].map(
        (part) => parseFloat(getComputedStyle(part).transitionDuration)
    ))"""
    assert page.evaluate(longest) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(longest) == 0
    page.emulate_media(reduced_motion="no-preference")


def test_many_notes_leave_the_figure_on_the_first_screen(open_report):
    page = open_report("noted")
    box = page.locator("#fronts .xtitle").bounding_box()
    assert box["y"] + box["height"] < 900
    page.locator(".notes p").last.scroll_into_view_if_needed()
    assert page.evaluate("document.querySelector('.notes').scrollTop") > 0
    assert Axe().run(page).response["violations"] == []


def test_every_link_leads_to_a_part_or_a_file_beside_the_page(open_report, reports):
    page = open_report("lasso")
    links = page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href'))")
    assert len(links) > 8
    for link in links:
        if link.startswith("#"):
            assert page.query_selector(link), link
        else:
            assert (reports["lasso"].parent / link).is_file(), link


def fits(page):
    widths = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth, window.innerWidth]")
    return max(widths[:2]) <= widths[2]


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1440, "dark")])
@pytest.mark.parametrize("name", ["lasso", "classes", "many", "nothing"])
def test_the_report_is_drawn_and_fits(open_report, name, width, theme):
    page = open_report(name, width=width, theme=theme)
    slugs = ["anytime"] if name == "nothing" else ["fronts", "anytime", "difference", "optimism", *MORE[name]]
    assert sorted(plot.get_attribute("id") for plot in page.query_selector_all(".plot")) == sorted(slugs)
    for slug in slugs:
        box = page.query_selector(f"#{slug} svg.main-svg").bounding_box()
        assert 250 < box["width"] <= width
        assert box["height"] > 300
        traces = page.query_selector_all(f"#{slug} .scatterlayer .trace")
        assert name == "nothing" or len(traces) >= MIN_TRACES.get(slug, 2)
    for table in page.query_selector_all(".table table"):
        assert len(table.query_selector_all("tbody tr")) >= 1
    assert fits(page)
    assert len([part for part in page.query_selector_all(".benchmark") if part.is_visible()]) == (name == "lasso")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_title_of_an_axis_stands_clear_of_its_ticks(open_report, width):
    page = open_report("classes", width=width)
    for plane, split in product(["losses", "metrics"], ["chosen", "test"]):
        choose(page, "fronts", plane=plane, split=split)
        title = page.locator("#fronts .xtitle").bounding_box()
        ticks = [tick.bounding_box() for tick in page.query_selector_all("#fronts .xtick text")]
        assert max(tick["y"] + tick["height"] for tick in ticks) <= title["y"], (plane, split)


@pytest.mark.parametrize("name", ["lasso", "classes", "collection"])
def test_no_table_is_cut_at_the_edge_of_a_desktop(open_report, name):
    page = open_report(name)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    cut = """[...document.querySelectorAll(".table")].filter((part) => part.scrollWidth > part.clientWidth)
        .map((part) => part.getAttribute("aria-label"))"""
    assert page.evaluate(cut) == []


def test_each_command_has_a_button_that_copies_it(open_report):
    page = open_report("lasso")
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    for command in (".export", ".onnx", ".again"):
        page.click(f"#picked {command} + button")
        assert page.evaluate("window.copied") == page.inner_text(f"#picked {command}")
        assert page.inner_text(f"#picked {command} + button") == "Copied"


def test_the_split_control_moves_networks_to_their_test_metrics(open_report):
    page = open_report("classes")
    assert page.evaluate(DRAWN, "fronts")[-1] == ["smgd", [0.5], [40.0]]
    choose(page, "fronts", split="test")
    assert page.evaluate(DRAWN, "fronts")[-1] == ["smgd", [1.0], [40.0]]
    assert page.text_content("#fronts .xtitle") == "test cross entropy (nats per example)"
    assert "No method saw" in page.inner_text("#fronts-caption")
    choose(page, "fronts", plane="metrics")
    assert page.evaluate(DRAWN, "fronts")[-1] == ["smgd", [20.0], [400.0]]
    choose(page, "fronts", split="chosen")
    assert page.evaluate(DRAWN, "fronts")[-1] == ["smgd", [10.0], [400.0]]
    assert page.text_content("#fronts .xtitle") == "validation error (%)"


def test_the_axes_control_switches_scales(open_report):
    page = open_report("classes")
    kinds = "['xaxis', 'yaxis'].map(axis => document.getElementById('fronts').layout[axis].type)"
    assert page.evaluate(kinds) == ["log", "log"]
    choose(page, "fronts", scale="linear")
    assert page.evaluate(kinds) == ["linear", "linear"]
    choose(page, "anytime", scale="log")
    kinds = kinds.replace("fronts", "anytime")
    assert page.evaluate(kinds) == ["log", "linear"]


def test_the_repeats_control_switches_between_summary_and_single_runs(open_report):
    page = open_report("classes")
    summary = [line for line in page.evaluate(DRAWN, "fronts") if line[0].startswith("&lt;script")]
    assert [len(x) for _, x, _ in summary] == [14, 4]  # the band, the median surface
    choose(page, "fronts", visibility="repeats")
    every = [line[1:] for line in page.evaluate(DRAWN, "fronts") if line[0].startswith("&lt;script")]
    assert every == [[[0.5, 1], [50, 20]], [[0.25, 1.75], [80, 0]]]


def test_the_method_checkboxes_apply_to_all_figures(open_report):
    page = open_report("many")
    for slug in ("fronts", "anytime", "optimism"):
        assert len([line for line in page.evaluate(DRAWN, slug) if line[0].startswith("a-method")]) == 8
    page.uncheck("[name=method][value='23']")
    for slug in ("fronts", "anytime", "optimism"):
        names = [line[0] for line in page.evaluate(DRAWN, slug)]
        assert "a-method-23" not in names
        assert "a-method-22" in names
    assert page.evaluate(NAMES, "anytime") == [f"a-method-{n}" for n in range(16, 23)]
    page.click("#methods [value=all]")
    assert page.evaluate(NAMES, "anytime") == [f"a-method-{n}" for n in range(24)]
    page.click("#methods [value=none]")
    assert page.evaluate(DRAWN, "anytime") == []


def test_the_difference_is_against_the_chosen_method(open_report):
    page = open_report("many")
    assert page.evaluate(NAMES, "difference") == ["a-method-23", "a-method-22"]
    page.select_option("[data-panel=difference] select", label="a-method-3")
    assert page.evaluate(NAMES, "difference") == ["a-method-23", "a-method-3"]


def test_hovering_an_area_explains_it(open_report):
    page = open_report("classes")
    to_pixel = """place => {
        const { _fullLayout: { xaxis, yaxis, _size } } = document.getElementById("difference");
        return [_size.l + xaxis.d2p(place[0]), _size.t + yaxis.d2p(place[1])];
    }"""
    x, y = page.evaluate(to_pixel, [0.9, 60])
    page.locator("#difference").scroll_into_view_if_needed()
    page.locator("#difference").hover(position={"x": x, "y": y}, force=True)
    words = page.wait_for_selector("#difference .hovertext").text_content()
    assert words == f"attained by smgd in 50 % more of its repeats than by {EVIL}"


def test_no_button_uploads_a_figure(open_report):
    page = open_report("classes")
    buttons = {button.get_attribute("data-title") for button in page.query_selector_all("#fronts .modebar-btn")}
    assert buttons == {"Download plot as a PNG", "Zoom", "Pan", "Zoom in", "Zoom out", "Autoscale", "Reset axes"}


def test_figures_follow_a_change_of_theme(open_report):
    page = open_report("classes", theme="light")
    colours = (
        "[getComputedStyle(document.querySelector('#fronts .xtitle')).fill, getComputedStyle(document.body).color]"
    )
    light = page.evaluate(colours)
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("#fronts .xtitle[style*='rgb(230, 233, 237)']")
    assert (light, page.evaluate(colours)) == (["rgb(27, 31, 36)"] * 2, ["rgb(230, 233, 237)"] * 2)


def test_printing_uses_the_light_theme_without_controls(open_report):
    page = open_report("classes", theme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_selector("#fronts .main-svg[width='680']")
    assert not page.is_visible("[data-panel=fronts] form")
    assert page.is_visible("#methods .swatch")
    assert page.evaluate("getComputedStyle(document.querySelector('#fronts .xtitle')).fill") == "rgb(27, 31, 36)"
    page.emulate_media(media="screen", color_scheme="dark")
    page.wait_for_selector("#fronts .main-svg[width='1280']")


@pytest.mark.parametrize("name", ["lasso", "classes"])
def test_no_table_is_cut_at_the_edge_of_paper(open_report, name):
    page = open_report(name, width=720)
    page.emulate_media(media="print")
    page.wait_for_selector("#fronts .main-svg[width='680']")
    wide = "[...document.querySelectorAll('table')].filter((table) => table.getBoundingClientRect().right > 720).length"
    assert page.evaluate(wide) == 0
    page.emulate_media(media="screen")


def test_the_controls_work_with_the_keyboard(open_report):
    page = open_report("classes")
    page.focus("[data-panel=fronts] [name=split][value=chosen]")
    page.keyboard.press("ArrowRight")
    assert page.text_content("#fronts .xtitle") == "test cross entropy (nats per example)"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "scale"


def test_markup_in_names_is_shown_as_text(open_report):
    page = open_report("classes")
    assert EVIL in page.inner_text("h1")
    assert page.evaluate(NAMES, "anytime") == [EVIL, "smgd"]
    assert page.inner_text("#methods .method:nth-child(2) span + span") == EVIL


def test_hovering_a_point_shows_its_trial_and_recipe(open_report):
    page = open_report("classes")
    page.locator("#fronts .scatterlayer .trace:last-child .point").first.hover(force=True)
    words = page.text_content("#fronts .hoverlayer .hovertext")
    assert "smgd, repeat 0, trial 40000000" in words
    assert "l1_scale 3, optimiser sgd" in words
