"""Figures of learning curves."""

import math

import hand_made
import pytest

from frontsearch.folder.curves import Curves, LearningCurve
from frontsearch.folder.folder import Folder
from frontsearch.measures import CLASSIFICATION
from frontsearch.report.figures import panels, plot
from frontsearch.report.figures.chart import Line
from frontsearch.report.figures.learning import MAX_POINTS, QUANTITIES, learning_chart, learning_panel
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
