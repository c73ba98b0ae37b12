"""Figures of hypervolume over time, of two methods' difference, and of the gap to test."""

import hand_made
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.front import ExactFront
from frontsearch.measures import ERROR_RATE
from frontsearch.report.figures import panels
from frontsearch.report.figures.anytime import anytime_chart, anytime_panel
from frontsearch.report.figures.axis_limits import end_limits
from frontsearch.report.figures.chart import Line
from frontsearch.report.figures.difference import difference_chart, difference_panel
from frontsearch.report.figures.fronts import objectives_chart
from frontsearch.report.figures.optimism import optimism_chart, optimism_panel
from frontsearch.report.figures.thinning import CELLS, indices_to_draw


def compared(*runs, **rest):
    return hand_made.compare(list(runs), linear=hand_made.LINEAR, log=hand_made.LOG, **rest)


def test_the_anytime_chart_draws_median_and_range_over_repeats():
    chart = anytime_chart(hand_made.classes())
    path, smgd = chart.lines
    assert (path.name, path.style, path.x) == ("path", 0, (2.0, 4.0, 4.5))
    assert path.y == pytest.approx(((0.4 + 0.175) / 2, (0.4 + 0.275) / 2, (0.525 + 0.275) / 2))
    assert (path.hover, smgd.hover) == ("path, median of 2 repeats", "smgd")
    assert (smgd.x, smgd.y) == ((2.0, 4.0), pytest.approx((0.45, 0.45)))
    (shade,) = chart.areas
    assert list(zip(shade.x, shade.y, strict=True)) == [
        (2, pytest.approx(0.175)), (4, pytest.approx(0.175)), (4, pytest.approx(0.275)), (4.5, pytest.approx(0.275)),
        (4.5, pytest.approx(0.275)), (4.5, pytest.approx(0.525)), (4.5, pytest.approx(0.4)), (2, pytest.approx(0.4)),
    ]  # fmt: skip
    assert (chart.x_title, chart.y_title) == ("epochs", "hypervolume (share of the reference box)")
    assert (chart.scales, chart.log_axes) == (("linear", "log"), "x")


@pytest.mark.parametrize(
    ("ends", "lowest"),
    [((0.8, 0.7), 0.6), ((0.8, 0.79), 0.72), ((0.8, 0.7, 0.0), 0.6), ((0.8,), None), ((0.8, 0.41), None), ((), None)],
)
def test_the_ends_of_curves_can_be_told_apart(ends, lowest):
    """Half of the height or less lies below the ends; one that is far below the others spoils nothing."""
    lines = [Line(name="m", style=0, x=(1.0, 100.0), y=(min(0.1, end), end), hover="") for end in ends]
    limits = end_limits(lines)
    assert limits.keys() == ({"linear", "log"} if lowest else set())
    for found in limits.values():
        margin = 0.03 * (0.8 - lowest)
        assert (found.low[1], found.high[1]) == pytest.approx((lowest - margin, 0.8 + margin))
        assert found.low[0] < 1
        assert found.high[0] > 100


def test_a_curve_that_begins_at_nothing_spent_is_framed_on_a_log_axis_from_what_comes_next():
    lines = [Line(name="m", style=0, x=(0.0, 2.0, 8.0), y=(0.1, 0.3, end), hover="") for end in (0.7, 0.8)]
    limits = end_limits(lines)
    assert limits["linear"].low[0] < 0
    assert 1 < limits["log"].low[0] < 2
    assert limits["log"].low[1] == limits["linear"].low[1]


def test_the_anytime_caption_says_what_the_frame_leaves_out():
    points = {"slow": [(1.9, 90.0), (0.5, 40.0)], "fast": [(1.8, 92.0), (0.5, 41.0)]}
    runs = [
        hand_made.run(name, *(hand_made.trial(10 * n + i + 1, at) for i, at in enumerate(points[name])))
        for n, name in enumerate(points)
    ]
    chart = anytime_chart(compared(*runs))
    assert chart.limits["linear"].low[1] > min(y for line in chart.lines for y in line.y)
    assert "heights at which the curves end" in chart.caption
    assert "heights at which" not in anytime_chart(compared(runs[0])).caption


def test_the_anytime_panel_offers_epochs_and_seconds_and_both_hypervolumes():
    panel = anytime_panel(hand_made.classes())
    assert list(panel.views) == [
        "epochs hypervolume", "epochs hypervolume_log", "seconds hypervolume", "seconds hypervolume_log",
    ]  # fmt: skip
    assert panel.views["seconds hypervolume"].lines[1].x == (0.5, 1.0)
    low = np.log(100 / 40) / np.log(1000) * (np.log(2 / 0.5) / np.log(200))
    assert panel.views["epochs hypervolume_log"].lines[1].y[0] == pytest.approx(low)


def test_the_anytime_table_lists_the_best_method_first():
    header, *rows = anytime_panel(hand_made.classes()).table
    assert header == ("method", *(f"after {share * 4.5:.5g} epochs" for share in (0.1, 0.25, 0.5, 0.75, 1.0)))
    assert rows == [
        ("smgd", "no trial yet", "no trial yet", "0.4500", "0.4500", "0.4500"),
        ("path", "no trial yet", "no trial yet", "0.2875", "0.2875", "0.4000"),
    ]


def test_the_difference_of_single_runs_is_what_only_one_front_dominates():
    first = hand_made.run("path", hand_made.trial(1, (0.2, 50.0)))
    second = hand_made.run("smgd", hand_made.trial(2, (1.0, 10.0)))
    chart = difference_chart(compared(first, second), "path", "smgd")
    assert [(line.name, line.x, line.y) for line in chart.lines] == [("path", (0.2,), (50,)), ("smgd", (1,), (10,))]
    less, more = chart.areas
    assert (less.name, less.hatched, more.name, more.hatched) == ("smgd", True, "path", False)
    assert more.hover == "attained by path in 100 % more of its repeats than by smgd"
    # On the grid of the logarithmic box, whose cells are 1.07 and 1.014 times as wide as the ones before.
    assert [corner for corner in more.x if corner] == pytest.approx(
        [0.2, 1, 1, 0.2, 1, 2, 2, 1][: 4 * (len(more.x) // 5)], rel=0.02
    )
    assert min(filter(None, less.y)) == pytest.approx(10, rel=0.02)
    assert "dominated by the front of path" in chart.caption


def test_the_difference_colours_a_region_by_the_method_with_more_repeats_attaining_it():
    comparison = hand_made.classes()
    chart = difference_chart(comparison, "path", "smgd")
    fronts = {method: [figures.front for figures in comparison.of_method(method)] for method in comparison.methods}
    for place in [(x, y) for x in (0.3, 0.6, 1.1, 1.8) for y in (1.0, 15.0, 30.0, 45.0, 60.0, 90.0)]:
        path, smgd = (np.mean([(front <= place).all(axis=1).any() for front in found]) for found in fronts.values())
        assert shares(chart, place) == pytest.approx([path - smgd] if path != smgd else [])
    assert "more repeats of path than of smgd" in chart.caption


def shares(chart, place):
    """Differences drawn at a point, from the strengths of the areas around it; negative if hatched."""
    found = []
    for area in chart.areas:
        x, y = (np.array([corner for corner in corners if corner]).reshape(-1, 4) for corners in (area.x, area.y))
        inside = [(side.min(axis=1) < at) & (at < side.max(axis=1)) for side, at in zip((x, y), place, strict=True)]
        if np.all(inside, axis=0).any():
            found.append((area.strength - 0.1) / 0.6 * (-1 if area.hatched else 1))
    return found


def test_the_difference_panel_compares_the_best_method_with_every_other():
    panel = difference_panel(hand_made.classes())
    assert panel.title == "Where smgd is better, and where it is worse"
    assert panel.controls[0].options == (("0", "path"),)
    assert not panel.filtered


def test_the_gap_is_test_minus_the_split_used_for_choosing():
    panel = optimism_panel(hand_made.classes())
    assert list(panel.views) == ["cross_entropy", "error"]
    assert panel.views["cross_entropy"].lines[1].y == (0.5, 0.5)
    chart = optimism_chart(hand_made.classes(), ERROR_RATE)
    assert [(line.name, line.x, line.visibility) for line in chart.lines] == [
        ("path", (80.0, 0.0), "summary"), ("path", (50.0, 20.0), "repeats"), ("path", (80.0, 0.0), "repeats"),
        ("smgd", (40.0,), "always"),
    ]  # fmt: skip
    assert chart.lines[1].y == pytest.approx((12.5, 15.0))  # percentage points
    assert chart.y_title == "test minus validation error (percentage points)"
    (zero,) = chart.references
    assert (zero.x, zero.y) == ((20.0, 80.0), (0.0, 0.0))


def test_the_exact_front_is_drawn_under_the_fronts():
    weights = np.array([0.5, 0.25, 0.125])
    exact = ExactFront(weights, np.array([(1.5, 0.0), (1.0, 1.5), (0.5, 4.0)]))
    chart = objectives_chart(compared(hand_made.run("path", hand_made.trial(1, (1.25, 20.0))), exact=exact))
    (line,) = (one for one in chart.references if one.kind == "exact")
    assert (line.x, line.y) == ((1.5, 1.0, 0.5), (0.0, 1.5, 4.0))
    assert line.hover[0] == "exact front, l1_weight 0.5"
    assert "exact front of this convex task" in chart.caption


def test_panels_without_points_are_left_out():
    assert [panel.slug for panel in panels(hand_made.classes())] == [
        "fronts", "anytime", "difference", "optimism",
    ]  # fmt: skip
    toy = compared(hand_made.run("path", hand_made.trial(1, (1.0, 2.0))))
    assert [panel.slug for panel in panels(toy)] == ["fronts", "anytime", "optimism"]
    assert list(panels(toy)[-1].views) == ["cross_entropy"]
    assert [panel.slug for panel in panels(hand_made.nothing())] == ["anytime"]
    assert panels(compared()) == ()


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=50))
def test_every_dropped_point_shares_a_cell_with_a_kept_one(points):
    found = np.array(points)
    kept = indices_to_draw(found)
    assert kept.tolist() == sorted(set(kept.tolist()))
    assert kept[-1] == len(found) - 1
    cell = np.ptp(found, axis=0) / CELLS * (1 + 1e-9)
    for point in found:
        assert (np.abs(found[kept] - point) <= cell).all(axis=1).any()


def test_only_long_fronts_are_thinned():
    x = np.linspace(1, 2, 50_000)
    assert len(indices_to_draw(np.column_stack([x, 1 / x]))) < 6 * CELLS
    assert len(indices_to_draw(np.column_stack([x, 1 / x])[::100])) == 500
    assert indices_to_draw(np.zeros((0, 2))).tolist() == []
