"""What a search may aim at, and which networks meet it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.measures import ERROR_RATE, Measure
from frontsearch.target import Target


@given(st.floats(0.001, 0.999), st.integers(1, 10**6))
def test_a_sparsity_allows_the_most_nonzeros_that_still_have_it(sparsity, prunable):
    allowed = Target(metric="sparsity", value=sparsity).nonzeros(prunable)
    assert 1 - allowed / prunable >= sparsity - 2e-6
    assert 1 - (allowed + 1) / prunable < sparsity


def test_a_sparsity_of_98_percent_of_ten_thousand_allows_200_whatever_the_rounding():
    assert Target(metric="sparsity", value=0.98).nonzeros(10_000) == 200


@pytest.mark.parametrize(
    ("target", "nonzeros", "error", "met"),
    [
        (Target(metric="sparsity", value=0.9), 10, 0.9, True),
        (Target(metric="sparsity", value=0.9), 11, 0.0, False),
        (Target(metric="nonzeros", value=10), 10, 0.9, True),
        (Target(metric="nonzeros", value=10), 11, 0.0, False),
        (Target(metric="error_increase", value=0.5), 100, 0.02 + 0.005, True),
        (Target(metric="error_increase", value=0.5), 1, 0.0251, False),
    ],
)
def test_a_bound_is_met_up_to_and_including_its_value(target, nonzeros, error, met):
    metrics = {"nonzeros": nonzeros, "prunable": 100, "validation_error": error}
    assert target.is_met(metrics, measure=ERROR_RATE, best=0.02) == met


R2 = Measure(key="r2", label="r2", maximise=True)


@pytest.mark.parametrize(("r2", "met"), [(0.9, True), (0.88, True), (0.8799, False), (float("nan"), False)])
def test_a_gap_is_in_the_unit_and_the_direction_of_the_metric(r2, met):
    target = Target(metric="metric_gap", value=0.02)
    assert target.is_met({"validation_r2": r2, "nonzeros": 3}, measure=R2, best=-0.9) == met
    assert not target.is_met({"nonzeros": 3}, measure=R2, best=-0.9)
    assert (target.limits_size, target.gap, str(target)) == (False, 0.02, "a metric gap of 0.02")


def test_an_error_increase_is_a_gap_in_percentage_points():
    assert Target(metric="error_increase", value=0.5).gap == 0.5 / 100


def test_a_target_survives_a_round_trip_through_its_mapping():
    for target in (Target(metric="nonzeros", value=3000), Target(metric="error_increase", value=0.5)):
        assert Target.of(target.as_mapping()) == target


OWN_UNIT = "finite and above 0, in the unit of the task's first metric, such as 0.02"
NO_MAPPING = (
    "`target` must be exactly one of sparsity, nonzeros, error_increase, metric_gap, such as sparsity = 0.98; found "
)
NO_METRIC = (
    "`target` must be one of sparsity, nonzeros, error_increase, metric_gap (did you mean 'sparsity'?); "
    "found 'sparsty'."
)


@pytest.mark.parametrize(
    ("given_target", "sentence"),
    [
        ({"sparsity": 98}, "`sparsity` must be a share of zeros in (0, 1), such as 0.98 for 98 %; found 98."),
        ({"sparsity": True}, "`sparsity` must be a share of zeros in (0, 1), such as 0.98 for 98 %; found True."),
        ({"nonzeros": 0.5}, "`nonzeros` must be a whole number of weights, at least 1; found 0.5."),
        ({"nonzeros": "many"}, "`nonzeros` must be a whole number of weights, at least 1; found 'many'."),
        ({"nonzeros": float("inf")}, "`nonzeros` must be a whole number of weights, at least 1; found inf."),
        ({"error_increase": 0}, "`error_increase` must be percentage points in (0, 100), such as 0.5; found 0."),
        ({"metric_gap": 0.0}, f"`metric_gap` must be {OWN_UNIT}; found 0.0."),
        ({"metric_gap": "0.5"}, f"`metric_gap` must be {OWN_UNIT}; found '0.5'."),
        ({"sparsty": 0.9}, NO_METRIC),
        ({}, f"{NO_MAPPING}{{}}."),
        (0.98, f"{NO_MAPPING}0.98."),
    ],
)  # fmt: skip
def test_what_is_no_target_is_refused_with_one_sentence(given_target, sentence):
    with pytest.raises(ValueError, match="must be") as caught:
        Target.of(given_target)
    assert str(caught.value) == sentence
