"""Methods over the studies of a collection, against a recomputation from the studies' own values."""

from statistics import median

import hand_made
import pytest
from scipy.stats import rankdata, wilcoxon

from frontsearch.comparison import across_studies
from frontsearch.comparison.posterior import signed_rank_posterior
from frontsearch.comparison.significance import holm, superiority

LOSSES = {"path": 0.1, "smgd": 0.5, "random": 0.9}


def study(number, methods=("random", "path", "smgd")):
    """A study with three repeats of each method; the last study has smgd before path."""
    losses = {**LOSSES, "smgd": 0.05} if number == 6 else LOSSES
    return hand_made.compared(
        *(
            hand_made.run(
                method,
                hand_made.trial(100 * place + repeat, (losses[method] + 0.01 * number * repeat, 50.0 + number)),
                repeat=repeat,
            )
            for place, method in enumerate(methods)
            for repeat in range(3)
        )
    )


@pytest.fixture(scope="module")
def studies():
    return [study(number) for number in range(7)]


def test_ranks_and_tests_are_of_the_studies_medians(studies):
    found = across_studies(studies)
    names = ["path", "smgd", "random"]
    medians = [[median(each.values(name, each.ranked_by)) for name in names] for each in studies]
    ranks = [rankdata([-value for value in row]) for row in medians]
    assert list(found.ranks.ranks) == names
    assert list(found.ranks.ranks.values()) == pytest.approx([sum(column) / 7 for column in zip(*ranks, strict=True)])
    pair = found.pairs[0]
    differences = [row[0] - row[1] for row in medians]
    assert (pair.first, pair.second, pair.wins, pair.ties, pair.studies) == ("path", "smgd", 6, 0, 7)
    assert pair.p == pytest.approx(wilcoxon(differences, method="exact").pvalue)
    assert pair.posterior == signed_rank_posterior(differences)
    effects = [
        superiority(each.values("path", each.ranked_by), each.values("smgd", each.ranked_by)) for each in studies
    ]
    assert pair.effect == pytest.approx(sum(effects) / 7)
    assert [pair.p_holm for pair in found.pairs] == holm([pair.p for pair in found.pairs])


def test_only_methods_of_every_study_are_compared(studies):
    found = across_studies([*studies, study(8, methods=("path", "random"))])
    assert list(found.ranks.ranks) == ["path", "random"]


def test_one_study_or_one_common_method_is_nothing_to_compare(studies):
    assert across_studies(studies[:1]) is None
    assert across_studies([studies[0], study(1, methods=("path",))]) is None


def test_studies_without_any_difference_are_no_evidence(studies):
    level = hand_made.compared(*(hand_made.run(name, hand_made.trial(1, (0.5, 50.0))) for name in "ab"))
    (pair,) = across_studies([level, level]).pairs
    assert (pair.p, pair.ties, pair.effect) == (1.0, 2, 0.5)
    assert pair.posterior.equivalent == 1
