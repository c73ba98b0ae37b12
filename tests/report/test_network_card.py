"""Network cards, the legend, and the table of hyperparameter importance."""

import hand_made
import numpy as np
import pytest
from markupsafe import escape

from frontsearch.comparison.importance import Importance
from frontsearch.folder.folder import Folder
from frontsearch.measures import CLASSIFICATION
from frontsearch.report.figures import COLOURS, FOREGROUND
from frontsearch.report.figures.networks import network_description
from frontsearch.report.importance_table import importance_rows, importance_sentences
from frontsearch.report.legend import legend
from frontsearch.report.network_card import LAYER_HEADER, network_card
from frontsearch.report.page import report_html
from frontsearch.selection import InputColumns

DENSE = np.array([[1.0, 0.0, -2.0, 0.0], [3.0, 0.0, 0.0, 0.0]], dtype=np.float32)
CONVOLUTION = np.stack([np.zeros((1, 2, 2)), np.ones((1, 2, 2))]).astype(np.float32)


def cards(out, *, image=None, columns=None, **tensors):
    """Cards of a run whose last network descends from two others; all three have these tensors, if any."""
    trials = hand_made.warm(1, 2, 3)
    if tensors:
        for one in trials:
            hand_made.keep(Folder(out), one.key, **tensors)
    comparison = hand_made.compare([hand_made.run("path", *trials)], linear=hand_made.LINEAR, log=hand_made.LOG)
    network_summaries = hand_made.chosen(comparison, out, image=image, columns=columns).network_summaries
    return [network_card(summary, out, CLASSIFICATION) for summary in network_summaries.values()]


def test_a_card_has_a_layer_table_and_a_picture_relative_to_its_largest_pixel(tmp_path):
    (found,) = cards(tmp_path, image=(2, 2), **{"0.weight": DENSE, "0.bias": np.ones(2, dtype=np.float32)})
    assert found.layers == (LAYER_HEADER, ("0.weight", "3", "8", "0.3750"))
    assert found.picture == ((1.0, 0.0), (0.5, 0.0))
    assert found.inputs_used == "The first layer reads 2 of 4 pixels."
    assert found.kept


def test_the_picture_of_an_all_zero_layer_is_zero(tmp_path):
    (found,) = cards(tmp_path, image=(2, 2), **{"0.weight": 0 * DENSE})
    assert found.picture == ((0.0, 0.0), (0.0, 0.0))
    assert found.inputs_used == "The first layer reads 0 of 4 pixels."


def test_a_convolution_counts_its_channels(tmp_path):
    (found,) = cards(tmp_path, image=(2, 2), **{"0.weight": CONVOLUTION})
    assert (found.picture, found.inputs_used) == ((), "In the first layer, 1 of 2 channels have nonzero weights.")


def test_a_card_repeats_nothing_that_is_shown_beside_it(tmp_path):
    (found,) = cards(tmp_path, **{"0.weight": DENSE})
    rows = dict(found.rows)
    assert list(rows) == ["Cross entropy", "l1", "Nonzeros", "Found after", "Lineage", "Learning curve"]
    (total, *stages) = rows["Lineage"]
    assert (
        total
        == f"{'one training' if len(stages) == 1 else f'{len(stages)} trainings'}, {2 * len(stages)} epochs in total"
    )
    assert stages[-1].startswith(found.key[:8])


def named(*names):
    return InputColumns(weights=("0.weight",), feature_names=names)


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        (named("worst radius", "age", "mean\nt\x1bexture", "<b>"), "2 of 4: worst radius, mean t exture"),
        (InputColumns(weights=("0.weight",)), "2 of 4: x0, x2"),
        (InputColumns(weights=("1.weight",)), None),
        (None, None),
    ],
)
def test_a_card_counts_and_names_the_columns_that_are_used(tmp_path, columns, text):
    (found,) = cards(tmp_path, columns=columns, **{"0.weight": DENSE})
    assert dict(found.rows).get("Inputs used") == (None if text is None else (text,))


@pytest.mark.parametrize(("used", "end"), [(30, "x28, x29"), (31, "x28, x29, and 1 more"), (99, "x29, and 69 more")])
def test_a_card_names_thirty_columns_at_most(tmp_path, used, end):
    kernel = (np.arange(100) < used).astype(np.float32)[None]
    (found,) = cards(tmp_path, columns=InputColumns(weights=("0.weight",)), **{"0.weight": kernel})
    (text,) = dict(found.rows)["Inputs used"]
    assert text.startswith(f"{used} of 100: x0, x1, ")
    assert text.endswith(end)


def test_a_card_of_a_network_that_reads_nothing_names_nothing(tmp_path):
    (found,) = cards(tmp_path, columns=named(*"abcd"), **{"0.weight": 0 * DENSE})
    assert dict(found.rows)["Inputs used"] == ("0 of 4",)


def test_names_of_columns_are_escaped_on_the_page(tmp_path):
    trials = hand_made.warm(1)
    hand_made.keep(Folder(tmp_path), trials[0].key, **{"0.weight": np.ones((1, 1), dtype=np.float32)})
    comparison = hand_made.compared(hand_made.run("path", *trials))
    choice = hand_made.chosen(comparison, tmp_path, columns=named(hand_made.EVIL))
    html = report_html(comparison, name="n", task="t", settings="", choice=choice)
    assert f"<dd>1 of 1: {escape(hand_made.EVIL)}</dd>" in html
    assert hand_made.EVIL not in html


def test_a_dead_network_is_named_in_its_card_and_at_its_point(tmp_path):
    alive, dead = hand_made.trial(1, (1.0, 20.0)), hand_made.trial(2, (1.75, 0.0))
    comparison = hand_made.compared(hand_made.run("path", alive, dead))
    found = hand_made.chosen(comparison, tmp_path).network_summaries
    assert dict(network_card(found[dead.key], tmp_path, CLASSIFICATION).rows)["Dead"] == (
        "yes: it is no better than a constant prediction",
    )
    assert "Dead" not in dict(network_card(found[alive.key], tmp_path, CLASSIFICATION).rows)
    (result,) = comparison.runs
    told = [network_description(result, point, CLASSIFICATION) for point in result.points]
    assert ["dead: no better than a constant prediction" in one.splitlines() for one in told] == [False, True]


def test_a_card_says_if_the_checkpoint_is_missing(tmp_path):
    (found,) = cards(tmp_path)
    assert not found.kept
    assert (found.layers, found.picture, found.inputs_used) == ((), (), "")
    assert dict(found.rows)["Checkpoint"] == (f"not in {tmp_path / 'checkpoints'}, so the network cannot be exported",)
    assert "Learning curve" not in dict(found.rows)


def test_the_legend_is_sorted_by_hypervolume_and_coloured_by_study_order():
    runs = [hand_made.run(f"m{n}", hand_made.trial(n + 1, (1.0, 90.0 - 3 * (n % 5)))) for n in range(7)]
    comparison = hand_made.compare(runs, linear=hand_made.LINEAR, log=hand_made.LOG)
    entries = legend(comparison)
    values = [float(entry.hypervolume) for entry in entries]
    assert values == sorted(values, reverse=True)
    assert [entry.name for entry in entries] == list(comparison.ranking)
    for entry in entries:
        assert entry.name == f"m{entry.style}"
        expected = COLOURS[entry.style]
        assert entry.colour == ("var(--foreground)" if expected == FOREGROUND else expected)
    assert {entry.colour for entry in entries} >= {"var(--foreground)", COLOURS[0]}


IMPORTANCES = (
    Importance(
        method="random", shares={"l1_weight": (0.5, 0.7, 0.6), "momentum": (0.5, 0.3, 0.4)}, trainings=(9, 8, 9)
    ),
    Importance(method="path", shares={}, trainings=(), reason="Too few."),
    Importance(method="optuna-tpe", shares={"learning_rate": (0.9,), "l1_weight": (0.1,)}, trainings=(20,)),
)


def test_importances_are_sorted_by_their_highest_median():
    assert importance_rows(IMPORTANCES) == (
        ("hyperparameter", "random", "optuna-tpe"),
        ("learning_rate", "", "0.90"),
        ("l1_weight", "0.60", "0.10"),
        ("momentum", "0.40", ""),
    )
    assert importance_sentences(IMPORTANCES) == (
        "Trials used, per repeat: random 9/8/9; optuna-tpe 20.",
        "path: Too few.",
    )
    again = (*IMPORTANCES, Importance(method="more", shares={}, trainings=(), reason="Too few."))
    assert importance_sentences(again)[1:] == ("path, more: Too few.",)


@pytest.mark.parametrize(("found", "words"), [((), ()), (IMPORTANCES[1:2], ("path: Too few.",))])
def test_without_enough_trials_there_is_no_importance_table(found, words):
    assert importance_rows(found) == ()
    assert importance_sentences(found) == words
