import json

import hand_made
import plotly.io
import pytest

from frontsearch.published import PLANES, Published
from frontsearch.report.figures import (
    COLOURS,
    SYMBOLS,
    Chart,
    Line,
    anytime_chart,
    charts,
    errors_chart,
    objectives_chart,
    plot,
)

WEIGHTED = "l1_weight 0.25, optimiser prox-adam, learning_rate 0.002, pruning_threshold 0, epochs 2, start scratch"
MULTI = "l1_scale 3, optimiser sgd, learning_rate 0.0123, pruning_threshold 0, epochs 2, start warm"


def line(name, repeat, style, **rest):
    return Line(name=name, repeat=repeat, style=style, **rest)


def test_the_objectives_are_every_front_but_for_the_dead_network():
    assert objectives_chart(hand_made.classes()) == Chart(
        slug="objectives",
        title="Fronts of all methods: cross entropy against l1",
        x_title="validation cross entropy (nats per example)",
        y_title="l1 norm of the penalised weights",
        log=True,
        steps=True,
        lines=(
            line(
                "path", 0, 0, x=(0.5, 1.0), y=(50.0, 20.0),
                hover=(
                    f"path, repeat 0, trial 30000000<br>{WEIGHTED}",
                    f"path, repeat 0, trial 10000000<br>{WEIGHTED}",
                ),
            ),
            line("smgd", 0, 1, x=(0.5,), y=(40.0,), hover=(f"smgd, repeat 0, trial 40000000<br>{MULTI}",)),
            line("path", 1, 0, x=(0.25,), y=(80.0,), hover=(f"path, repeat 1, trial 60000000<br>{WEIGHTED}",)),
        ),
    )  # fmt: skip


def test_the_errors_are_of_the_same_networks_but_for_zeros():
    chart = errors_chart(hand_made.classes())
    assert (chart.slug, chart.log, chart.steps) == ("errors", True, False)
    assert (chart.x_title, chart.y_title) == ("test error (%)", "nonzero penalised weights")
    assert [(one.name, one.repeat, one.style, one.x, one.y) for one in chart.lines] == [
        ("path", 0, 0, (25.0, 30.0), (500, 200)),
        ("smgd", 0, 1, (20.0,), (400,)),
        ("path", 1, 0, (), ()),
    ]
    assert [len(one.hover) for one in chart.lines] == [2, 1, 0]


def test_the_hypervolume_rises_with_the_epochs_spent():
    chart = anytime_chart(hand_made.classes())
    assert (chart.slug, chart.log, chart.steps) == ("anytime", False, True)
    assert [(one.name, one.x) for one in chart.lines] == [
        ("path", (2.0, 2.5, 4.5)),
        ("smgd", (2.0, 4.0)),
        ("path", (2.0, 4.0)),
    ]
    for one, volumes in zip(chart.lines, [(0.4, 0.4, 0.525), (0.45, 0.45), (0.175, 0.275)], strict=True):
        assert one.y == pytest.approx(volumes)


def test_charts_without_a_point_are_left_out():
    assert [chart.slug for chart in charts(hand_made.classes())] == ["objectives", "errors", "anytime"]
    toy = hand_made.compare(
        [hand_made.run("path", hand_made.trial(1, (1.0, 2.0)))], linear=hand_made.LINEAR, log=hand_made.LOG
    )
    assert [chart.slug for chart in charts(toy)] == ["objectives", "anytime"]


def test_an_empty_run_and_one_that_diverged_are_drawn_as_nothing():
    comparison = hand_made.nothing()
    assert [one.x for one in objectives_chart(comparison).lines] == [(), ()]
    assert [(one.x, one.y) for one in anytime_chart(comparison).lines] == [((), ()), ((0.5,), (0.0,))]
    assert [chart.slug for chart in charts(comparison)] == ["anytime"]


def test_a_figure_draws_what_its_chart_says():
    for chart in charts(hand_made.classes()):
        figure = plot(chart)
        assert [tuple(trace.x) for trace in figure.data] == [one.x for one in chart.lines]
        assert [tuple(trace.y) for trace in figure.data] == [one.y for one in chart.lines]
        assert [trace.name for trace in figure.data] == ["path", "smgd", "path"]
        assert [trace.showlegend for trace in figure.data] == [True, True, False]
        assert [trace.line.color for trace in figure.data] == [COLOURS[0], COLOURS[1], COLOURS[0]]
        assert [trace.marker.symbol for trace in figure.data] == [SYMBOLS[0], SYMBOLS[1], SYMBOLS[0]]
        assert {trace.mode for trace in figure.data} == {"lines+markers" if chart.steps else "markers"}
        assert {trace.line.shape for trace in figure.data} == {"hv"}
        kind = "log" if chart.log else "linear"
        assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == (kind, kind)
        assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == (chart.x_title, chart.y_title)
        assert figure.layout.title.text == chart.title
        assert json.loads(figure.to_json())["data"]


def test_there_is_a_colour_and_a_symbol_for_every_method():
    assert len(set(COLOURS)) == len(set(SYMBOLS)) == 8
    many = [hand_made.run(f"method {n}", hand_made.trial(n + 1, (1.0, 2.0))) for n in range(9)]
    figure = plot(objectives_chart(hand_made.compare(many, linear=hand_made.LINEAR, log=hand_made.LOG)))
    assert figure.data[8].line.color == figure.data[0].line.color


def test_markup_in_a_name_never_ends_the_pages_script():
    comparison = hand_made.classes(first=hand_made.EVIL)
    for chart in charts(comparison):
        assert chart.lines[0].name == hand_made.EVIL
        html = plotly.io.to_html(plot(chart), include_plotlyjs=False, full_html=False)
        assert "<script>alert" not in html


def test_published_points_are_drawn_among_the_test_figures_they_are_of():
    points = {PLANES[0]: ((0.75, 30.0),), PLANES[1]: ((0.125, 200.0), (0.25, 100.0))}
    runs = [
        hand_made.run("path", hand_made.trial(1, (1.0, 20.0), error=0.3), hand_made.trial(2, (0.5, 50.0), error=0.2))
    ]
    comparison = hand_made.compare(
        runs, linear=hand_made.LINEAR, log=hand_made.LOG, published=Published(source="Someone", points=points)
    )
    assert [chart.slug for chart in charts(comparison)] == ["objectives", "published", "errors", "anytime"]
    _, losses, errors, _ = charts(comparison)
    assert (losses.published.x, losses.published.y) == ((0.75,), (30.0,))
    assert (losses.lines[0].x, losses.lines[0].y) == ((1.0, 1.5), (50.0, 20.0))
    assert (errors.published.x, errors.published.y) == ((12.5, 25.0), (200.0, 100.0))  # per cent
    names = [trace["name"] for trace in json.loads(plotly.io.to_json(plot(errors)))["data"]]
    assert names == ["published", "path"]


def test_methods_share_no_pair_of_colour_and_symbol():
    styles = range(len(COLOURS) * len(SYMBOLS))
    lines = tuple(line("m", 0, style, x=(1.0,), y=(1.0,), hover=("",)) for style in styles)
    chart = Chart(slug="s", title="t", x_title="x", y_title="y", log=True, steps=True, lines=lines)
    markers = [trace["marker"] for trace in json.loads(plotly.io.to_json(plot(chart)))["data"]]
    assert len({(marker["color"], marker["symbol"]) for marker in markers}) == len(styles)
