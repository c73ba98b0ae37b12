"""What one more point of error saves, against a search through all networks."""

from dataclasses import replace

import pytest
from hand_made import GROUPED
from hypothesis import given
from strategies import run_of
from test_picks import LINEAR, LOG, compared, nets, network

from frontsearch.comparison.comparing import compare
from frontsearch.measures import CLASSIFICATION, Measures
from frontsearch.selection.savings import saving_title, savings


def thousandths(point):
    return round(1000 * point.trial.metrics["validation_error"])


@given(nets)
def test_no_network_within_one_more_point_is_smaller(found):
    points = [point for run in compared(found).runs for point in run.networks]
    known = savings(points, CLASSIFICATION)
    assert known.keys() == {point.trial.key for point in points}
    for point in points:
        within = [other for other in points if thousandths(other) <= thousandths(point) + 10 and not other.dead]
        sizes = [other.trial.metrics["nonzeros"] for other in within]
        smaller = known[point.trial.key].smaller
        if smaller is None:
            assert min(sizes, default=7) >= point.trial.metrics["nonzeros"]
        else:
            assert smaller in within
            assert smaller.trial.metrics["nonzeros"] == min(sizes) < point.trial.metrics["nonzeros"]


def points_of(*found, measures=CLASSIFICATION):
    run = run_of([network(number, one) for number, one in enumerate(found)])
    return compare([run], linear=LINEAR, log=LOG, measures=measures).runs[0].networks


def test_the_text_says_what_is_saved_and_by_which_network():
    first, second, third = points_of((1, 5, 5, 10), (2, 3, 3, 20), (3, 1, 1, 31))
    known = savings([first, second, third], CLASSIFICATION)
    assert known[first.trial.key].text(CLASSIFICATION) == (
        f"2 of 5 nonzeros by trial {second.trial.key[:8]} (validation error 2.00 %)"
    )
    assert known[second.trial.key].text(CLASSIFICATION) == "nothing: no smaller network is within it"
    assert saving_title(CLASSIFICATION.criterion) == "One more percentage point of error"


def test_a_dead_network_saves_nothing():
    alive, dead = points_of((1, 5, 5, 10), (2, 3, 0, 12))
    known = savings([alive, replace(dead, dead=True)], CLASSIFICATION)
    assert known[alive.trial.key].smaller is None


@pytest.mark.parametrize(
    ("metrics", "title"),
    [({"r2": "maximise"}, "0.01 less r2"), ({"mae": "minimise"}, "0.01 more mae"), ({}, "0.01 more cross entropy")],
)
def test_the_title_of_other_metrics(metrics, title):
    assert saving_title(Measures.of_names("cross entropy", metrics, objective="validation").criterion) == title


def test_with_group_l1_multiply_adds_are_saved_and_networks_without_them_are_left_out():
    made = points_of((1, 5, 5, 10), (2, 3, 6, 12), (3, 1, 1, 13))
    adds = [100, 40, None]
    points = [with_adds(point, add) for point, add in zip(made, adds, strict=True)]
    known = savings(points, GROUPED)
    assert known.keys() == {point.trial.key for point in points[:2]}
    assert known[points[0].trial.key].text(GROUPED).startswith("60 of 100 multiply-adds by trial ")


def with_adds(point, multiply_adds):
    more = {} if multiply_adds is None else {"multiply_adds": multiply_adds}
    return replace(point, trial=replace(point.trial, metrics={**point.trial.metrics, **more}))
