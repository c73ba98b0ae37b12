"""``path`` and ``gmp`` with a target, on a network whose size and error are known in closed form."""

import hashlib
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from toys import setting, spend

from frontsearch.methods import METHODS, AcceptsTarget, Debias, Debiased
from frontsearch.methods.gmp import Gmp
from frontsearch.methods.path import Path
from frontsearch.recipe import FromScratch, Recipe, WarmStart
from frontsearch.target import Target
from frontsearch.trial import Status, Trial

PRUNABLE = 10_000
BEST = 0.01  # error of the dense network
PATH, GMP = Path(first_epochs=4.0, step_epochs=1.0), Gmp(first_epochs=4.0, ramp_epochs=1.0, tune_epochs=1.0)
METHODS_WITH_TARGETS = [PATH, replace(PATH, starts=2), GMP]
SPARSITY = Target(metric="sparsity", value=0.98)
NONZEROS = Target(metric="nonzeros", value=300)
INCREASE = Target(metric="error_increase", value=0.5)
TARGETS = [SPARSITY, NONZEROS, INCREASE]


@dataclass
class Network:
    """A network that an l1 weight leaves fewer weights, and whose error rises as it has fewer.

    Attributes:
        diverging: Share of the trainings that diverge.
        dies_below: Size below which it is dead.
        trials: All trials so far, by key.
    """

    diverging: float = 0.0
    dies_below: int = 0
    trials: dict[str, Trial] = field(default_factory=dict)

    def __call__(self, recipe: Recipe) -> Trial:
        size, key = self.size(recipe), recipe.key("network")
        error = BEST + (2.0 if recipe.descent.l1_weight else 1.0) / size if size else 0.9
        fate = int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 16**8
        complete = fate >= self.diverging
        metrics = {"nonzeros": size, "prunable": PRUNABLE, "sparsity": 1 - size / PRUNABLE, "validation_error": error}
        trial = Trial(
            key=key, recipe=recipe, status=Status.COMPLETE if complete else Status.DIVERGED,
            objectives=(error, float(size)) if complete else None, metrics=metrics if complete else {},
            epochs=recipe.epochs, seconds=0.0,
        )  # fmt: skip
        self.trials[key] = trial
        return trial

    def size(self, recipe: Recipe) -> int:
        """Its weights that are not zero; pruning without regrowth never adds any."""
        size = PRUNABLE / (1 + 1000 * recipe.descent.l1_weight)
        if isinstance(recipe.start, WarmStart) and not recipe.pruning.regrow:
            size = min(size, self.trials[recipe.start.trial].metrics["nonzeros"])
        if recipe.pruning.sparsity:
            size = min(size, PRUNABLE - round(recipe.pruning.sparsity * PRUNABLE))
        return 0 if size < self.dies_below else int(size)


def at(target, budget=30.0, seed=1):
    return replace(setting(budget=budget, seed=seed, reference_point=(100.0, PRUNABLE)), target=target)


def sizes(trials):
    return [trial.metrics["nonzeros"] for trial in trials]


def aimed(trials):
    """The trainings at the target, which are those without l1 and with pruning."""
    return [trial for trial in trials if trial.recipe.pruning.sparsity]


def test_the_methods_that_accept_a_target_are_path_and_gmp():
    assert [name for name, kind in METHODS.items() if issubclass(kind, AcceptsTarget)] == ["path", "gmp"]


@pytest.mark.parametrize("target", [SPARSITY, NONZEROS])
def test_path_sweeps_until_it_passes_the_size_and_prunes_the_network_before(target):
    allowed = target.nonzeros(PRUNABLE)
    history = spend(PATH, at(target), Network())
    at_target = aimed(history)
    sweep = history[: len(history) - len(at_target)]
    assert len(sweep) > 3
    assert all(size > allowed for size in sizes(sweep[:-1]))
    assert sizes(sweep[-1:])[0] <= allowed
    assert at_target[0].recipe.start == WarmStart(trial=sweep[-2].key)
    assert at_target[1].recipe.start == WarmStart(trial=at_target[0].key)
    assert sizes(at_target) == [allowed, allowed]
    assert [trial.recipe.descent.l1_weight for trial in at_target] == [0.0, 0.0]
    assert at_target[0].epochs == at_target[1].epochs == (30.0 - 4.0 - (len(sweep) - 1)) / 2


@pytest.mark.parametrize("target", [SPARSITY, NONZEROS])
def test_gmp_prunes_the_dense_network_straight_to_the_size(target):
    dense, ramp, tuning = spend(GMP, at(target), Network())
    assert (dense.recipe.start, dense.epochs, dense.recipe.pruning.sparsity) == (FromScratch(), 4.0, 0.0)
    assert ramp.recipe.start == WarmStart(trial=dense.key)
    assert tuning.recipe.start == WarmStart(trial=ramp.key)
    assert sizes([ramp, tuning]) == [target.nonzeros(PRUNABLE)] * 2


@pytest.mark.parametrize("method", [PATH, GMP], ids=["path", "gmp"])
def test_an_error_increase_is_approached_from_both_sides(method):
    history = spend(method, at(INCREASE, budget=60.0), Network())
    lowest = min(trial.metrics["validation_error"] for trial in history)
    smallest = 1 / (lowest + 0.005 - BEST)  # with exactly this error
    within = [size for size in sizes(history) if 1 / size <= 1 / smallest + 1e-12]
    assert 1 <= min(within) / smallest < 1.3
    assert min(sizes(history)) < smallest
    plain = spend(method, at(None, budget=60.0), Network())
    nearest = [
        min(abs(size / smallest - 1) for size in sizes(trials) if size >= smallest) for trials in (history, plain)
    ]
    assert nearest[0] < nearest[1]


def test_a_path_that_is_sparse_from_the_start_keeps_its_first_network_for_the_target():
    easy = Target(metric="nonzeros", value=9_990)
    first, *rest = spend(PATH, at(easy), Network())
    assert [trial.recipe.start.trial for trial in rest[:1]] == [first.key]
    assert all(size <= 9_990 for size in sizes([first, *rest]))
    assert sum(trial.epochs for trial in rest) == 26.0


@pytest.mark.parametrize("diverging", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("method", METHODS_WITH_TARGETS, ids=["path", "path-2", "gmp"])
def test_with_a_target_methods_keep_the_rules_of_every_method(method, target, diverging):
    for budget in (1.0, 4.0, 7.5, 30.0):
        network = Network(diverging=diverging, dies_below=20)
        history = spend(method, at(target, budget=budget), network)
        assert [one.recipe for one in spend(method, at(target, budget=budget), Network(diverging, 20))] == [
            one.recipe for one in history
        ]
        assert sum(trial.epochs for trial in history) <= budget + 1e-9
        keys = [trial.key for trial in history]
        assert len(set(keys)) == len(keys)
        for number, trial in enumerate(history):
            parent = getattr(trial.recipe.start, "trial", None)
            assert parent in {None, *keys[:number]}
            assert parent is None or network.trials[parent].objectives is not None
        if diverging < 1:
            assert sum(trial.epochs for trial in history) > budget - 2.0


@pytest.mark.parametrize(("budget", "last"), [(10.01, 3.0), (11.4, 3.0), (11.6, 1.6)])
def test_what_is_left_near_a_metric_is_trained_unless_it_is_less_than_half_a_training(budget, last):
    method = METHODS["gmp"](first_epochs=4.0, ramp_epochs=2.0, tune_epochs=1.0)
    history = spend(method, at(Target(metric="error_increase", value=0.5), budget=budget), Network())
    assert history[-1].epochs == pytest.approx(last)


def test_after_a_divergence_at_the_target_the_learning_rate_is_halved():
    network, numbers = Network(), iter(range(100))

    def evaluate(recipe):
        trial = network(recipe)
        fails = recipe.pruning.sparsity and next(numbers) == 0
        return replace(trial, objectives=None, metrics={}, epochs=1.0) if fails else trial

    first, second = aimed(spend(PATH, at(SPARSITY), evaluate))
    assert second.recipe.learning_rate == first.recipe.learning_rate / 2
    assert second.recipe.start == first.recipe.start


def test_a_network_that_dies_ends_the_sweep_and_the_one_before_is_pruned():
    target = Target(metric="nonzeros", value=30)
    history = spend(PATH, at(target), Network(dies_below=25))
    assert 0 not in sizes(aimed(history))
    assert sizes(aimed(history))[-1] == 30


def test_debiasing_leaves_the_target_to_its_method():
    debiased = spend(Debiased(method=PATH, options=Debias()), at(SPARSITY, budget=30.0), Network())
    alone = spend(PATH, at(SPARSITY, budget=24.0), Network())
    assert [trial.recipe for trial in debiased[: len(alone)]] == [trial.recipe for trial in alone]


def test_the_budget_goes_near_the_target():
    allowed = SPARSITY.nonzeros(PRUNABLE)
    near = [
        sum(
            trial.epochs
            for trial in spend(PATH, at(target), Network())
            if allowed / 1.5 <= trial.metrics["nonzeros"] <= allowed * 1.5
        )
        for target in (SPARSITY, None)
    ]
    assert near[0] > 15 > near[1]


def test_with_a_target_a_path_is_the_planned_one_until_it_is_passed():
    planned = replace(PATH, sweep=0.8)
    plain, with_target = spend(planned, at(None), Network()), spend(PATH, at(SPARSITY), Network())
    assert with_target == spend(planned, at(SPARSITY), Network())
    sweep = [trial.key for trial in with_target if not trial.recipe.pruning.sparsity]
    assert sweep == [trial.key for trial in plain[: len(sweep)]]
    for before, after in pairwise(with_target[: len(sweep)]):
        assert after.recipe.start == WarmStart(trial=before.key)
