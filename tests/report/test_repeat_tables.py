import hand_made

from frontsearch.report.evidence import best_sentence
from frontsearch.report.repeat_tables import (
    best_first,
    effect_rows,
    epochs_rows,
    pair_rows,
    range_rows,
)


def repeats(first=(60.0, 40.0, 50.0), second=(70.0, 30.0, 80.0)):
    """Two methods with three repeats of one point each, at cross entropy 1: hypervolume is (1 - l1 / 100) / 2."""
    runs = [
        hand_made.run(method, hand_made.trial(10 * place + repeat, (1.0, l1)), repeat=repeat)
        for place, (method, found) in enumerate((("smgd", second), ("path", first)))
        for repeat, l1 in enumerate(found)
    ]
    return hand_made.compare(runs, linear=hand_made.LINEAR, log=hand_made.LOG)


def test_ranges_are_lowest_and_highest_over_repeats():
    header, path, smgd = range_rows(repeats())
    assert header == (
        "method",
        "hypervolume",
        "test hypervolume",
        "hypervolume (log)",
        "test hypervolume (log)",
        "IGD+",
        "test IGD+",
        "epsilon",
        "test epsilon",
    )
    assert path[:2] == ("path", "0.2500 (0.2000 to 0.3000)")
    assert smgd[:2] == ("smgd", "0.1500 (0.1000 to 0.3500)")
    assert path[5] == "0.2000 (0.1000 to 0.3000)"  # the union is (1, 30)
    assert repeats().has_repeats
    assert not hand_made.nothing().has_repeats


def test_a_repeat_without_a_front_has_no_range():
    *_, row = range_rows(hand_made.nothing())
    assert row[5:] == ("a repeat has no front",) * 4


def test_epochs_are_medians_and_count_the_repeats_that_reached_the_level():
    header, path, smgd = epochs_rows(repeats())
    assert header == ("method", "90 %", "95 %", "99 %")
    # The union's hypervolume is 0.35, which only the second repeat of smgd has.
    assert smgd == ("smgd", *("not reached (1 of 3)",) * 3)
    assert path == ("path", *("not reached (0 of 3)",) * 3)
    first, _ = epochs_rows(repeats(first=(31.0, 32.0, 50.0)))[1:]
    assert first == ("path", "2 (2 of 3)", "2 (2 of 3)", "not reached (0 of 3)")


def test_the_best_method_is_compared_with_every_other():
    header, row = pair_rows(repeats())
    assert header == ("against", "better in", "A", "p", "p (Holm)")
    assert row[:3] == ("smgd", "2 of 3", "0.67")


def test_the_two_effects_of_a_pair_sum_to_one():
    assert effect_rows(repeats()) == (("A of", "path", "smgd"), ("path", "", "0.67"), ("smgd", "0.33", ""))


def test_a_single_method_is_compared_with_nothing():
    alone = hand_made.compare([hand_made.run("path")], linear=hand_made.LINEAR, log=hand_made.LOG)
    assert best_sentence(alone) == ""
    assert pair_rows(alone) == (("against", "better in", "A", "p", "p (Holm)"),)
    assert best_sentence(hand_made.compare([], linear=hand_made.LINEAR, log=hand_made.LOG)) == ""


def test_rows_are_sorted_best_first():
    rows = [("method",), ("smgd", "1"), ("path", "2"), ("smgd", "3")]
    assert best_first(repeats(), rows) == (("method",), ("path", "2"), ("smgd", "1"), ("smgd", "3"))
