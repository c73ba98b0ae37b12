"""Data for the network picker, compared with frontsearch.selection."""

from dataclasses import replace

import hand_made
import pytest

from frontsearch.errors import UserError
from frontsearch.folder.benchmarks import Benchmarks, Timing
from frontsearch.folder.folder import Folder
from frontsearch.measures import CLASSIFICATION
from frontsearch.report.offered_rules import offered_rules
from frontsearch.report.picker import Network, networks, picker_data
from frontsearch.report.recommended import recommended
from frontsearch.selection.asking import representative_networks
from frontsearch.selection.choosing import rules_without_limit
from frontsearch.selection.default import Default
from frontsearch.selection.picks import Pick, pick
from frontsearch.selection.rules import NO_NETWORK

COMPARISONS = [hand_made.classes, hand_made.scattered, hand_made.nothing]


def test_a_network_has_its_metrics_and_positions():
    first, *_ = networks(hand_made.classes())
    assert first == Network(
        style=0, repeat=0, key=hand_made.trial(3, None).key, loss=0.5, l1=50.0, nonzeros=500, units=None,
        multiply_adds=None, cost=0.125,
        positions=((0.5, 50.0), (1.0, 50.0), (12.5, 500.0), (25.0, 500.0)),
        description=first.description,
    )  # fmt: skip
    assert first.description.splitlines()[0] == "path, repeat 0, trial 30000000"


@pytest.mark.parametrize("made", COMPARISONS)
def test_networks_are_the_points_of_both_fronts_once_per_run(made):
    comparison = made()
    of = [
        (figures.run, point.trial.key)
        for figures in comparison.runs
        for point in (*figures.points, *figures.metric_front)
    ]
    found = [(comparison.methods[one.style], one.repeat, one.key) for one in networks(comparison)]
    assert sorted(found) == sorted({(run.method, run.repeat, key) for run, key in of})


@pytest.mark.parametrize("made", COMPARISONS)
def test_rules_without_a_limit_agree_with_pick_or_give_its_sentence(made, tmp_path):
    comparison = made()
    found = networks(comparison)
    told = picker_data(comparison, hand_made.chosen(comparison, tmp_path), found)["picks"]
    runs = {"": comparison.runs}
    runs |= {str(style): comparison.of_method(name) for style, name in enumerate(comparison.methods)}
    assert told.keys() == runs.keys()
    for style, by in ((style, by) for style in runs for by in rules_without_limit()):
        expected = pick(rules_without_limit()[by], runs[style], measures=CLASSIFICATION, folder=tmp_path)
        if isinstance(expected, Pick):
            one, run = found[told[style][by]], expected.result.run
            place = (comparison.methods.index(run.method), run.repeat, expected.point.trial.key)
            assert (one.style, one.repeat, one.key) == place
        else:
            assert told[style][by] == expected


def test_the_commands_agree_with_pick(tmp_path):
    comparison = hand_made.classes()
    out = tmp_path / "it's here"
    out.mkdir()
    told = picker_data(comparison, hand_made.chosen(comparison, out), networks(comparison))
    expected = pick(Default(), comparison.runs, measures=CLASSIFICATION, folder=out)
    assert told["command"][0] + expected.point.trial.key[:8] + told["command"][1] == expected.export
    assert told["run"] == "'" + str(out).replace("'", "'\"'\"'") + "'"
    stored = replace(hand_made.chosen(comparison, out), storage_option=" --storage sqlite:///study.db")
    assert picker_data(comparison, stored, networks(comparison))["run"] == f"{told['run']} --storage sqlite:///study.db"


def test_the_page_says_why_a_method_has_no_representatives(tmp_path):
    """Each had the sentence of a method none of whose trainings completed."""
    dead = hand_made.trial(2, (0.5, 0.0), error=0.9)
    beyond = hand_made.trial(3, (0.5, 500.0), error=0.2)
    living = hand_made.trial(1, (1.0, 20.0), error=0.3)
    comparison = hand_made.compared(
        *(hand_made.run(*one) for one in (("a", living), ("b", dead), ("c", beyond), ("d", hand_made.trial(4, None))))
    )
    told = picker_data(comparison, hand_made.chosen(comparison, tmp_path), networks(comparison))["covers"]
    assert told["0"] == [[0]]
    for style, method in (("1", "b"), ("2", "c"), ("3", "d")):
        with pytest.raises(UserError) as found:
            representative_networks(comparison.of_method(method), 3, comparison=comparison, folder=tmp_path)
        assert str(found.value).startswith(told[style])
    assert told["1"].startswith("Every network on the fronts is dead")
    assert told["2"].startswith("No living network on the fronts is within the log box")
    assert told["3"] == NO_NETWORK


def test_the_lowest_error_is_not_negative(tmp_path):
    comparison = hand_made.classes()
    rules = {rule.name: rule.limit for rule in offered_rules(comparison, hand_made.chosen(comparison, tmp_path))}
    assert rules["error"] == "percent; the lowest of all is 0.00 %"


def test_only_rules_with_known_metrics_are_offered(tmp_path):
    every = ["default", "error", "chord", "weights", "l1", "nonzeros", "metric", "cover"]
    comparison = hand_made.classes()
    assert [rule.name for rule in offered_rules(comparison, hand_made.chosen(comparison, tmp_path))] == every
    plain = hand_made.compared(hand_made.run("path", hand_made.trial(1, (1.0, 20.0))))
    offered = [rule.name for rule in offered_rules(plain, hand_made.chosen(plain, tmp_path))]
    assert offered == [rule for rule in every if rule not in {"metric", "error"}]
    key = comparison.runs[0].points[0].trial.key
    size = {"safetensors": ((1000, 100), (500, 50))}
    Benchmarks(tmp_path / "benchmarks").save(key, hand_made.benchmark(sizes=size))
    offered = [rule.name for rule in offered_rules(comparison, hand_made.chosen(comparison, tmp_path))]
    assert offered == [*every[:6], "bytes", *every[6:]]


@pytest.mark.parametrize("made", COMPARISONS)
def test_the_representatives_are_those_of_the_command(made, tmp_path):
    comparison = made()
    found = networks(comparison)
    covers = picker_data(comparison, hand_made.chosen(comparison, tmp_path), found)["covers"]
    for style, method in [("", None), *((str(place), name) for place, name in enumerate(comparison.methods))]:
        runs = comparison.runs if method is None else comparison.of_method(method)
        for number, subset in enumerate([] if isinstance(covers[style], str) else covers[style], start=1):
            expected = representative_networks(runs, number, comparison=comparison, folder=tmp_path)
            assert [found[index].key for index in subset] == [picked.trial.key for picked in expected]
            assert all(style in {"", str(found[index].style)} for index in subset)


def test_the_recommended_network_is_the_default_with_its_numbers_and_commands(tmp_path):
    comparison = hand_made.classes()
    picked = pick(Default(), comparison.runs, measures=CLASSIFICATION, folder=tmp_path)
    found = recommended(hand_made.chosen(comparison, tmp_path), CLASSIFICATION)
    assert (
        found.answer == f"{picked.result.run.method}, repeat {picked.result.run.repeat}, trial {picked.trial.key[:8]}"
    )
    assert dict(found.numbers)["nonzeros"] == f"{picked.trial.metrics['nonzeros']} of 1,000"
    assert (found.export, found.checkpoint) == (picked.export, "")
    assert found.numbers == (
        ("validation error", "0.00 %"), ("test error", "0.00 %"), ("nonzeros", "800 of 1,000"),
        ("validation cross entropy", "0.2500"), ("test cross entropy", "0.7500"), ("l1", "80"),
    )  # fmt: skip
    hand_made.keep(Folder(tmp_path), picked.trial.key)
    found = recommended(hand_made.chosen(comparison, tmp_path), CLASSIFICATION)
    assert (tmp_path / found.checkpoint).is_file()


def test_what_was_measured_and_the_sizes_of_groups_are_among_the_numbers(tmp_path):
    comparison = hand_made.scattered(hand_made.GROUPED)
    key = pick(Default(), comparison.runs, measures=comparison.measures, folder=tmp_path).trial.key
    size = {"safetensors": ((1000, 100), (500, 50))}
    timing = Timing(engine="torch", threads=1, batch=1, rounds=((2e-6,), (1e-6,)))
    Benchmarks(tmp_path / "benchmarks").save(key, hand_made.benchmark(sizes=size, timings=(timing,)))
    choice = hand_made.chosen(comparison, tmp_path)
    found = dict(recommended(choice, comparison.measures).numbers)
    assert list(found)[2:7] == ["multiply-adds", "nonzeros", "units", "file bytes", "microseconds a call"]
    assert (found["file bytes"], found["microseconds a call"]) == ("100", "1")
    told = picker_data(comparison, choice, networks(comparison))["numbers"]
    assert told.keys() == choice.network_summaries.keys()
    assert told[key] == tuple(found.items())


def test_without_a_network_the_reason_is_given(tmp_path):
    nothing = hand_made.chosen(hand_made.nothing(), tmp_path)
    assert recommended(nothing, CLASSIFICATION).answer == NO_NETWORK
    assert nothing.picks["", "default"] == nothing.picks["", "chord"] == NO_NETWORK
    dead = hand_made.compared(hand_made.run("path", hand_made.trial(7, (1.75, 0.0), error=0.9)))
    sentence = recommended(hand_made.chosen(dead, tmp_path), CLASSIFICATION).answer
    assert sentence.startswith("Every network on the fronts is dead: it is no better than a constant prediction")
