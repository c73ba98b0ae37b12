"""``compare`` on runs written by hand."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import outcomes, run_of, trial, trials_of

from frontsearch.comparison.comparing import compare
from frontsearch.comparison.quality import Box
from frontsearch.front import Front
from frontsearch.measures import ERROR_RATE, LOSS, Measures
from frontsearch.names import INDICATORS

LINEAR = Box(low=(0.0, 0.0), high=(7.0, 7.0))
LOG = Box(low=(0.5, 0.5), high=(7.0, 7.0), log=True)

many_outcomes = st.lists(outcomes, min_size=1, max_size=4)


def runs_of(found):
    """One run of one method for each list of outcomes, every trial with its own number."""
    numbered = [[(100 * n + place, one) for place, one in enumerate(outcome)] for n, outcome in enumerate(found)]
    return [run_of([trial(*pair) for pair in pairs], method=f"m{n}") for n, pairs in enumerate(numbered)]


def test_points_know_the_epochs_and_seconds_spent_when_they_were_trained():
    trials = [
        trial(0, (4, 4), epochs=1.0, seconds=10.0),
        trial(1, None, epochs=0.5, seconds=5.0),
        trial(2, (5, 5), epochs=2.0, seconds=20.0),
        trial(3, (1, 6), epochs=4.0, seconds=40.0),
        trial(4, (4, 4), epochs=8.0, seconds=80.0),
    ]
    (result,) = compare([run_of(trials)], linear=LINEAR, log=LOG).runs
    assert [(p.loss, p.complexity, p.epochs_spent, p.seconds_spent) for p in result.points] == [
        (1, 6, 7.5, 75.0),
        (4, 4, 1.0, 10.0),
    ]
    assert [point.trial for point in result.points] == [trials[3], trials[0]]
    assert (result.epochs, result.seconds, result.diverged) == (15.5, 155.0, 1)
    assert result.curve.epochs.tolist() == [1.0, 1.5, 3.5, 7.5, 15.5]
    assert result.curve.seconds.tolist() == [10.0, 15.0, 35.0, 75.0, 155.0]
    assert result.curve.hypervolume * 49 == pytest.approx([9, 9, 9, 12, 12])


def test_a_repeated_trial_is_charged_twice_but_is_one_point():
    trials = [trial(0, (6, 6)), trial(1, (1, 1)), trial(1, (1, 1))]
    (result,) = compare([run_of(trials)], linear=LINEAR, log=LOG).runs
    assert result.epochs == 3.0
    assert [point.epochs_spent for point in result.points] == [2.0]


@given(outcomes)
def test_the_curve_ends_at_the_results_of_the_run(found):
    (result,) = compare([run_of(trials_of(found))], linear=LINEAR, log=LOG).runs
    curve = result.curve
    ends = [float(one[-1]) for one in (curve.epochs, curve.seconds, curve.hypervolume, curve.hypervolume_log) if found]
    names = ("hypervolume", "hypervolume_log")
    expected = [result.epochs, result.seconds, *(result.indicators[name] for name in names)]
    assert ends == (pytest.approx(expected, abs=1e-12) if found else [])


@given(many_outcomes, st.randoms(use_true_random=False))
def test_results_do_not_depend_on_the_order_of_the_runs(found, random):
    runs = runs_of(found)
    shuffled = random.sample(runs, len(runs))
    results = {one.run.method: one for one in compare(runs, linear=LINEAR, log=LOG).runs}
    for one in compare(shuffled, linear=LINEAR, log=LOG).runs:
        known = results[one.run.method]
        assert replace(one, curve=known.curve) == known
        assert one.curve.hypervolume.tolist() == known.curve.hypervolume.tolist()


@given(many_outcomes, st.tuples(st.sampled_from([1e-3, 0.7, 33.0]), st.sampled_from([1e-2, 5.0, 1e4])))
def test_indicators_do_not_depend_on_units(found, factor):
    def scaled(pair):
        return (factor[0] * pair[0], factor[1] * pair[1])

    def box(one):
        return replace(one, low=scaled(one.low), high=scaled(one.high))

    before = compare(runs_of(found), linear=LINEAR, log=LOG)
    moved = runs_of([[one and scaled(one) for one in outcome] for outcome in found])
    after = compare(moved, linear=box(LINEAR), log=box(LOG))
    for one, other in zip(before.runs, after.runs, strict=True):
        assert one.indicators == pytest.approx(other.indicators, rel=1e-9, abs=1e-9)
        assert one.curve.hypervolume == pytest.approx(other.curve.hypervolume, abs=1e-9)


def test_indicators_of_known_runs():
    best = run_of([trial(0, (0, 3.5)), trial(1, (3.5, 0))], method="best")
    worse = run_of([trial(2, (0, 7)), trial(3, (3.5, 3.5))], method="worse")
    comparison = compare([best, worse], linear=LINEAR, log=LOG)
    assert [point.objectives for point in comparison.reference_front.trials] == [(0, 3.5), (3.5, 0)]
    # In units of the box: (0, .5), (.5, 0) against (0, 1), (.5, .5).
    assert comparison.runs[0].indicators["hypervolume"] == pytest.approx(3 / 4)
    assert comparison.runs[0].indicators["igd_plus"] == 0
    assert comparison.runs[0].indicators["epsilon_additive"] == 0
    assert comparison.runs[1].indicators["hypervolume"] == pytest.approx(1 / 4)
    assert comparison.runs[1].indicators["igd_plus"] == pytest.approx(1 / 2)
    assert comparison.runs[1].indicators["epsilon_additive"] == pytest.approx(1 / 2)
    # From 0.5 to 7 on log axes 3.5 is one doubling below the end, and zero lies on the low side.
    share = math.log(2) / math.log(14)
    assert comparison.runs[0].indicators["hypervolume_log"] == pytest.approx(2 * share - share**2)
    assert comparison.runs[1].indicators["hypervolume_log"] == pytest.approx(share**2)


def repeats(*corners, method="random"):
    return [run_of([trial(n, (corner, corner))], method=method, repeat=n) for n, corner in enumerate(corners)]


def test_the_typical_repeat_is_the_one_of_median_hypervolume():
    comparison = compare(repeats(1, 5, 3, method="a") + repeats(6, 2, 4, 1, method="b"), linear=LINEAR, log=LOG)
    assert comparison.methods == ("a", "b")
    assert [one.run.repeat for one in comparison.of_method("b")] == [0, 1, 2, 3]
    assert comparison.median_run("a").run.repeat == 2
    assert comparison.median_run("b").run.repeat == 2  # corners 1, 2, 4, 6: of the middle two, the lower hypervolume
    assert comparison.median("a", "hypervolume") == pytest.approx(16 / 49)
    assert comparison.median("b", "hypervolume") == pytest.approx((25 + 9) / 2 / 49)


def test_the_knees_are_points_of_the_run():
    trials = trials_of([(6, 0), (0, 6), (1, 1), (0.125, 3)])
    (result,) = compare([run_of(trials)], linear=LINEAR, log=LOG).runs
    # Slopes 24, 16 / 7 and 1 / 5: ranges of 10.5 to 1 and of 11.4 to 1.
    assert result.knee == result.widest_knee
    assert result.knee.trial.objectives == (1, 1)
    assert result.knee.epochs_spent == 3.0
    (result,) = compare([run_of([*trials, trial(9, (3, 0.0625))])], linear=LINEAR, log=LOG).runs
    # The last slopes are 15 / 32 and 1 / 48 now: the last point is best over a range of 22.5 to 1.
    assert result.knee.trial.objectives == (1, 1)
    assert result.widest_knee.trial.objectives == (3, 0.0625)
    assert result.widest_knee.epochs_spent == 5.0


def test_a_front_of_two_has_no_widest_knee():
    (result,) = compare([run_of(trials_of([(6, 0), (0, 6)]))], linear=LINEAR, log=LOG).runs
    assert result.knee is not None
    assert result.widest_knee is None


@pytest.mark.parametrize("trials", [[], [trial(0, None), trial(1, None)]], ids=["empty", "all diverged"])
@pytest.mark.parametrize("beside", [[], [trial(7, (1, 1))]], ids=["alone", "beside another"])
def test_a_run_without_points_has_the_worst_indicators(trials, beside):
    runs = [run_of(trials, method="none"), *([run_of(beside, method="some")] if beside else [])]
    comparison = compare(runs, linear=LINEAR, log=LOG)
    result = comparison.median_run("none")
    assert result.points == ()
    assert result.knee is None
    assert result.widest_knee is None
    assert result.diverged == len(trials)
    assert result.epochs == len(trials)
    assert result.curve.hypervolume.tolist() == [0.0] * len(trials)
    worst = {"hypervolume": 0.0, "hypervolume_log": 0.0, "igd_plus": math.inf, "epsilon_additive": math.inf}
    assert {name: result.indicators[name] for name in INDICATORS} == worst
    assert all(comparison.median("none", name) == result.indicators[name] for name in INDICATORS)


def test_no_runs():
    comparison = compare([], linear=LINEAR, log=LOG)
    assert comparison.methods == ()
    assert comparison.reference_front.trials == ()


@given(many_outcomes)
def test_the_reference_front_is_the_union_of_all_trials(found):
    runs = runs_of(found)
    expected = Front.of_trials(trial for run in runs for trial in run.trials)
    assert compare(runs, linear=LINEAR, log=LOG).reference_front == expected


def test_extremes_of_the_repeats():
    comparison = compare(repeats(1, 5, 3), linear=LINEAR, log=LOG)
    assert comparison.extremes("random", "hypervolume") == pytest.approx((4 / 49, 36 / 49))


def test_epochs_to_a_share_of_the_union_by_repeat():
    slow = run_of(trials_of([(6, 6), (4, 4), (0, 0)]), method="a", repeat=0)
    fast = run_of(trials_of([None, (0, 0)]), method="a", repeat=1)
    never = run_of(trials_of([(4, 4), None]), method="b")
    comparison = compare([slow, fast, never], linear=LINEAR, log=LOG)
    assert comparison.reference_hypervolume == 1
    assert comparison.epochs_to_share("a", 0.99) == (3, 2)
    assert comparison.epochs_to_share("b", 0.99) == (None,)
    assert comparison.epochs_to_share("b", 9 / 50) == (1,)
    assert compare([run_of([], method="c")], linear=LINEAR, log=LOG).epochs_to_share("c", 0.9) == (None,)


def test_bands_are_of_the_method_asked_for():
    comparison = compare(repeats(1, 5, method="a") + repeats(6, 2, 4, method="b"), linear=LINEAR, log=LOG)
    found = comparison.band("b", spent="seconds", indicator="hypervolume")
    assert found.at.tolist() == [2]
    assert [float(one[0] * 49) for one in (found.low, found.median, found.high)] == pytest.approx([1, 9, 25])


def test_surfaces_and_differences_count_repeats_without_points():
    runs = [*repeats(1, 3, method="a"), run_of(trials_of([None]), method="a", repeat=2), *repeats(2, method="b")]
    comparison = compare(runs, linear=LINEAR, log=LOG)
    found = {surface.level: surface.points.tolist() for surface in comparison.surfaces("a")}
    assert found == {"best": [[1, 1]], "25 %": [[1, 1]], "50 %": [[3, 3]], "75 %": [], "worst": []}
    difference = comparison.difference("a", "b")
    assert set(difference.share.round(9)) == {round(1 / 3, 9), round(-2 / 3, 9), round(-1 / 3, 9)}
    assert difference.rectangles.max() == 7


def test_pairs_are_of_the_linear_hypervolume():
    comparison = compare(repeats(1, 3, method="a") + repeats(2, 4, method="b"), linear=LINEAR, log=LOG)
    (pair,) = comparison.pairs
    assert (pair.first, pair.second, pair.wins, pair.repeats, pair.effect) == ("a", "b", 2, 2, 0.75)


@pytest.mark.parametrize("split", ["validation", "train"])
def test_optimism_is_test_minus_the_split_that_selected_the_points(split):
    metrics = {"nonzeros": 5, "test_cross_entropy": 1.5, f"{split}_error": 0.25, "test_error": 0.375}
    trials = [replace(trial(0, (1, 6)), metrics=metrics), replace(trial(1, (2, 3)), metrics={})]
    comparison = compare(
        [run_of(trials), run_of([], method="none")], linear=LINEAR, log=LOG, measures=Measures(objective=split)
    )
    found = comparison.optimism(comparison.runs[0])
    assert found[LOSS].tolist() == pytest.approx([0.5, math.nan], nan_ok=True)
    assert found[ERROR_RATE].tolist() == pytest.approx([0.125, math.nan], nan_ok=True)
    nothing = comparison.optimism(comparison.runs[1])
    assert [len(gaps) for gaps in nothing.values()] == [0, 0]
