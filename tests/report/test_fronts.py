import hand_made
import pytest

from frontsearch.comparison.published import PLANES as PUBLISHED
from frontsearch.comparison.published import Published
from frontsearch.measures import Measures
from frontsearch.report.figures.chart import AxisLimits, Chart, Control, Line, Reference
from frontsearch.report.figures.fronts import fronts_panel, objectives_chart

RECIPE = "l1_weight 0.25, optimiser prox-adam\nlearning_rate 0.002, pruning_threshold 0\nepochs 2, start scratch"
WARM = "l1_scale 3, optimiser sgd\nlearning_rate 0.0123, pruning_threshold 0\nepochs 2, start warm"

CAPTION = (
    "Lower left is better. Methods minimise l1 and the cross entropy on the validation split."
    " A front dominates everything above and to the right of its steps."
    " Dotted line: non-dominated set of all runs together. Thin cross: reference point."
    " The axes show the points inside the hypervolume box; double-click to see all points."
)


def words(key, objectives, *rest):
    nonzeros, errors, tested = rest
    found = f"nonzeros {nonzeros}, validation error {errors[0]:.2f} %, test error {errors[1]:.2f} %"
    return f"path, repeat 0, trial {key}\n{objectives}\n{found}\ntest cross entropy {tested}\n{RECIPE}"


def compared(*runs, **rest):
    return hand_made.compare(list(runs), linear=hand_made.LINEAR, log=hand_made.LOG, **rest)


def alone(**rest):
    """One method with one repeat of two points."""
    told = hand_made.trial(1, (1.0, 20.0), error=0.4), hand_made.trial(2, (0.5, 50.0), error=0.2)
    return compared(hand_made.run("path", *told), **rest)


def test_the_objectives_chart_of_one_run_in_full():
    assert objectives_chart(alone()) == Chart(
        slug="objectives",
        title="Fronts of all methods: cross entropy against l1",
        x_title="validation cross entropy (nats per example)",
        y_title="l1 norm of the penalised weights",
        caption=CAPTION,
        lines=(
            Line(
                name="path", style=0, x=(0.5, 1.0), y=(50.0, 20.0),
                hover=(
                    words("20000000", "validation cross entropy 0.5, l1 50", 500, (10, 20), 1),
                    words("10000000", "validation cross entropy 1, l1 20", 200, (20, 40), 1.5),
                ),
            ),
        ),
        references=(
            Reference(
                kind="union", name="all runs together", x=(0.5, 1.0), y=(50.0, 20.0), hover=""
            ),
            Reference(
                kind="reference-point", name="reference point", x=(2.0,), y=(100.0,),
                hover=("reference point: cross entropy 2, l1 100",),
            ),
        ),
        scales=("log", "linear"),
        limits={
            "log": AxisLimits(
                low=(pytest.approx(0.5 / 2**0.03), pytest.approx(20 / 2.5**0.03)),
                high=(pytest.approx(2**0.03), pytest.approx(50 * 2.5**0.03)),
            ),
            "linear": AxisLimits(
                low=(pytest.approx(0.485), pytest.approx(19.1)), high=(pytest.approx(1.015), pytest.approx(50.9))
            ),
        },
    )  # fmt: skip


def test_repeats_are_drawn_beside_their_median_attainment_surface():
    chart = objectives_chart(hand_made.classes())
    assert [(line.name, line.style, line.x, line.y, line.visibility) for line in chart.lines] == [
        # Any one of the two attains the best of either.
        ("path", 0, (0.25, 0.5, 1.0, 1.75), (80.0, 50.0, 20.0, 0.0), "summary"),
        ("path", 0, (0.5, 1.0), (50.0, 20.0), "repeats"),
        ("path", 0, (0.25, 1.75), (80.0, 0.0), "repeats"),
        ("smgd", 1, (0.5,), (40.0,), "always"),
    ]
    (band,) = chart.areas
    assert (band.name, band.style, band.visibility) == ("path", 0, "summary")
    # Down the edge of what one repeat attains and back up that of both, zero at the low end of the logarithmic box.
    assert list(zip(band.x, band.y, strict=True)) == [
        (0.25, 100), (0.25, 80), (0.5, 80), (0.5, 50), (1, 50), (1, 20), (1.75, 20), (1.75, 0.1), (2, 0.1),
        (2, 20), (1.75, 20), (1.75, 80), (0.5, 80), (0.5, 100),
    ]  # fmt: skip
    assert "cannot show 1 point at zero" in chart.caption
    assert WARM in chart.lines[-1].hover[0]


def of_repeats(count):
    """One method; each repeat has one network, all on a straight line."""
    told = [hand_made.trial(n + 1, (0.25 * (n + 1), 90.0 - 10 * n)) for n in range(count)]
    return compared(*(hand_made.run("path", one, repeat=n) for n, one in enumerate(told)))


@pytest.mark.parametrize(("repeats", "strengths"), [(1, []), (2, [0.15]), (3, [0.15]), (4, [0.08, 0.15])])
def test_the_band_of_extremes_is_drawn_if_it_differs_from_the_quartiles(repeats, strengths):
    comparison = of_repeats(repeats)
    chart = objectives_chart(comparison)
    assert [area.strength for area in chart.areas] == strengths
    assert ("paler" in chart.caption) == (len(strengths) == 2)
    for area, corner in zip(chart.areas, ("best", "25 %")[2 - len(strengths) :], strict=True):
        surface = next(one for one in comparison.surfaces("path") if one.level == corner)
        assert set(map(tuple, surface.points.tolist())) <= set(zip(area.x, area.y, strict=True))


def test_the_panel_offers_both_planes_and_both_splits():
    panel = fronts_panel(hand_made.classes())
    assert panel.controls == (
        Control(
            name="plane", label="Metrics",
            options=(("losses", "cross entropy and l1"), ("metrics", "error and nonzeros")),
        ),
        Control(name="split", label="Split", options=(("chosen", "validation"), ("test", "test"))),
    )  # fmt: skip
    assert list(panel.views) == ["losses chosen", "losses test", "metrics chosen", "metrics test"]
    assert panel.repeats
    assert not fronts_panel(alone()).repeats
    assert panel.files == ("fronts.csv", "sparse_fronts.csv", "attainment.csv")


def test_the_test_split_shows_the_same_networks_at_their_test_metrics():
    panel = fronts_panel(hand_made.classes())
    shown = {
        key: [(line.name, line.x, line.y, line.mark) for line in chart.lines if line.visibility != "summary"]
        for key, chart in panel.views.items()
    }
    assert shown["losses test"] == [
        ("path", (1.0, 1.5), (50.0, 20.0), "points"),
        ("path", (0.75, 2.25), (80.0, 0.0), "points"),
        ("smgd", (1.0,), (40.0,), "points"),
    ]
    # By validation error, which is half the test error here, and nonzeros: another front, and not of the same networks.
    assert shown["metrics chosen"] == [
        ("path", (12.5, 15.0), (500.0, 200.0), "steps"),
        ("path", (0.0, 45.0), (800.0, 0.0), "steps"),
        ("smgd", (10.0,), (400.0,), "steps"),
    ]
    assert shown["metrics test"] == [
        ("path", (25.0, 30.0), (500.0, 200.0), "points"),
        ("path", (0.0, 90.0), (800.0, 0.0), "points"),
        ("smgd", (20.0,), (400.0,), "points"),
    ]
    assert [chart.x_title for chart in panel.views.values()] == [
        "validation cross entropy (nats per example)", "test cross entropy (nats per example)",
        "validation error (%)", "test error (%)",
    ]  # fmt: skip
    assert "chosen on the validation split by error and nonzeros" in panel.views["metrics test"].caption


def test_the_metric_front_may_have_other_networks():
    told = [
        hand_made.trial(1, (0.5, 50.0), error=0.4),
        hand_made.trial(2, (0.6, 60.0), error=0.2),  # dominated by cross entropy and l1
    ]
    views = fronts_panel(compared(hand_made.run("path", *told))).views
    assert views["losses test"].lines[0].x == (1.0,)
    assert views["metrics test"].lines[0].x == (20.0, 40.0)


def test_the_summary_of_repeats_is_the_one_of_median_hypervolume():
    panel = fronts_panel(hand_made.classes())
    summary = [line for line in panel.views["losses test"].lines if line.visibility == "summary"]
    assert [(line.name, line.x) for line in summary] == [("path", (0.75, 2.25))]  # repeat 1, the lower one of two


def test_both_splits_of_a_plane_share_their_axis_limits():
    views = fronts_panel(alone()).views
    assert views["losses chosen"].limits == views["losses test"].limits
    assert views["metrics chosen"].limits == views["metrics test"].limits
    frame = views["losses test"].limits["linear"]
    assert frame.low[0] < 0.5
    assert frame.high[0] > 1.5


def test_another_objective_split_is_named():
    panel = fronts_panel(alone(measures=Measures(objective="train")))
    assert panel.controls[1].options == (("chosen", "as chosen"), ("test", "test"))
    assert panel.views["losses chosen"].x_title == "train cross entropy (nats per example)"
    assert panel.views["metrics chosen"].x_title == "validation error (%)"
    assert "cross entropy on the train split" in panel.views["losses chosen"].caption
    assert "chosen on the train split" in panel.views["losses test"].caption


def test_planes_without_metrics_are_not_offered():
    panel = fronts_panel(compared(hand_made.run("path", hand_made.trial(1, (1.0, 2.0)))))
    assert [len(control.options) for control in panel.controls] == [1, 2]
    assert list(panel.views) == ["losses chosen", "losses test"]


@pytest.mark.parametrize("comparison", [hand_made.nothing(), compared(hand_made.run("path")), compared()])
def test_without_completed_trials_the_chart_is_empty(comparison):
    panel = fronts_panel(comparison)
    assert list(panel.views) == ["losses chosen"]
    assert panel.views["losses chosen"].points == 0
    assert panel.views["losses chosen"].limits == {}


def test_points_outside_the_box_are_drawn_outside_the_axis_limits():
    told = [hand_made.trial(1, (1.0, 20.0)), hand_made.trial(2, (0.001, 5000.0)), hand_made.trial(3, (1.5, 10.0))]
    chart = objectives_chart(compared(hand_made.run("path", *told)))
    assert chart.lines[0].x == (0.001, 1.0, 1.5)
    assert chart.limits["linear"].high[1] < 25
    assert chart.limits["linear"].low[0] > 0.9
    outside = objectives_chart(compared(hand_made.run("path", told[1])))
    assert outside.points == 1
    assert outside.limits == {}


def test_published_points_are_drawn_on_the_test_split():
    points = {PUBLISHED[0]: ((0.75, 30.0),), PUBLISHED[1]: ((0.125, 200.0), (0.25, 1000.0))}
    views = fronts_panel(alone(published=Published(source="Someone said so.", points=points))).views
    found = {
        key: [(one.x, one.y) for one in chart.references if one.kind == "published"] for key, chart in views.items()
    }
    assert found == {
        "losses chosen": [], "losses test": [((0.75,), (30.0,))],
        "metrics chosen": [], "metrics test": [((12.5, 25.0), (200.0, 1000.0))],  # per cent
    }  # fmt: skip
    assert "Someone said so." in views["metrics test"].caption
    assert views["metrics test"].limits["linear"].high[1] > 1000
