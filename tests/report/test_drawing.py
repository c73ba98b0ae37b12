import json
import math

import hand_made
import plotly.io
import pytest

from frontsearch.report.figures import COLOURS, SYMBOLS, panels, plot
from frontsearch.report.figures.chart import Area, AxisLimits, Chart, Line, Panel
from frontsearch.report.figures.drawing import CURVE_SYMBOLS, axes, colour, symbol
from frontsearch.report.page_data import page_data


def line(style=0, **rest):
    return Line(**{"name": "m", "style": style, "x": (1.0,), "y": (1.0,), "hover": ("",)} | rest)


def chart(*lines, **rest):
    return Chart(slug="s", title="t", x_title="x", y_title="y", lines=lines, **rest)


def gaps(values):
    """Values as plotly takes them: None in place of NaN."""
    return tuple(None if value is None or math.isnan(value) else value for value in values)


def every_chart(comparison):
    return [chart for panel in panels(comparison) for chart in panel.views.values()]


def test_a_plotly_figure_draws_everything_in_its_chart():
    for one in every_chart(hand_made.classes()):
        figure = plot(one)
        drawn = [*one.areas, *one.references, *one.lines]
        assert [tuple(trace.x) for trace in figure.data] == [gaps(thing.x) for thing in drawn]
        assert [tuple(trace.y) for trace in figure.data] == [gaps(thing.y) for thing in drawn]
        assert [trace.name for trace in figure.data] == [thing.name for thing in drawn]
        lines = figure.data[len(drawn) - len(one.lines) :]
        assert [trace.line.color for trace in lines] == [colour(thing.style) for thing in one.lines]
        assert [trace.marker.symbol for trace in lines] == [symbol(thing.style) for thing in one.lines]
        assert [trace.mode for trace in lines] == [
            {"steps": "lines+markers", "points": "markers", "line": "lines"}[thing.mark] for thing in one.lines
        ]
        assert [trace.line.shape for trace in lines] == [
            "linear" if thing.mark == "line" else "hv" for thing in one.lines
        ]
        assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == (one.x_title, one.y_title)
        assert figure.layout.title.text == one.title
        assert json.loads(figure.to_json())["data"]


def test_the_legend_lists_each_name_once():
    figure = plot(next(iter(panels(hand_made.classes())[0].views.values())))
    named = [trace.name for trace in figure.data if trace.showlegend]
    assert named == ["all runs together", "reference point", "path", "smgd"]
    assert [trace.visible for trace in figure.data if trace.name == "path"] == [True, True, "legendonly", "legendonly"]


def test_axes_have_their_scale_and_limits():
    framed = chart(
        scales=("log", "linear"), log_axes="x", limits={"log": AxisLimits(low=(0.1, 2.0), high=(100.0, 3.0))}
    )
    log, linear = axes(framed, "log"), axes(framed, "linear")
    assert (log["xaxis"]["type"], log["yaxis"]["type"]) == ("log", "linear")
    assert (log["xaxis"]["range"], log["yaxis"]["range"]) == ([-1, 2], [2, 3])
    assert (linear["xaxis"]["type"], linear["yaxis"]["type"]) == ("linear", "linear")
    assert linear["xaxis"]["autorange"]


@pytest.mark.parametrize(
    ("low", "high", "ticks"), [(0.04, 2.5, 5), (1.0, 400.0, 7), (0.1, 1e6, 7), (0.5, 0.6, 2), (1e-9, 1e9, 7)]
)
def test_logarithmic_axes_have_whole_numbers_and_few_of_them(low, high, ticks):
    limits = {"log": AxisLimits(low=(low, low), high=(high, high))}
    framed, free = chart(scales=("log",), limits=limits), chart(line(x=(low, high, 0.0), y=(low, high, 1.0)))
    for found in (axes(framed, "log"), axes(free, "log")):
        for axis in found.values():
            assert (axis["tickformat"], axis["nticks"]) == ("~g", ticks)
            decades = math.log10(high / low)
            assert decades / ticks > 0.3 or decades < 1  # else plotly labels every digit
    assert "tickformat" not in axes(framed, "linear")["xaxis"]


def test_every_network_of_a_front_has_a_symbol_and_a_curve_only_some():
    front, curve = plot(chart(line(hover=("",)), line(hover="all"))).data
    assert (front.marker.maxdisplayed, curve.marker.maxdisplayed) == (0, CURVE_SYMBOLS)


def test_64_methods_have_different_colours_or_symbols():
    assert len(set(COLOURS)) == len(set(SYMBOLS)) == 8
    styles = range(len(COLOURS) * len(SYMBOLS))
    markers = [trace.marker for trace in plot(chart(*map(line, styles))).data]
    assert len({(marker.color, marker.symbol) for marker in markers}) == len(styles)


def test_an_area_is_filled_and_keeps_its_gaps():
    area = Area(name="m", style=1, x=(0, 1, None, 2), y=(0, 1, None, 2), strength=0.5, hatched=True, hover="here")
    (trace,) = plot(chart(areas=(area,))).data
    assert (trace.fill, trace.fillcolor, trace.opacity, trace.hoveron) == ("toself", COLOURS[1], 0.5, "fills")
    assert (trace.x, trace.text, trace.fillpattern.shape) == ((0, 1, None, 2), "here", "/")


@pytest.mark.parametrize("evil", [hand_made.EVIL, "<b>bold</b> & <a href='javascript:alert(1)'>x</a>"])
def test_markup_in_names_is_escaped_for_plotly(evil):
    for one in every_chart(hand_made.classes(first=evil)):
        if one.lines[0].name == evil:
            texts = [json.dumps([trace.name, trace.text]) for trace in plot(one).data]
            assert not any(tag in text.replace("<br>", "") for text in texts for tag in "<>")
        html = plotly.io.to_html(plot(one), include_plotlyjs=False, full_html=False)
        assert "<script>alert" not in html


def test_quotes_in_names_stay_as_they_are():
    """Plotly knows no &quot; and draws its letters."""
    quoted = '"a" and b'
    names = {trace.name for one in every_chart(hand_made.classes(first=quoted)) for trace in plot(one).data}
    assert quoted in names
    assert not any("quot;" in name for name in names)


def test_a_shared_text_is_embedded_once():
    lines = line(x=(1.0, 2.0), y=(1.0, 2.0), hover=("a\nb", "c")), line(hover=("a\nb",)), line(hover="all")
    panel = Panel(slug="p", title="t", controls=(), views={"one": chart(*lines), "two": chart(lines[0])})
    found = page_data([panel])
    assert found["texts"] == ["a\nb", "c"]
    assert [trace["text"] for trace in found["panels"]["p"]["one"]["traces"]] == [[0, 1], [0], "all"]
    assert found["panels"]["p"]["two"]["traces"][0]["text"] == [0, 1]


def test_embedded_coordinates_are_rounded():
    panel = Panel(slug="p", title="t", controls=(), views={"": chart(line(x=(0.123456789,), y=(1234567.0,)))})
    (trace,) = page_data([panel])["panels"]["p"][""]["traces"]
    assert (trace["x"], trace["y"]) == ([0.123457], [1234570.0])
