"""``continuation`` as published, and with steps undone that make no progress."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from toys import DivergesAt, Toy, batches, setting, soft_threshold, spend

from frontsearch.methods.continuation import Continuation, ContinuationLog
from frontsearch.recipe import FromScratch, MultiGradient, Recipe, WarmStart, WeightedSum
from frontsearch.trial import Trial

METHODS = pytest.mark.parametrize("kind", [Continuation, ContinuationLog])


@dataclass(frozen=True)
class WarmToy:
    """The toy with warm starts: a training continues from where its parent ended.

    An epoch on cross entropy alone halves the soft threshold, ``shrink`` raises it by ``reach`` per unit, and a
    corrector leaves it as it is.
    """

    origin: float = 0.5
    reach: float = 100.0
    levels: dict[str, float] = field(default_factory=dict)

    def __call__(self, recipe: Recipe) -> Trial:
        level = self.origin
        if isinstance(recipe.start, WarmStart):
            level = self.levels[recipe.start.trial] + self.reach * recipe.start.shrink
        if isinstance(recipe.descent, WeightedSum):
            level /= 2**recipe.epochs
        trial = replace(Toy()(recipe), objectives=soft_threshold(level))
        self.levels[trial.key] = level
        return trial


def is_predictor(trial):
    return isinstance(trial.recipe.descent, WeightedSum)


def test_as_published_half_the_budget_after_the_start_goes_toward_each_end_of_the_front():
    history = list(batches(Continuation(), setting(budget=12.0), WarmToy()))
    assert {len(batch) for batch in history} == {1}
    origin, *rest = [trial for (trial,) in history]
    assert origin.recipe.start == FromScratch()
    assert origin.recipe.epochs == 4.0
    toward_loss, toward_l1 = rest[:8], rest[8:]
    assert [is_predictor(trial) for trial in toward_loss] == [True, False] * 4
    at = origin
    for predicted, corrected in zip(toward_loss[::2], toward_loss[1::2], strict=True):
        assert predicted.recipe.start == WarmStart(trial=at.key)
        assert corrected.recipe.start == WarmStart(trial=predicted.key)
        at = corrected
    assert not any(map(is_predictor, toward_l1))
    at = origin
    for corrected in toward_l1:
        assert corrected.recipe.start == WarmStart(trial=at.key, shrink=2e-3)
        at = corrected
    assert sum(trial.epochs for trial in rest) == 8.0
    assert len(toward_l1) == 8


@METHODS
def test_predictors_are_adam_on_cross_entropy_alone_and_correctors_multiobjective_proximal_gradients(kind):
    options = {"corrector_rate": 0.125, "predictor_rate": 0.25, "corrector_epochs": 0.75, "predictor_epochs": 0.375}
    for trial in spend(kind(first_epochs=2.0, **options), setting(budget=6.0), WarmToy()):
        recipe = trial.recipe
        if is_predictor(trial):
            assert recipe.descent == WeightedSum(l1_weight=0.0)
            assert (recipe.optimiser, recipe.learning_rate) == ("adam", 0.25)
            assert recipe.epochs == 0.375 or kind is ContinuationLog
        else:
            assert recipe.descent == MultiGradient(l1_scale=1.0)
            assert (recipe.optimiser, recipe.learning_rate) == (kind.corrector, 0.125)
            assert recipe.epochs == (2.0 if recipe.start == FromScratch() else 0.75)
    assert Continuation.corrector == "mpg"
    assert ContinuationLog.corrector == "mpg-log"


def test_as_published_every_step_is_accepted_even_to_a_dead_network():
    origin, *rest = spend(Continuation(), setting(budget=12.0), WarmToy(origin=2.5))
    toward_l1 = rest[8:]
    assert toward_l1[-1].objectives[1] == 0
    for before, after in zip([origin, *toward_l1], toward_l1, strict=False):
        assert after.recipe.start.trial == before.key
    *_, one, other = spend(Continuation(), setting(budget=8.0), Toy())  # all its points are equal
    assert other.recipe.start.trial == one.key


@METHODS
def test_a_diverged_predictor_is_skipped_and_a_diverged_corrector_is_repeated(kind):
    history = spend(kind(), setting(budget=12.0), DivergesAt(frozenset({1, 4})))
    origin, predicted, corrected, again, lost = history[:5]
    assert predicted.objectives is None
    assert corrected.recipe.start == WarmStart(trial=origin.key)
    at = corrected if kind is Continuation else origin  # the toy's corrector does not move
    assert again.recipe.start == WarmStart(trial=at.key)
    assert lost.objectives is None
    assert history[5].recipe.start == WarmStart(trial=at.key)
    assert history[5].recipe.seed != again.recipe.seed


@METHODS
def test_a_start_that_diverged_is_repeated_with_another_network(kind):
    first, second, third = spend(kind(), setting(budget=8.5), DivergesAt(frozenset({0})))
    assert first.recipe.start == second.recipe.start == FromScratch()
    assert first.recipe.seed != second.recipe.seed
    assert third.recipe.start == WarmStart(trial=second.key)


@METHODS
def test_starts_run_side_by_side_each_with_its_share_of_the_budget(kind):
    history = list(batches(kind(starts=2, first_epochs=2.0), setting(budget=12.0), WarmToy()))
    families = [{trial.key} for trial in history[0]]
    spent = [2.0, 2.0]
    assert {trial.recipe.start for trial in history[0]} == {FromScratch()}
    for batch in history[1:]:
        assert len(batch) == 2
        for place, trial in enumerate(batch):
            assert trial.recipe.start.trial in families[place]
            families[place].add(trial.key)
            spent[place] += trial.epochs
    assert spent == pytest.approx([6.0, 6.0], abs=1.0)


def toward_l1(history):
    """Pairs of a corrector that starts with a soft threshold and the trial it starts from."""
    by_key = {trial.key: trial for trial in history}
    steps = [trial for trial in history if getattr(trial.recipe.start, "shrink", 0)]
    return [(by_key[step.recipe.start.trial], step) for step in steps]


def test_log_undoes_and_halves_a_step_that_kills_the_network():
    # From 0.5 every step of 0.002 raises the threshold by 1.8: the second would kill the network.
    steps = toward_l1(spend(ContinuationLog(), setting(budget=24.0), WarmToy(origin=1.3, reach=900.0)))
    killed = 0
    for (before, step), (following, after) in pairwise(steps):
        if step.objectives[1] == 0:
            killed += 1
            assert following == before
            assert after.recipe.start.shrink == step.recipe.start.shrink / 2
        assert following.objectives[1] > 0
    assert killed > 1


def test_log_continues_from_no_point_dominated_by_its_predecessor():
    history = spend(ContinuationLog(), setting(budget=30.0), Toy(noise=0.3))
    by_key = {trial.key: trial for trial in history}
    refused = {}
    for trial in history:
        start = trial.recipe.start
        if not is_predictor(trial) and isinstance(start, WarmStart):
            parent = by_key[start.trial]
            at = by_key[parent.recipe.start.trial] if is_predictor(parent) else parent
            worse = all(one >= other for one, other in zip(trial.objectives, at.objectives, strict=True))
            refused[trial.key] = worse
    starts = {getattr(trial.recipe.start, "trial", None) for trial in history}
    assert any(refused.values())
    assert not starts & {key for key, worse in refused.items() if worse}


def test_log_starts_again_from_new_networks_when_halving_has_failed():
    history = spend(
        ContinuationLog(first_epochs=1.0), setting(budget=40.0), Toy()
    )  # all correctors give the same objectives
    fresh = [trial for trial in history if trial.recipe.start == FromScratch()]
    assert len(fresh) > 1
    assert len({trial.recipe.seed for trial in fresh}) == len(fresh)
    shrinks = [trial.recipe.start.shrink for _, trial in toward_l1(history)]
    lengths = [trial.epochs for trial in history if is_predictor(trial)]
    for found, first in ((shrinks, 2e-3), (lengths, 0.5)):
        assert found[:5] == pytest.approx([first / 2**n for n in range(5)])
        assert min(found) == pytest.approx(first / 16)


@METHODS
def test_a_budget_below_the_first_corrector_pays_for_a_shorter_one(kind):
    (trial,) = spend(kind(), setting(budget=1.5), WarmToy())
    assert trial.epochs == 1.5
