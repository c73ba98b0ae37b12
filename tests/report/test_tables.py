import csv
import io
import json
from dataclasses import replace

import hand_made
import pytest

from frontsearch.folder.folder import Folder
from frontsearch.measures import CLASSIFICATION
from frontsearch.report.evidence import best_sentence
from frontsearch.report.indicator_tables import indicator_rows, knee_rows
from frontsearch.report.sentences import verdict
from frontsearch.report.tables import (
    attainment_csv,
    differences_csv,
    fronts_csv,
    learning_curves_csv,
    summary_json,
    trials_csv,
)


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def key(number):
    return f"{number:032x}"[::-1]


def test_fronts_csv_has_every_point_by_rising_cross_entropy():
    text = fronts_csv(hand_made.classes())
    assert text.splitlines()[0] == ",".join(CLASSIFICATION.front_columns)
    assert text.splitlines()[1] == f"path,0,{key(3)},0.5,50.0,500,0.5,0.125,1.0,0.25,4.5,1.5,,,"
    assert [(row["method"], row["repeat"], row["key"]) for row in read(text)] == [
        ("path", "0", key(3)),
        ("path", "0", key(1)),
        ("smgd", "0", key(4)),
        ("path", "1", key(6)),
        ("path", "1", key(7)),
    ]
    assert read(text)[-1]["l1"] == "0.0"  # the dead network is a point like any other


def test_trials_csv_has_every_trial_in_order():
    rows = read(trials_csv(hand_made.classes()))
    assert [(row["method"], row["repeat"], row["number"], row["key"], row["status"]) for row in rows] == [
        ("path", "0", "0", key(1), "complete"),
        ("path", "0", "1", key(2), "diverged"),
        ("path", "0", "2", key(3), "complete"),
        ("smgd", "0", "0", key(4), "complete"),
        ("smgd", "0", "1", key(5), "complete"),
        ("path", "1", "0", key(6), "complete"),
        ("path", "1", "1", key(7), "complete"),
    ]
    assert [rows[1][name] for name in ("cross_entropy", "l1", "test_error", "epochs", "epochs_spent", "seconds")] == [
        "", "", "", "2.0", "0.5", "0.5",
    ]  # fmt: skip
    assert [rows[3][name] for name in ("descent", "l1_weight", "l1_scale", "start", "start_trial")] == [
        "multi-gradient", "", "3.0", "warm", "ab" * 16,
    ]  # fmt: skip


def test_the_order_of_metrics_in_a_trial_does_not_matter():
    comparison = hand_made.classes()
    texts = trials_csv(comparison), fronts_csv(comparison), summary_json(comparison, study="s", task="t")
    for figures in comparison.runs:
        for trial in figures.run.trials:
            turned = dict(reversed(trial.metrics.items()))
            trial.metrics.clear()
            trial.metrics.update(turned)
    again = trials_csv(comparison), fronts_csv(comparison), summary_json(comparison, study="s", task="t")
    assert again == texts


def test_names_with_commas_and_quotes_survive_csv():
    evil = 'a,"b"\n<script>'
    rows = read(fronts_csv(hand_made.classes(first=evil)))
    assert rows[0]["method"] == 'a,"b" <script>'


def test_the_summary_has_the_results_of_every_method():
    summary = json.loads(summary_json(hand_made.classes(), study="mine", task="digits"))
    assert (summary["study"], summary["task"]) == ("mine", "digits")
    assert summary["reference_point"] == [2.0, 100.0]
    assert {"python", "frontsearch", "torch", "optuna", "pymoo", "moocore"} <= set(summary["versions"])
    path, smgd = summary["methods"]["path"], summary["methods"]["smgd"]
    assert {name: path[name] for name in ("repeats", "trials", "diverged", "epochs", "seconds", "front_size")} == {
        "repeats": 2,
        "trials": [3, 2],
        "diverged": [1, 0],
        "epochs": [4.5, 4.0],
        "seconds": [1.5, 1.0],
        "front_size": [2, 2],
    }
    assert path["hypervolume"]["values"] == pytest.approx([0.525, 0.275])
    assert path["hypervolume"]["median"] == pytest.approx(0.4)
    assert smgd["hypervolume"] == {"values": [pytest.approx(0.45)], "median": pytest.approx(0.45)}
    # The typical one of two repeats is the lower one, and the knee of two points is the first.
    assert path["knee"]["key"] == key(6)
    assert path["knee"]["checkpoint"] == f"checkpoints/{key(6)}.safetensors"
    assert path["knee"]["test_error"] == 0.0
    assert path["widest_knee"] is None


def test_the_summary_has_the_epochs_to_a_share_of_the_reference_and_every_pair():
    summary = json.loads(summary_json(hand_made.classes(), study="mine", task="digits"))
    # All that path and smgd found is (0.25, 80), (0.5, 40), (1, 20) and (1.75, 0): 0.65 of the box.
    assert summary["methods"]["path"]["epochs_to"] == {"90 %": [None, None], "95 %": [None, None], "99 %": [None, None]}
    assert summary["pairs"] == [
        {
            "first": "path",
            "second": "smgd",
            "wins": 1,
            "ties": 0,
            "repeats": 1,
            "p": None,
            "p_holm": None,
            "effect": 0.5,
        }
    ]
    alone = hand_made.run("path", hand_made.trial(1, (1.0, 50.0)), hand_made.trial(2, (0.0, 0.0)))
    comparison = hand_made.compare([alone], linear=hand_made.LINEAR, log=hand_made.LOG)
    summary = json.loads(summary_json(comparison, study="mine", task="digits"))
    assert summary["methods"]["path"]["epochs_to"] == {"90 %": [4.0], "95 %": [4.0], "99 %": [4.0]}
    assert summary["pairs"] == []


def three():
    """One method whose knee is trial 2 by the chord rule and trial 3 by the weights rule."""
    points = [(0.25, 80.0), (1.0, 20.0), (0.3125, 60.0), (1.75, 0.0)]
    told = [hand_made.trial(number, point, error=0.1) for number, point in enumerate(points, start=1)]
    return hand_made.compare([hand_made.run("path", *told)], linear=hand_made.LINEAR, log=hand_made.LOG)


def test_both_knees_are_in_the_summary_and_in_the_table():
    path = json.loads(summary_json(three(), study="mine", task="digits"))["methods"]["path"]
    assert path["knee"]["key"] == key(2)
    assert path["widest_knee"]["key"] == key(3)
    assert path["widest_knee"]["checkpoint"] == f"checkpoints/{key(3)}.safetensors"
    assert set(path["knee"]) == set(path["widest_knee"])
    _, chord, weights = knee_rows(three())
    assert chord == ("path", "chord", "1.0000", "20", "200", "5.00", "10.00", "", "20000000")
    assert weights == ("path", "weights", "0.3125", "60", "600", "5.00", "10.00", "", "30000000")


def test_an_empty_front_has_null_indicators_and_no_knee():
    summary = json.loads(summary_json(hand_made.nothing(), study="mine", task="digits"))
    for figures in summary["methods"].values():
        assert figures["knee"] is None
        assert figures["widest_knee"] is None
        assert figures["front_size"] == [0]
        assert figures["hypervolume"] == {"values": [0.0], "median": 0.0}
        assert figures["igd_plus"] == figures["epsilon_additive"] == {"values": [None], "median": None}
    assert fronts_csv(hand_made.nothing()) == ",".join(CLASSIFICATION.front_columns) + "\n"
    assert len(read(trials_csv(hand_made.nothing()))) == 1


def test_csv_files_without_trials_have_headers():
    comparison = hand_made.compare([hand_made.run("path")], linear=hand_made.LINEAR, log=hand_made.LOG)
    assert trials_csv(comparison).startswith("method,repeat,number,key,status,cross_entropy,l1,")
    assert fronts_csv(comparison) == ",".join(CLASSIFICATION.front_columns) + "\n"


def test_attainment_files_match_the_comparison():
    comparison = hand_made.classes()
    rows = [
        (row["method"], row["attained_by"], row["cross_entropy"], row["l1"]) for row in read(attainment_csv(comparison))
    ]
    assert [row[2:] for row in rows if row[:2] == ("path", "worst")] == [("0.5", "80.0"), ("1.75", "20.0")]
    assert {row[1] for row in rows if row[0] == "smgd"} == {"best", "25 %", "50 %", "75 %", "worst"}
    found = comparison.difference("smgd", "path")
    corners = [f"{side}_{end}" for end in ("from", "to") for side in ("cross_entropy", "l1")]
    rows = read(differences_csv(comparison))
    assert [[float(row[corner]) for corner in corners] for row in rows] == found.rectangles.tolist()
    assert [float(row["more_of_its_repeats"]) for row in rows] == found.share.tolist()
    assert {(row["method"], row["against"]) for row in rows} == {("smgd", "path")}


def test_a_training_shared_by_two_lineages_is_written_once(tmp_path):
    trials = hand_made.warm(1, 2, 3)
    for one in trials:
        hand_made.keep(Folder(tmp_path), one.key)
    runs = [hand_made.run("path", *trials), hand_made.run("smgd", *trials[:2])]
    comparison = hand_made.compare(runs, linear=hand_made.LINEAR, log=hand_made.LOG)
    network_summaries = hand_made.chosen(comparison, tmp_path).network_summaries
    assert network_summaries.keys() == {one.key for one in trials[1:]}
    rows = read(learning_curves_csv(comparison, network_summaries.values()))
    assert sorted(row["key"] for row in rows) == sorted(3 * [one.key for one in trials])
    assert [rows[2][name] for name in ("epochs", "cross_entropy", "l1", "nonzeros")] == ["2.0", "0.5", "40.0", "4"]


def test_indicator_and_knee_rows():
    header, path, smgd = indicator_rows(hand_made.classes())
    assert header == (
        "method", "hypervolume", "test hypervolume", "hypervolume (log)", "test hypervolume (log)", "IGD+", "test IGD+",
        "epsilon", "test epsilon", "front size", "trials", "epochs", "seconds",
    )  # fmt: skip
    assert path[:3] == ("path", "0.4000", "0.2250")  # test cross entropies are greater by 0.5
    assert path[9:] == ("2/2", "3 (1 diverged)/2", "8.5", "2.5")
    assert smgd[:3] == ("smgd", "0.4500", "0.3000")
    short = indicator_rows(hand_made.classes(), short=True)
    assert short[0] == ("method", "hypervolume", "test hypervolume", "front size", "trials", "epochs", "seconds")
    assert short[2][:3] == smgd[:3]
    _, path, none, smgd, _ = knee_rows(hand_made.classes())
    assert path == ("path", "chord", "0.2500", "80", "800", "0.00", "0.00", "", "60000000")
    assert none == ("path", "weights", "none between the ends", "", "", "", "", "", "")
    assert smgd == ("smgd", "chord", "0.5000", "40", "400", "10.00", "20.00", "", "40000000")


def test_indicator_and_knee_rows_without_fronts():
    assert [row[5:9] for row in indicator_rows(hand_made.nothing())[1:]] == [("no front",) * 4] * 2
    assert [row[:3] for row in knee_rows(hand_made.nothing())[1:]] == [
        ("path", "chord", "no trial completed"),
        ("path", "weights", "no trial completed"),
        ("smgd", "chord", "no trial completed"),
        ("smgd", "weights", "no trial completed"),
    ]


def test_the_verdict():
    assert verdict(hand_made.classes()) == (
        "smgd has the highest test hypervolume, 0.3000, followed by path with 0.2250 (medians over 1 to 2 repeats)."
    )
    points = [hand_made.trial(1, (1.0, 50.0)), hand_made.trial(2, (3.0, 400.0))]
    level = [hand_made.run(method, points[0], repeat=n) for method in ("path", "random", "smgd") for n in (0, 1)]
    assert verdict(hand_made.compared(*level)) == (
        "path, random and smgd have the highest test hypervolume, 0.1250 (medians over 2 repeats)."
    )
    assert verdict(hand_made.compared(*level[:2])) == "path has a test hypervolume of 0.1250 (median over 2 repeats)."
    assert verdict(hand_made.compared(hand_made.run("path", points[1]))) == (
        "All hypervolumes are 0: every front lies beyond the reference point or barely within it. Longer trainings, "
        "standardised data or another `reference_point` may help."
    )
    going = hand_made.compared(*level[:3], replace(level[3], finished=False))
    assert verdict(going).startswith("So far, path and random have the highest test hypervolume, 0.1250 (")
    assert best_sentence(going) == ""
    assert verdict(hand_made.nothing()) == "No training completed, so there is no front to compare."


def test_one_repeat_has_no_ranking():
    """Every network of a falling line is on the joint front but for those that another method found again."""
    told = [hand_made.trial(n + 1, (0.1 * (n + 1), 90.0 - n)) for n in range(10)]
    found = {"a": told[:1], "b": told[1:4], "c": [*told[4:8], hand_made.trial(11, (1.5, 99.0))], "d": told[7:]}
    comparison = hand_made.compared(*(hand_made.run(method, *trials) for method, trials in found.items()))
    assert verdict(comparison) == (
        "4 methods together found 10 non-dominated networks in one repeat each: 4 by c, 3 by b, 2 by d and 1 by a."
    )
    assert best_sentence(comparison) == ""
    five = [hand_made.run(f"m{n}", trial) for n, trial in enumerate(told[:5])]
    assert verdict(hand_made.compared(*five)).endswith(": 1 by m0, 1 by m1, 1 by m2 and 2 by 2 others.")
    assert verdict(hand_made.compared(hand_made.run("c", *found["c"]))) == (
        "c found 4 non-dominated networks, from accurate to small, in one repeat."
    )
    assert verdict(hand_made.compared(five[0])) == "m0 found 1 non-dominated network in one repeat."
