"""Figures of learning curves and of the recipes on the fronts."""

import math
from dataclasses import replace

import hand_made
import pytest

from frontsearch.comparison.parallel_coordinates import coordinates
from frontsearch.folder.curves import Curves, LearningCurve
from frontsearch.folder.folder import Folder
from frontsearch.measures import CLASSIFICATION
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.report.figures import panels, plot
from frontsearch.report.figures.chart import Line
from frontsearch.report.figures.learning import MAX_POINTS, QUANTITIES, learning_chart, learning_panel
from frontsearch.report.figures.recipes import MAX_NETWORKS, recipes_chart, recipes_panel
from frontsearch.report.figures.views import METRIC_PLANE, OBJECTIVE_PLANE


def compared(*trials, method="path"):
    return hand_made.compare([hand_made.run(method, *trials)], linear=hand_made.LINEAR, log=hand_made.LOG)


@pytest.fixture
def warm(tmp_path):
    """A comparison whose only front point is the last of a lineage of three, and its output folder."""
    trials = hand_made.warm(1, 2, 3)
    comparison = compared(*trials)
    for one in trials:
        hand_made.keep(Folder(tmp_path), one.key)
    return comparison, tmp_path


@pytest.mark.parametrize(
    ("quantity", "values"),
    [("loss", (2.0, 1.0, 0.5)), ("complexity", (90.0, 60.0, 40.0)), ("nonzeros", (9, 6, 4))],
)
def test_a_learning_curve_starts_with_the_first_training_of_the_lineage(warm, quantity, values):
    comparison, out = warm
    (summary,) = hand_made.chosen(comparison, out).network_summaries.values()
    chart = learning_chart(comparison, summary, quantity)
    nan = pytest.approx(math.nan, nan_ok=True)
    (line,) = chart.lines
    assert line == Line(
        name="path", style=0, mark="line", hover="path, repeat 0, trial 30000000", x=line.x, y=line.y
    )  # fmt: skip
    assert line.x == (0.0, 1.0, 2.0, nan, 2.0, 3.0, 4.0, nan, 4.0, 5.0, 6.0)
    assert line.y == (*values, nan, *values, nan, *values)
    titles = {
        "loss": "mean training cross entropy (nats per example)",
        "complexity": OBJECTIVE_PLANE.size_title(CLASSIFICATION),
    }
    assert chart.y_title == titles.get(quantity, METRIC_PLANE.size_title(CLASSIFICATION))
    assert chart.caption.endswith("The 3 trainings of its lineage in order, its own last.")
    assert len(plot(chart).data) == 1


def test_a_missing_curve_leaves_a_gap(warm):
    comparison, out = warm
    (out / "curves" / f"{hand_made.trial(2, None).key}.json").unlink()
    (summary,) = hand_made.chosen(comparison, out).network_summaries.values()
    chart = learning_chart(comparison, summary, "complexity")
    assert [x for x in chart.lines[0].x if not math.isnan(x)] == [0.0, 1.0, 2.0, 4.0, 5.0, 6.0]
    assert chart.caption.endswith("its own last. No curve was kept for 1 of them.")


def test_a_long_curve_is_thinned_and_keeps_its_ends(tmp_path):
    comparison, moments = compared(hand_made.trial(1, (1.0, 20.0))), tuple(range(5 * MAX_POINTS))
    curve = LearningCurve(epochs=tuple(map(float, moments)), loss=moments, complexity=moments, nonzeros=moments)
    Curves(tmp_path / "curves").save(hand_made.trial(1, None).key, curve)
    (summary,) = hand_made.chosen(comparison, tmp_path).network_summaries.values()
    (line,) = learning_chart(comparison, summary, "complexity").lines
    assert line.x == line.y
    assert (len(line.x), line.x[0], line.x[-1]) == (MAX_POINTS, 0, moments[-1])


def test_thinning_keeps_the_gaps_between_trainings(warm, monkeypatch):
    comparison, out = warm
    monkeypatch.setattr("frontsearch.report.figures.learning.MAX_POINTS", 2)
    (summary,) = hand_made.chosen(comparison, out).network_summaries.values()
    (line,) = learning_chart(comparison, summary, "complexity").lines
    nan = pytest.approx(math.nan, nan_ok=True)
    assert line.x == (0.0, nan, nan, 6.0)


def test_every_network_with_a_curve_is_offered(tmp_path):
    comparison = hand_made.classes()
    knees = list(hand_made.chosen(comparison, tmp_path).network_summaries)
    hand_made.keep(Folder(tmp_path), knees[0])
    panel = learning_panel(comparison, hand_made.chosen(comparison, tmp_path))
    assert [key for key, _ in panel.controls[0].options] == knees[:1]
    assert list(panel.views) == [f"{knees[0]} {quantity}" for quantity in QUANTITIES]
    assert next(iter(panel.views.values())).caption.endswith("A single training.")
    assert "learning" in [one.slug for one in panels(comparison, hand_made.chosen(comparison, tmp_path))]


def test_without_learning_curves_there_is_no_panel(tmp_path):
    choice = hand_made.chosen(hand_made.classes(), tmp_path)
    assert "learning" not in [one.slug for one in panels(hand_made.classes(), choice)]


def of(*recipes):
    """A comparison of one run whose front has these recipes, in this order."""
    return compared(*(hand_made.trial(n, (0.1 * (n + 1), 90.0 - n), recipe=recipe) for n, recipe in enumerate(recipes)))


def test_a_line_crosses_each_axis_at_its_scaled_value():
    template = Recipe(epochs=2.0)
    comparison = of(
        replace(template, descent=WeightedSum(l1_weight=1e-4), learning_rate=0.1, optimiser="sgd"),
        replace(template, descent=WeightedSum(l1_weight=1e-3), learning_rate=0.2, optimiser="adam"),
        replace(template, descent=WeightedSum(l1_weight=1e-2), learning_rate=0.5, optimiser="prox-sgd"),
    )
    chart = recipes_chart(comparison, coordinates(comparison))
    assert chart.ticks == ("l1_weight", "optimiser", "learning_rate")
    (line,) = chart.lines
    nan = math.nan
    assert line.x == pytest.approx((0, 1, 2, nan) * 3, nan_ok=True)
    assert line.y == pytest.approx((0, 1, 0, nan, 0.5, 0, 0.25, nan, 1, 0.5, 1, nan), nan_ok=True)
    assert [text.splitlines()[0][-8:] for text in line.hover[::4]] == ["00000000", "10000000", "20000000"]
    assert len(plot(chart).data) == 1
    assert recipes_panel(comparison).table == (
        ("hyperparameter", "values, bottom to top"),
        ("l1_weight", "0.0001 to 0.01"),
        ("optimiser", "adam, prox-sgd, sgd"),
        ("learning_rate", "0.1 to 0.5"),
    )


def test_a_field_that_a_recipe_lacks_is_a_gap():
    comparison = hand_made.classes()  # one method has an l1_weight, the other an l1_scale
    chart = recipes_chart(comparison, coordinates(comparison))
    weight, scale = chart.ticks.index("l1_weight"), chart.ticks.index("l1_scale")
    (_, path), (_, smgd) = ((line.name, dict(zip(line.x, line.y, strict=True))) for line in chart.lines)
    assert [math.isnan(one[at]) for one in (path, smgd) for at in (weight, scale)] == [False, True, True, False]


def test_a_long_front_is_thinned_evenly():
    comparison = of(*(Recipe(seed=1, learning_rate=0.001 * (n + 1)) for n in range(85)))
    (line,) = recipes_chart(comparison, coordinates(comparison)).lines
    assert len(line.x) // 2 == len(range(0, 85, 3)) <= MAX_NETWORKS
    assert line.y[0] == 0.0


def test_identical_recipes_have_no_panel():
    alike = of(Recipe(seed=1), Recipe(seed=2))
    assert recipes_chart(alike, coordinates(alike)).lines == ()
    assert "recipes" not in [one.slug for one in panels(alike)]
