"""``gmp`` prunes each sparsity from the network of the previous one."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from toys import DivergesAt, Toy, batches, setting, spend

from frontsearch.methods.gmp import Gmp
from frontsearch.recipe import FromScratch, Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.trial import Trial

SHORT = Gmp(first_epochs=2.0, ramp_epochs=1.0, tune_epochs=0.5, densest=0.4, sparsest=0.1)


@dataclass(frozen=True)
class LeavesAt:
    """The toy, but the trainings with these numbers leave these shares of the weights, the others all."""

    shares: dict[int, float]
    asked: list[Recipe] = field(default_factory=list)

    def __call__(self, recipe: Recipe) -> Trial:
        self.asked.append(recipe)
        share = self.shares.get(len(self.asked) - 1, 1.0)
        return replace(Toy()(recipe), metrics={"sparsity": 1 - share})


@pytest.mark.parametrize(("budget", "targets"), [(44.0, 8), (8.0, 8), (4.0, 6), (1.0, 1)])
def test_a_quarter_of_the_budget_is_dense_and_eight_targets_or_those_of_half_an_epoch_share_the_rest(budget, targets):
    history = list(batches(Gmp(), setting(budget=budget), Toy()))
    assert {len(batch) for batch in history} == {1}
    ramp = budget / 4 * 3 / targets * 2 / 3
    assert [trial.recipe.epochs for (trial,) in history] == pytest.approx([budget / 4, *[ramp, ramp / 2] * targets])
    assert list(Gmp().shortest(budget).values()) == pytest.approx([budget / 4, ramp, ramp / 2])


def test_given_lengths_leave_as_many_targets_as_the_budget_pays_for():
    given = Gmp(first_epochs=8.0, ramp_epochs=2.0, tune_epochs=1.0)
    history = spend(given, setting(budget=44.0), Toy())
    assert [trial.recipe.epochs for trial in history] == [8.0] + [2.0, 1.0] * 12
    assert list(given.shortest(44.0).values()) == [8.0, 2.0, 1.0]


@pytest.mark.parametrize("budget", [5.0, 8.0, 8.4])
def test_targets_are_spaced_evenly_in_the_logarithm_of_what_is_left(budget):
    dense, *rest = [trial.recipe.pruning for trial in spend(SHORT, setting(budget=budget), Toy())]
    targets = int((budget - 2) / 1.5)
    ramps, held = rest[::2], rest[1::2]
    assert dense == Pruning()
    assert held == [Pruning(regrow=False)] * targets
    left = [1 - ramp.sparsity for ramp in ramps]
    assert (left[0], left[-1]) == pytest.approx((0.4, 0.1))
    ratio = (0.1 / 0.4) ** (1 / (targets - 1))
    assert [b / a for a, b in pairwise(left)] == pytest.approx([ratio] * (targets - 1))
    assert {replace(ramp, sparsity=0.0) for ramp in ramps} == {Pruning(ramp="cubic", every=20, regrow=False)}


def test_where_the_l1_weight_leaves_fewer_weights_than_the_first_target_pruning_goes_on_from_those():
    def left(method, *shares):
        history = spend(method, setting(budget=6.5), LeavesAt(dict(enumerate(shares))))
        return [1 - trial.recipe.pruning.sparsity for trial in history[1::2]]

    assert left(SHORT, 0.3) == pytest.approx([0.3 / 3 ** (1 / 3), 0.3 / 3 ** (2 / 3), 0.1])
    assert left(SHORT, 0.9, 0.2, 0.16) == pytest.approx([0.4, 0.16 / 1.6**0.5, 0.1])
    assert left(SHORT, 0.05) == pytest.approx([0.05] * 3)
    assert left(replace(SHORT, sparsest=None), 0.05)[-1] == pytest.approx(0.05 / 40)


@pytest.mark.parametrize(("given", "expected"), [(1e-4, 1e-4), (0.0, 0.0), (None, 2e-3)])
def test_all_trainings_have_the_methods_l1_weight_or_one_a_quarter_of_the_way_up_the_studys(given, expected):
    toy = replace(setting(budget=9.0), l1_weights=(1e-3, 16e-3))
    weights = {trial.recipe.descent.l1_weight for trial in spend(replace(SHORT, l1_weight=given), toy, Toy())}
    assert list(weights) == [pytest.approx(expected)]


def test_as_published_each_training_continues_the_previous_one_without_l1_and_without_the_studys_pruning():
    template = replace(setting().template, pruning=Pruning(threshold=0.1, begin=1.0))
    history = spend(replace(SHORT, l1_weight=0.0), replace(setting(budget=9.0), template=template), Toy())
    assert history[0].recipe.start == FromScratch()
    for before, after in pairwise(history):
        assert after.recipe.start == WarmStart(trial=before.key)
    for trial in history:
        assert trial.recipe.descent == WeightedSum(l1_weight=0.0)
        assert trial.recipe.pruning.threshold == 0
        same = {"descent": template.descent, "pruning": template.pruning, "start": template.start}
        assert replace(trial.recipe, **same, epochs=1.0, seed=0) == template


def test_after_a_divergence_it_continues_from_the_last_completed_network():
    history = spend(SHORT, setting(budget=8.0), DivergesAt(frozenset({3, 6})))
    starts = [getattr(trial.recipe.start, "trial", None) for trial in history]
    keys = [trial.key for trial in history]
    assert starts == [None, keys[0], keys[1], keys[2], keys[2], keys[4], keys[5], keys[5], keys[7]]


def test_if_the_dense_training_diverges_the_first_ramp_starts_from_scratch():
    history = spend(SHORT, setting(budget=5.0), DivergesAt(frozenset({0})))
    assert history[1].recipe.start == FromScratch()
    assert history[2].recipe.start == WarmStart(trial=history[1].key)
