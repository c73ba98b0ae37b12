"""The smallest network within an error, where the error is not the first metric of the task."""

import math
from dataclasses import replace
from pathlib import Path

import hand_made
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.comparison import compare
from frontsearch.measures import Measures
from frontsearch.report.offered_rules import offered_rules
from frontsearch.selection.limits import limit_tables
from frontsearch.selection.picks import Pick, front_points, pick
from frontsearch.selection.within_error import SmallestWithinError

SECOND = Measures.of_names("cross entropy", {"f1": "maximise", "error": "minimise"}, objective="validation")
NETWORKS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 9) | st.none(), st.integers(0, 9)), max_size=12
)


def compared(found, measures=SECOND):
    """A comparison of one run with these losses, nonzeros, tenths of F1 (None is undefined) and percent of error."""
    trials = []
    for number, (loss, nonzeros, f1, wrong) in enumerate(found):
        made = hand_made.trial(number, (float(loss), float(nonzeros)), error=wrong / 50)
        of_f1 = dict.fromkeys(("validation_f1", "test_f1"), math.nan if f1 is None else f1 / 10)
        trials.append(replace(made, metrics=made.metrics | of_f1 | {"nonzeros": nonzeros}))
    return compare(
        [hand_made.run("path", *trials)], linear=hand_made.LINEAR, log=hand_made.LOG, measures=measures
    )  # fmt: skip


def figures(point):
    """What counts: the fewest nonzeros, then the lowest error, then the loss, then the key."""
    metrics = point.trial.metrics
    return metrics["nonzeros"], metrics["validation_error"], metrics["validation_cross_entropy"], point.trial.key


@given(NETWORKS, st.integers(0, 9))
def test_the_pick_and_the_page_take_the_smallest_within_the_error(found, most):
    comparison = compared(found)
    points = front_points(comparison.runs, Path("out"))
    table = limit_tables(points, SECOND)["error"]
    chosen = pick(SmallestWithinError(most), comparison.runs, measures=SECOND, folder=Path("out"))
    inside = [figures(point) for point in points if point.trial.metrics["validation_error"] <= most / 100 + 1e-9]
    on_page = [key for limit, key in zip(table.limits, table.keys, strict=True) if limit <= most]
    if inside:
        assert isinstance(chosen, Pick)
        assert chosen.trial.key == on_page[-1] == min(inside)[-1]
    else:
        assert on_page == []
        assert chosen == table.below.replace("\0", str(most))


def test_the_page_offers_the_rule_and_names_the_lowest_error_beside_it_alone(tmp_path):
    comparison = compared([(1, 5, 7, 4), (2, 3, 6, 9)])
    rules = {rule.name: rule.limit for rule in offered_rules(comparison, hand_made.chosen(comparison, tmp_path))}
    assert rules["error"] == "percent; the lowest of all is 4.00 %"
    assert rules["metric"] == "hundredths"


@pytest.mark.parametrize("names", [{"f1": "maximise"}, {"f1": "maximise", "error": "maximise"}, {}])
def test_a_task_without_an_error_says_what_it_is_measured_by(names):
    measures = Measures.of_names("cross entropy", names, objective="validation")
    comparison = compared([(1, 5, 7, 4)], measures)
    told = pick(SmallestWithinError(5), comparison.runs, measures=measures, folder=Path("out"))
    label = "f1" if names else "cross entropy"
    assert told == f"The task has no error; it is measured by {label}. Pick by another rule, such as the knee."
    assert "error" not in limit_tables(front_points(comparison.runs, Path("out")), measures)
