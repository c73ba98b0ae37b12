"""Every rule against a brute-force search through all trials."""

import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import run_of, trial

from frontsearch.comparison.comparing import compare
from frontsearch.comparison.quality import Box
from frontsearch.measures import CLASSIFICATION, Measures
from frontsearch.selection.default import Default
from frontsearch.selection.limits import LIMIT, limit_tables
from frontsearch.selection.picks import Pick, export_command, front_points, pick
from frontsearch.selection.rules import BestWithinLimit, Knee, Sparsest
from frontsearch.selection.within_error import SmallestWithinError

LINEAR = Box(low=(0.0, 0.0), high=(7.0, 7.0))
LOG = Box(low=(0.5, 0.5), high=(7.0, 7.0), log=True)
RULES = [
    Default(),
    Knee(),
    Knee("weights"),
    BestWithinLimit("l1", 3),
    BestWithinLimit("nonzeros", 3),
    Sparsest.of_points(1.0),
]
small = st.integers(0, 6)
metrics = st.tuples(small, small, small, small)  # cross entropy, l1, nonzeros, wrong answers of a thousand
nets = st.lists(st.lists(metrics | st.none(), max_size=10), min_size=1, max_size=3)


def network(number, found, *, split="validation"):
    """A trial with these metrics on validation data; on test data, better networks are worse."""
    if found is None:
        return trial(number, None)
    loss, l1, nonzeros, wrong = found
    metrics = {
        "l1": float(l1), "nonzeros": nonzeros, "prunable": 10, "sparsity": 1 - nonzeros / 10,
        "validation_cross_entropy": float(loss), "validation_error": wrong / 1000,
        "test_cross_entropy": 7.0 - loss, "test_error": 1 - wrong / 1000,
    }  # fmt: skip
    return replace(trial(number, (loss, l1)), metrics=metrics)


def compared(found):
    """A run for each list."""
    numbered = [[network(100 * n + place, one) for place, one in enumerate(some)] for n, some in enumerate(found)]
    runs = [run_of(trials, method=f"m{n}") for n, trials in enumerate(numbered)]
    return compare(runs, linear=LINEAR, log=LOG)


def trained(comparison):
    return [one for run in comparison.runs for one in run.run.trials if one.objectives]


def picked(rule, comparison):
    found = pick(rule, comparison.runs, measures=CLASSIFICATION, folder=Path("out"))
    return found.point.trial if isinstance(found, Pick) else found


def test_a_limit_keeps_its_digits():
    comparison = compared([[(1, 20_000_000, 20_000_000, 999)]])
    for rule, limit in (
        (BestWithinLimit("nonzeros", 12_345_678), "12345678"),
        (SmallestWithinError(12.345678), "12.345678 %"),
    ):
        assert f"at most {limit}" in rule.description(CLASSIFICATION)
        assert f"at most {limit};" in picked(rule, comparison)


@given(nets, st.integers(0, 7))
def test_the_pick_within_an_l1_limit_is_the_best_of_all_trials_within_it(found, most):
    comparison = compared(found)
    inside = [one.objectives for one in trained(comparison) if one.objectives[1] <= most]
    chosen = picked(BestWithinLimit("l1", most), comparison)
    if inside:
        assert chosen.objectives == min(inside)
    elif not trained(comparison):
        assert chosen == "No training completed, so there is no network to pick."
    else:
        least = min(one.objectives[::-1] for one in trained(comparison))
        assert chosen.startswith(f"No network on the fronts has l1 at most {most}; the smallest is trial ")
        assert f"(validation cross entropy {least[1]:.4f}, l1 {least[0]:g}, " in chosen


def looked_up(table, limit):
    """The key that a table gives for a limit, or its sentence."""
    keys = [key for least, key in zip(table.limits, table.keys, strict=True) if least <= limit]
    return keys[-1] if keys else table.below.replace(LIMIT, f"{limit:.15g}")


@given(nets)
def test_tables_have_the_picks_at_every_limit(found):
    comparison = compared(found)
    tables = limit_tables(front_points(comparison.runs, Path("out")), CLASSIFICATION)
    rules = {of: partial(BestWithinLimit, of) for of in ("l1", "nonzeros")} | {
        "metric": Sparsest.of_points,
        "error": SmallestWithinError,
    }
    assert tables.keys() >= rules.keys()
    for name, rule in rules.items():
        assert list(tables[name].limits) == sorted(set(tables[name].limits))
        for limit in (0, 0.1, 0.2, 0.30000001, 0.5, 0.6, 1, 2, 3.5, 4, 5, 6, 7):
            chosen = picked(rule(limit), comparison)
            assert looked_up(tables[name], limit) == (chosen if isinstance(chosen, str) else chosen.key)


def nonzeros(sentence):
    return sentence.rpartition(", ")[2].split()[0]


@given(nets, st.integers(0, 7))
def test_the_pick_within_a_limit_on_nonzeros_is_the_best_front_point_within_it(found, most):
    comparison = compared(found)
    points = [point.trial for run in comparison.runs for point in (*run.points, *run.metric_front)]
    inside = [(one.objectives[0], one.metrics["nonzeros"]) for one in points if one.metrics["nonzeros"] <= most]
    chosen = picked(BestWithinLimit("nonzeros", most), comparison)
    if inside:
        assert (chosen.objectives[0], chosen.metrics["nonzeros"]) == min(inside)
    elif points:
        assert nonzeros(chosen) == str(min(one.metrics["nonzeros"] for one in points))
    else:
        assert chosen == "No training completed, so there is no network to pick."


@given(nets, st.integers(0, 12))
def test_the_smallest_within_an_error_is_the_sparsest_of_all_trials_within_it(found, tenths):
    comparison = compared(found)
    wrong = [round(1000 * one.metrics["validation_error"]) for one in trained(comparison)]
    chosen = picked(SmallestWithinError(tenths / 10), comparison)
    inside = [
        (one.metrics["nonzeros"], count)
        for one, count in zip(trained(comparison), wrong, strict=True)
        if count <= tenths
    ]
    if inside:
        assert (chosen.metrics["nonzeros"], round(1000 * chosen.metrics["validation_error"])) == min(inside)
    elif wrong:
        assert chosen.endswith(f"with {min(wrong) / 10:.2f} %.")
    else:
        assert chosen == "No training completed, so there is no network to pick."


@given(nets, st.integers(0, 8))
def test_the_sparsest_within_an_error_increase_is_the_sparsest_of_all_trials_within_it(found, tenths):
    comparison = compared(found)
    wrong = [round(1000 * one.metrics["validation_error"]) for one in trained(comparison)]
    chosen = picked(Sparsest.of_points(tenths / 10), comparison)
    if not wrong:
        assert isinstance(chosen, str)
        return
    inside = [
        (one.metrics["nonzeros"], count)
        for one, count in zip(trained(comparison), wrong, strict=True)
        if count <= min(wrong) + tenths
    ]
    assert (chosen.metrics["nonzeros"], round(1000 * chosen.metrics["validation_error"])) == min(inside)


def test_an_error_exactly_at_the_limit_is_not_lost_to_rounding():
    assert 0.7 + 10 / 100 < 0.8
    comparison = compared([[(0, 6, 6, 700), (1, 1, 1, 800), (2, 0, 0, 801)]])
    assert picked(Sparsest.of_points(10.0), comparison).metrics["validation_error"] == 0.8


@given(nets)
def test_the_knees_picked_from_one_run_are_its_knees(found):
    for run in compared(found).runs:
        chord, weights = (
            pick(rule, [run], measures=CLASSIFICATION, folder=Path("out")) for rule in (Knee(), Knee("weights"))
        )
        assert run.knee is None if isinstance(chord, str) else chord.point == run.knee
        assert run.widest_knee is None if isinstance(weights, str) else weights.point == run.widest_knee


@given(nets)
def test_the_knees_of_all_runs_are_those_of_their_union(found):
    comparison = compared(found)
    for rule, knee in (
        (Knee(), comparison.reference_front.knee),
        (Knee("weights"), comparison.reference_front.widest_knee),
    ):
        chosen = picked(rule, comparison)
        assert chosen.objectives == knee.objectives if knee else isinstance(chosen, str)


@pytest.mark.parametrize("rule", RULES)
@given(found=nets, other=st.floats(0, 1))
def test_test_metrics_do_not_change_the_pick(rule, found, other):
    comparison = compared(found)
    runs = [
        replace(run.run, trials=tuple(replace(one, metrics=with_test_metrics(one, other)) for one in run.run.trials))
        for run in comparison.runs
    ]
    again = compare(runs, linear=LINEAR, log=LOG)
    keys = [getattr(picked(rule, one), "key", None) for one in (comparison, again)]
    assert keys[0] == keys[1]


def with_test_metrics(one, other):
    return one.metrics | {name: other for name in one.metrics if name.startswith("test_")}


@pytest.mark.parametrize("rule", RULES)
@given(found=nets)
def test_a_pick_names_its_run_checkpoint_and_export_command(rule, found):
    comparison = compared(found)
    chosen = pick(rule, comparison.runs, measures=CLASSIFICATION, folder=Path("some where"))
    if isinstance(chosen, str):
        assert chosen.endswith(".")
        return
    key = chosen.point.trial.key
    assert chosen.description == rule.description(CLASSIFICATION)
    assert chosen.result in comparison.runs
    assert chosen.point in (*chosen.result.points, *chosen.result.metric_front)
    assert chosen.checkpoint == f"checkpoints/{key}.safetensors"
    assert chosen.export == f"frontsearch export 'some where' {key[:8]}"


def test_without_a_knee_by_weights_the_knee_by_chord_is_named():
    comparison = compared([[(0, 6, 3, 1), (3, 5, 2, 1), (6, 0, 0, 9)]])
    knee = comparison.runs[0].knee.trial
    assert picked(Knee("weights"), comparison) == (
        "There is no knee by weights, because no network between the ends of the front has the lowest weighted sum "
        f"for any l1 weight. The knee by chord is trial {knee.key[:8]} "
        "(validation cross entropy 0.0000, l1 6, 3 nonzeros)."
    )


def test_a_training_shared_by_two_runs_belongs_to_the_first():
    one = network(0, (1, 1, 1, 1))
    runs = compare([run_of([one], method=name) for name in "ab"], linear=LINEAR, log=LOG).runs
    assert pick(Knee(), runs, measures=CLASSIFICATION, folder=Path("out")).result.run.method == "a"
    assert pick(Knee(), runs[::-1], measures=CLASSIFICATION, folder=Path("out")).result.run.method == "b"


def test_limits_pick_by_validation_even_if_the_objective_is_on_the_training_split():
    first, second = network(0, (1, 5, 5, 1)), network(1, (2, 4, 4, 1))
    first = replace(first, metrics=first.metrics | {"validation_cross_entropy": 6.0})  # best on the training split only
    comparison = compare([run_of([first, second])], linear=LINEAR, log=LOG, measures=Measures(objective="train"))
    assert len(comparison.runs[0].points) == 2
    assert picked(BestWithinLimit("l1", 6), comparison) == second


@pytest.mark.parametrize("unknown", [math.nan, math.inf])
def test_an_undefined_loss_is_not_the_lowest(unknown):
    """Where the objective is on the training split, that of the validation split may be undefined."""
    first, second = network(0, (1, 5, 5, 1)), network(1, (2, 4, 4, 1))
    measures = Measures(objective="train", metrics=())
    for lost in ([first, second], [first], [second], []):
        trials = [
            replace(one, metrics=one.metrics | {"validation_cross_entropy": unknown}) if one in lost else one
            for one in (first, second)
        ]
        comparison = compare([run_of(trials)], linear=LINEAR, log=LOG, measures=measures)
        points, rules = front_points(comparison.runs, Path("out")), (BestWithinLimit("l1", 6), Default())
        table = limit_tables(points, measures)["l1"]
        for rule in rules:
            chosen = rule.choose(points, measures)
            if len(lost) == 2:
                assert chosen.startswith("No network has a finite validation cross entropy")
            else:
                assert chosen.trial.key in {one.key for one in (first, second) if one not in lost}
        chosen = rules[0].choose(points, measures)
        assert looked_up(table, 6) == (chosen if isinstance(chosen, str) else chosen.trial.key)


def test_where_no_network_has_the_metric_there_is_no_sparsest_network():
    plain = replace(trial(0, (1, 1)), metrics={"l1": 1.0, "nonzeros": 1, "validation_cross_entropy": 1.0})
    comparison = compare([run_of([plain])], linear=LINEAR, log=LOG)
    assert picked(Sparsest.of_points(1.0), comparison) == (
        "No network has a finite validation error, so none can be picked by it. Pick by another rule, such as the knee."
    )


@given(nets, st.integers(0, 4))
def test_without_a_metric_the_sparsest_is_within_a_gap_of_the_lowest_loss(found, gap):
    measures = Measures.of_names("cross entropy", {}, objective="validation")
    runs = [run.run for run in compared(found).runs]
    comparison = compare(runs, linear=LINEAR, log=LOG, measures=measures)
    chosen = pick(Sparsest(gap), comparison.runs, measures=measures, folder=Path("out"))
    metrics = [one.metrics for one in trained(comparison)]
    if not metrics:
        assert chosen == "No training completed, so there is no network to pick."
        return
    lowest = min(one["validation_cross_entropy"] for one in metrics)
    inside = [one["nonzeros"] for one in metrics if one["validation_cross_entropy"] <= lowest + gap]
    assert chosen.trial.metrics["nonzeros"] == min(inside)
    assert chosen.description.endswith(
        f"a validation cross entropy at most {gap} nats per example above the lowest, as the task has no metric beside "
        "its loss."
    )


@pytest.mark.parametrize("value", [-1.0, math.inf, math.nan])
@pytest.mark.parametrize(
    "rule",
    [
        lambda value: BestWithinLimit("l1", value),
        lambda value: BestWithinLimit("nonzeros", value),
        Sparsest.of_points,
        Sparsest,
    ],
)
def test_limits_are_finite_and_not_negative(rule, value):
    with pytest.raises(ValueError, match="finite and not negative"):
        rule(value)


def test_there_are_two_knees():
    with pytest.raises(ValueError, match="chord or weights"):
        Knee("elbow")


def test_the_command_to_export_is_quoted():
    assert export_command(Path("runs/my study"), "0123456789") == "frontsearch export 'runs/my study' 01234567"
    assert export_command(Path("x;y"), "01") == "frontsearch export 'x;y' 01"
