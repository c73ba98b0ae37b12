"""Runs whose seconds were measured on different machines are told apart in a sentence."""

import json
from dataclasses import replace

import hand_made
import pytest

from frontsearch.comparison import machines_sentence, studies_machines_sentence
from frontsearch.comparison.comparison import Source
from frontsearch.report.collection import collection_html
from frontsearch.report.figures.anytime import anytime_panel
from frontsearch.report.page import report_html
from frontsearch.report.tables import summary_json

ADVICE = "Seconds differ between machines, so compare what the runs reach after equal epochs."
SENTENCE = (
    "The runs come from 3 machines: path/0, smgd on a laptop, 2 cores; path/1 on a server; path/1 on an unknown "
    f"machine. {ADVICE}"
)


def run(method, *machines, repeat=0):
    """A run with a trial on each of these machines."""
    return hand_made.run(
        method,
        *(replace(hand_made.trial(n, (1.0, 20.0 + n)), machine=machine) for n, machine in enumerate(machines, start=1)),
        repeat=repeat,
    )


def compared(*runs, **rest):
    return hand_made.compare(runs, linear=hand_made.LINEAR, log=hand_made.LOG, **rest)


@pytest.fixture
def scattered():
    """Two methods on a laptop; a repeat of one of them was moved from an unknown machine to a server."""
    here = "a laptop, 2 cores"
    return compared(run("path", here), run("path", "a server", "", repeat=1), run("smgd", here, here))


def test_a_sentence_says_which_runs_come_from_which_machine(scattered):
    assert machines_sentence(scattered) == SENTENCE
    assert SENTENCE in scattered.notes
    assert SENTENCE in report_html(scattered, name="s", task="t", settings="")


def test_the_figure_has_the_sentence_in_seconds_and_not_in_epochs(scattered):
    captions = {name: chart.caption for name, chart in anytime_panel(scattered).views.items()}
    assert {name: SENTENCE in caption for name, caption in captions.items()} == {
        "epochs hypervolume": False, "epochs hypervolume_log": False,
        "seconds hypervolume": True, "seconds hypervolume_log": True,
    }  # fmt: skip


def test_the_summary_has_the_machines_of_each_repeat(scattered):
    methods = json.loads(summary_json(scattered, study="s", task="t"))["methods"]
    assert {name: found["machines"] for name, found in methods.items()} == {
        "path": [["a laptop, 2 cores"], ["a server", None]],
        "smgd": [["a laptop, 2 cores"]],
    }


@pytest.mark.parametrize("machine", ["a laptop", ""])
def test_nothing_is_said_of_runs_of_one_machine(machine):
    one = compared(run("path", machine), run("smgd", machine, machine))
    assert machines_sentence(one) == ""
    assert one.notes == ()


def test_machines_that_two_studies_did_not_record_may_differ():
    sources = {name: Source(path=f"runs/{name}", method=name, note="") for name in ("path", "smgd")}
    assert machines_sentence(compared(run("path", ""), run("smgd", ""), sources=sources)) == (
        "The runs come from 2 machines: path on an unknown machine (runs/path); smgd on an unknown machine "
        f"(runs/smgd). {ADVICE}"
    )


def test_a_collection_says_which_studies_come_from_which_machine():
    studies = {"iris": compared(run("path", "a <laptop>")), "wine": compared(run("path", "a server"))}
    sentence = f"The studies come from 2 machines: iris on a <laptop>; wine on a server. {ADVICE}"
    assert studies_machines_sentence(studies) == sentence
    assert sentence.replace("<", "&lt;").replace(">", "&gt;") in collection_html("both", studies)
    alike = dict.fromkeys(studies, studies["iris"])
    assert studies_machines_sentence(alike) == ""
    assert "machines" not in collection_html("both", alike)
