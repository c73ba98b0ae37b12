"""How sure a ranking is: sentences, diagram and tables, in a study and over the studies of a collection."""

import re

import hand_made
import pytest
from page_texts import Page

from frontsearch.comparison import across_studies, fewest_repeats, repeats_needed
from frontsearch.report.collection import collection_html, collection_json, collection_tables
from frontsearch.report.evidence import (
    across_rows,
    best_sentence,
    least_p_note,
    posterior_rows,
    ranks_caption,
    repeats_sentence,
    studies_sentence,
)
from frontsearch.report.figures.rank_diagram import LEFT, RIGHT, rank_diagram, rank_rows
from frontsearch.report.page import report_html


def method(name, losses):
    """A run for each loss, each with one network."""
    return [
        hand_made.run(name, hand_made.trial(1000 * len(name) + repeat, (loss, 50.0)), repeat=repeat)
        for repeat, loss in enumerate(losses)
    ]


def three(repeats=8, names=("best", "close", "distant")):
    """Three methods: two whose repeats overlap, and one that is clearly worse."""
    shifts = (0.1, 0.105, 1.2)
    return hand_made.compared(
        *(
            each
            for name, shift in zip(names, shifts, strict=True)
            for each in method(name, [shift + 0.01 * repeat for repeat in range(repeats)])
        )
    )


def test_the_sentence_says_how_many_repeats_more_would_settle_it():
    comparison = three()
    pair = next(pair for pair in comparison.pairs if {pair.first, pair.second} == {"best", "close"})
    effect = max(pair.effect, 1 - pair.effect)
    needed = repeats_needed(effect, pairs=3)
    assert needed > 8
    assert repeats_sentence(comparison) == (
        f"If they differ as much as so far, {needed} repeats of each method, {needed - 8} more, would tell best and "
        "close apart at 5 % after Holm's correction for 3 pairs with a chance of 80 %."
    )


def sentence(**losses):
    """The sentence on the best of these methods, each with the losses of its repeats."""
    return best_sentence(hand_made.compared(*(run for name, found in losses.items() for run in method(name, found))))


LOW, NEAR, HIGH = [0.1, 0.11, 0.12, 0.13, 0.14], [0.105, 0.115, 0.125, 0.135, 0.145], [0.5, 0.6, 0.7, 0.8, 0.9]


def test_one_sentence_says_whom_the_best_method_is_better_than():
    assert sentence(a=LOW, bb=HIGH) == "a is better than bb in 5 of 5 repeats, significantly so at 5 % (p = 0.0079)."
    assert sentence(a=LOW, bb=HIGH, ccc=[1.0, 1.1, 1.2, 1.3, 1.4]) == (
        "a is better than every other method in 5 of 5 repeats, significantly so at 5 % (p = 0.024 after Holm's "
        "correction for 3 pairs)."
    )
    assert re.fullmatch(
        r"a is significantly better than ccc at 5 % \(p = [\d.]+ after Holm's correction for 3 pairs\), but not than "
        r"bb \(p = [\d.]+\)\.",
        sentence(a=LOW, bb=NEAR, ccc=HIGH),
    )
    assert re.fullmatch(
        r"a is better than bb in 5 of 5 repeats, but not significantly so at 5 % \(p = .*", sentence(a=LOW, bb=NEAR)
    )


def test_the_sentence_where_the_best_method_is_better_than_none():
    assert sentence(a=LOW, bb=NEAR, ccc=NEAR).startswith(
        "a is not significantly better than any other method at 5 % (p = 1 after "
    )
    many = {"x" * (n + 2): [loss + n / 400 for loss in NEAR] * 4 for n in range(6)}
    told = sentence(**many, a=LOW * 4, far_worse=HIGH * 4)
    assert told.startswith("a is significantly better than far_worse at 5 % (p = ")
    assert "but not than xx, xxx, xxxx and 3 others (p at least " in told
    assert sentence(a=LOW, bb=[0.2]) == "a was not tested against bb: one repeat is too few."
    assert sentence(a=[0.1], bb=[0.2]) == ""


def test_too_few_repeats_for_any_significant_difference_are_said_instead_of_a_p():
    few = "With so few repeats, p is at least 0.1: no difference can be significant at 5 %"
    assert sentence(a=LOW[:3], bb=HIGH[:3]) == f"a is better than bb in 3 of 3 repeats. {few}."
    assert sentence(a=LOW[:3], bb=LOW[:3], ccc=HIGH[:3]) == f"{few} after Holm's correction for 3 pairs."
    assert least_p_note(hand_made.compared(*method("a", LOW), *method("bb", NEAR))) == (
        "With these repeats, p is at least 0.0079."
    )
    assert least_p_note(hand_made.compared(*method("a", [0.1]), *method("bb", NEAR))) == ""
    assert least_p_note(hand_made.nothing()) == ""


def test_more_wins_than_half_or_the_fewest_are_named():
    wins = sentence(a=LOW * 4, bb=HIGH * 4, ccc=[0.05, *HIGH[1:], *HIGH * 3])
    assert wins.startswith(
        "a is better than every other method in at least 19 of 20 repeats, significantly so at 5 % (p at most "
    )


@pytest.mark.parametrize("others", [{}, {"ccc": [0.45, 0.46]}])
def test_a_method_that_loses_most_shared_repeats_is_not_said_to_win_some(others):
    told = sentence(a=[0.5, 0.6, 0.1, 0.11, 0.12], bb=[0.4, 0.41], **others)
    assert told.startswith(f"a is better than {'every other method' if others else 'bb'}. With so few repeats, ")


def test_equal_p_values_are_no_bound():
    assert sentence(a=LOW, bb=LOW, ccc=LOW) == (
        "a is not significantly better than any other method at 5 % (p = 1 after Holm's correction for 3 pairs)."
    )


def test_a_method_without_repeats_is_neither_ranked_nor_corrected_for():
    runs = [each for name, shift in (("a", 0.1), ("bb", 0.3), ("ccc", 1.2)) for each in method(name, [shift] * 8)]
    alone, beside = hand_made.compared(*runs), hand_made.compared(*runs, *method("once", [1.5]))
    told = best_sentence(alone)
    assert "for 3 pairs" in told
    assert (
        best_sentence(beside)
        == f"{told.replace('every other method', 'bb and ccc')} a was not tested against once: one repeat is too few."
    )
    assert ranks_caption(beside) == f"{ranks_caption(alone)} Left out, with one repeat: once."
    html = report_html(beside, name="s", task="t", settings="")
    assert "p corrected for 3 pairs of methods with repeats." in " ".join(html.split())
    assert html.count('<circle cx="') == 3


def test_the_sentence_where_it_is_settled_or_cannot_be():
    settled = hand_made.compared(*method("a", [0.1, 0.11, 0.12, 0.13]), *method("bb", [0.5, 0.6, 0.7, 0.8]))
    assert repeats_sentence(settled) == ""
    level = hand_made.compared(*method("a", [0.1, 0.2]), *method("bb", [0.1, 0.2]))
    assert repeats_sentence(level) == ("a and bb are so much alike that 1,000 repeats might not tell them apart.")
    once = hand_made.compared(*method("a", [0.1]), *method("bb", [0.2]), *method("ccc", [0.3]))
    assert repeats_sentence(once) == (
        f"To tell a and bb apart at 5 % after Holm's correction for 3 pairs, run at least {fewest_repeats(3)} repeats "
        "of each method."
    )
    assert repeats_sentence(hand_made.compared(*method("a", [0.1]))) == ""


def test_nothing_is_said_of_methods_without_a_hypervolume():
    """Neither diverged trainings nor fronts beyond the reference point show which method is better."""
    beyond = hand_made.compared(*method("a", [3.0, 3.1, 3.2]), *method("bb", [4.0, 4.1, 4.2]))
    lost = hand_made.compared(
        *(hand_made.run(name, hand_made.trial(n, None), repeat=n) for name in ("a", "bb") for n in range(3))
    )
    for comparison in (hand_made.nothing(), beyond, lost):
        assert best_sentence(comparison) == repeats_sentence(comparison) == ""


def test_the_diagram_has_each_method_at_its_rank_and_a_bar_for_each_group():
    ranks = three().ranks
    diagram = rank_diagram(ranks, {"best": "red"})
    assert [row.name for row in diagram.methods] == ["best", "close", "distant"]
    assert diagram.methods[0].colour == "red"
    for row in diagram.methods:
        assert row.x == pytest.approx(LEFT + (RIGHT - LEFT) * (ranks.ranks[row.name] - 1) / 2, abs=0.01)
    (bar,) = diagram.bars
    assert bar[0] > RIGHT
    assert bar[1] < diagram.methods[0].y < diagram.methods[1].y < bar[2] < diagram.methods[2].y
    assert [label for _, label in diagram.ticks] == ["1", "2", "3"]
    assert "Not told apart: best, close." in diagram.description
    assert [row[2] for row in rank_rows(ranks)[1:]] == ["close", "best", ""]


def test_bars_that_overlap_stand_beside_each_other():
    ranks = type(three().ranks)(
        ranks={name: float(rank) for rank, name in enumerate("abcde", start=1)},
        groups=(("a", "b", "c"), ("b", "c", "d"), ("d", "e")),
    )
    (first, second, third) = rank_diagram(ranks, {}).bars
    assert first[0] != second[0]
    assert second[0] != third[0]


def test_the_page_draws_and_says_it():
    name = hand_made.EVIL
    comparison = three(names=(name, "close", "distant"))
    html = report_html(comparison, name="study", task="task", settings="")
    assert hand_made.EVIL not in html
    page = Page()
    page.feed(html)
    assert f"{best_sentence(comparison)} {repeats_sentence(comparison)}" in page.texts
    assert html.count('<circle cx="') == 3
    assert page.table("method", "mean rank")[1][0] == name
    rows = page.table("against", "P(better)")
    assert [list(row) for row in posterior_rows(comparison)] == rows
    for row in rows[1:]:
        assert sum(map(float, row[1:])) == pytest.approx(1, abs=0.011)


def test_a_page_without_repeats_has_neither():
    html = report_html(hand_made.compared(*method("a", [0.1]), *method("bb", [0.2])), name="s", task="t", settings="")
    assert '<circle cx="' not in html
    assert "P(better)" not in html


def test_a_collection_compares_its_methods_over_studies():
    studies = {f"s{number}": three(repeats=2 + number) for number in range(3)}
    across = across_studies(tuple(studies.values()))
    page = Page()
    html = collection_html("both", studies)
    page.feed(html)
    tables = collection_tables(studies)
    assert [table.name for table in tables] == ["ranks", "pairs"]
    assert sorted(page.tables) == sorted([list(row) for row in table.rows] for table in tables)
    assert across_rows(across)[1][:2] == ("close", "3 of 3")
    assert studies_sentence(across) == (
        "3 studies are too few for any significant difference: 7 are the fewest at 5 % after Holm's correction for 3 "
        "pairs. Repeats in a study cannot stand in for studies, as they share its task."
    )
    assert studies_sentence(across) in page.texts
    assert re.findall(r'href="([^"]*)"', html) == [f"s{number}/report.html" for number in range(3)]
    assert '"ranks"' in collection_json("both", {}, studies)
