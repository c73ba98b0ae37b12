"""Measures by name: front, rules and files honour the direction of the first metric, against brute force."""

import math
from pathlib import Path

import hand_made
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from frontsearch import Metric, Task
from frontsearch.comparison import compare
from frontsearch.measures import CLASSIFICATION, ERROR_RATE, LOSS, Measures
from frontsearch.report.figures.fronts import fronts_panel
from frontsearch.report.figures.optimism import optimism_chart
from frontsearch.selection import Default, Pick, Sparsest, pick
from frontsearch.trial import Outcome

REGRESSION = Measures.of_names("mean squared error", {"r2": "maximise", "worst": "minimise"}, objective="validation")
NETWORKS = st.lists(
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(-40, 40), st.integers(0, 9)), min_size=1, max_size=12
)


def compared(found, measures=REGRESSION):
    """A comparison of one run with these losses, l1, metrics in two hundredths and nonzeros."""
    trials = []
    for number, (loss, l1, metric, nonzeros) in enumerate(found):
        made = hand_made.trial(number, (float(loss), float(l1)))
        names = {one.on(split): metric / 50 for one in measures.metrics for split in ("validation", "test")}
        losses = {measures.loss.on(split): float(loss) for split in ("validation", "test")}
        trials.append(hand_made.replace(made, metrics={"l1": l1, "nonzeros": nonzeros, "prunable": 9} | names | losses))
    return compare(
        [hand_made.run("path", *trials)], linear=hand_made.LINEAR, log=hand_made.LOG, measures=measures
    )  # fmt: skip


def values(points):
    return [(point.trial.metrics["validation_r2"], point.trial.metrics["nonzeros"]) for point in points]


@given(NETWORKS)
def test_the_second_front_is_of_a_metric_that_falls_from_the_highest(found):
    (result,) = compared(found).runs
    every = {(metric / 50, nonzeros) for *_, metric, nonzeros in found}
    beaten = {
        (r2, size)
        for r2, size in every
        if any((other > r2 and less <= size) or (other >= r2 and less < size) for other, less in every)
    }
    assert values(result.metric_front) == sorted(every - beaten, reverse=True)


@given(NETWORKS, st.integers(0, 40))
def test_a_point_of_a_metric_is_a_hundredth_below_the_highest(found, points):
    comparison = compared(found)
    picked = pick(Sparsest.of_points(points), comparison.runs, measures=REGRESSION, folder=Path("out"))
    (result,) = comparison.runs
    offered = values((*result.points, *result.metric_front))
    best = max(r2 for r2, _ in offered)
    allowed = [(size, -r2) for r2, size in offered if r2 >= best - points / 100 - 1e-9]
    assert (picked.trial.metrics["nonzeros"], -picked.trial.metrics["validation_r2"]) == min(allowed)


@given(NETWORKS)
def test_the_default_is_the_sparsest_within_half_a_point(found):
    comparison = compared([(*rest, nonzeros + 1) for *rest, nonzeros in found])
    default, sparsest = (
        pick(rule, comparison.runs, measures=REGRESSION, folder=Path("out"))
        for rule in (Default(), Sparsest.of_points(0.5))
    )
    assert isinstance(default, Pick)
    assert default.point == sparsest.point


def test_an_error_of_another_direction_is_no_share():
    upside_down = Measures.of_names("cross entropy", {"error": "maximise"}, objective="validation")
    assert upside_down.metric.unit == ""
    assert Measures.of_names("cross entropy", {"error": "minimise"}, objective="validation") == CLASSIFICATION


def test_only_entropies_are_in_nats_and_names_become_columns():
    made = {
        loss: Measures.of_names(loss, {}, objective="train").loss
        for loss in ("cross entropy", "binary cross entropy", "negative log-likelihood", "huber loss")
    }
    assert [loss.unit for loss in made.values()] == ["nats per example"] * 3 + [""]
    assert [loss.key for loss in made.values()] == [
        "cross_entropy", "binary_cross_entropy", "negative_log_likelihood", "huber_loss",
    ]  # fmt: skip
    assert made["cross entropy"] == LOSS


def test_the_columns_of_fronts_are_a_contract_and_have_every_metric():
    contract = (
        "method,repeat,key,cross_entropy,l1,nonzeros,sparsity,validation_error,test_cross_entropy,test_error,"
        "epochs_spent,seconds_spent,certificate,units,multiply_adds"
    )
    assert ",".join(CLASSIFICATION.front_columns) == contract
    without_error = Measures.of_names("cross entropy", {}, objective="validation")
    assert ",".join(without_error.front_columns) == contract
    assert ",".join(REGRESSION.front_columns) == (
        "method,repeat,key,mean_squared_error,l1,nonzeros,sparsity,validation_r2,validation_worst,"
        "test_mean_squared_error,test_r2,test_worst,epochs_spent,seconds_spent,certificate,units,multiply_adds"
    )


def test_descriptions_name_the_metric_and_its_best_value():
    assert (
        Sparsest.of_points(0.5)
        .description(CLASSIFICATION)
        .endswith("with a validation error at most 0.5 percentage points above the lowest.")
    )
    assert (
        Sparsest.of_points(0.5)
        .description(REGRESSION)
        .endswith("with a validation r2 at most 0.005 below the highest.")
    )


def test_a_metric_that_is_not_finite_is_on_no_front_and_picks_nothing():
    comparison = compared([(1, 2, 3, 4)])
    (point,) = comparison.runs[0].points
    unknown = {**point.trial.metrics, "validation_r2": math.nan}
    trial = hand_made.replace(point.trial, metrics=unknown)
    again = compare(
        [hand_made.run("path", trial)], linear=hand_made.LINEAR, log=hand_made.LOG, measures=REGRESSION
    )  # fmt: skip
    assert again.runs[0].metric_front == ()
    assert isinstance(pick(Default(), again.runs, measures=REGRESSION, folder=Path("out")), Pick)  # by its loss


def test_a_metric_that_is_maximised_is_drawn_with_the_best_on_the_right():
    comparison = compared([(1, 2, 30, 4), (2, 1, -10, 2)])
    chart = fronts_panel(comparison).views["metrics chosen"]
    assert chart.x_title == "validation r2"
    assert chart.caption.startswith("Lower right is better.")
    assert chart.lines[0].x == (0.6, -0.2)
    assert chart.log_axes == "y"
    low, high = (corner[0] for corner in (chart.limits["log"].low, chart.limits["log"].high))
    assert low < -0.2 < 0.6 < high


def test_the_gap_of_a_metric_that_is_maximised_is_above_zero_where_test_is_worse():
    comparison = compared([(1, 2, 30, 4)])
    (point,) = comparison.runs[0].points
    trial = hand_made.replace(point.trial, metrics={**point.trial.metrics, "test_r2": 0.35})
    again = compare(
        [hand_made.run("path", trial)], linear=hand_made.LINEAR, log=hand_made.LOG, measures=REGRESSION
    )  # fmt: skip
    chart = optimism_chart(again, REGRESSION.metric)
    assert chart.lines[0].y == pytest.approx((0.25,))
    assert chart.y_title == "validation minus test r2"


def test_a_task_says_what_it_measures_and_no_metric_has_the_name_of_the_loss():
    def mean_squared_error(outputs, targets):
        return float((outputs - targets).square().mean())

    def task(**metrics):
        inputs = torch.arange(40.0)[:, None]
        return Task(
            name="line", splits={"train": (inputs, inputs)}, build=lambda: torch.nn.Linear(1, 1),
            loss=torch.nn.MSELoss(), metrics=metrics,
        )  # fmt: skip

    made = task(r2=Metric(function=mean_squared_error, maximise=True), worst=mean_squared_error)
    assert made.measures == REGRESSION
    with pytest.raises(ValueError, match="named otherwise than the loss, mean squared error"):
        task(mean_squared_error=mean_squared_error)


def test_an_error_stands_for_itself():
    metrics = {"validation_error": 0.25}
    assert ERROR_RATE.cost(metrics) == 0.25
    assert ERROR_RATE.text(0.25) == "25.00 %"
    assert ERROR_RATE.known(metrics)
    assert not ERROR_RATE.known(Outcome(key="a", objectives=None, metrics={}).metrics)
