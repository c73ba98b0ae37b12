"""Methods that search over the number of nonzeros, with real trainings on digits."""

from itertools import pairwise

import pytest
import torch

from frontsearch import methods
from frontsearch.methods import METHODS, Debias, Debiased, Setting
from frontsearch.recipe import Recipe
from frontsearch.space import Space
from frontsearch.tasks import digits
from frontsearch.training import Checkpoints, Trainer


@pytest.fixture
def trainer(tmp_path):
    return Trainer(digits(objective="train"), Checkpoints(tmp_path))


def spent(trainer, method, *, budget):
    """The trials of a method within its budget."""
    template = Recipe(learning_rate=5e-3, batch_size=64, epochs=4.0)
    setting = Setting(
        budget=budget, seed=2, template=template, space=Space({}), l1_weights=(1e-3, 2e-2), reference_point=(2.3, 300.0)
    )
    conversation, trials = methods.start(method, setting), []
    while batch := conversation.ask():
        if sum(trial.epochs for trial in trials) + sum(recipe.epochs for recipe in batch) > budget + 1e-9:
            break
        told = [trainer(recipe) for recipe in batch]
        conversation.tell(told)
        trials += told
    return trials


def zeros_of(trainer, key):
    parameters, _ = trainer.checkpoints.load(key)
    return torch.cat([parameters[name].flatten() == 0 for name in sorted(trainer.task.penalised)])


def test_debiasing_keeps_zeros_and_lowers_cross_entropy(trainer):
    method = Debiased(method=METHODS["weighted-grid"](), options=Debias(share=0.4, epochs=4.0, learning_rate=2e-3))
    trials = spent(trainer, method, budget=20.0)
    by_key = {trial.key: trial for trial in trials}
    after = [trial for trial in trials if trial.recipe.descent.l1_weight == 0]
    assert len(after) == 2
    for trial in after:
        parent = by_key[trial.recipe.start.trial]
        before, now = zeros_of(trainer, parent.key), zeros_of(trainer, trial.key)
        assert 0 < int(before.sum()) < len(before)
        assert now[before].all()
        assert trial.metrics["train_cross_entropy"] < parent.metrics["train_cross_entropy"]
        assert trial.metrics["l1"] > parent.metrics["l1"]


def test_gmp_and_st3_reach_their_sparsities(trainer):
    gmp = METHODS["gmp"](first_epochs=4.0, ramp_epochs=2.0, tune_epochs=1.0, every=5, l1_weight=0.0)
    sparsities = []
    for trial in spent(trainer, gmp, budget=13.0):
        sparsity = trial.recipe.pruning.sparsity
        if trial.recipe.pruning.regrow:  # the dense training
            assert trial.metrics["nonzeros"] == trial.metrics["prunable"]
        if sparsity:
            sparsities.append(sparsity)
        if sparsities:  # and the training after a ramp stays there
            left = trial.metrics["prunable"] - round(sparsities[-1] * trial.metrics["prunable"])
            assert trial.metrics["nonzeros"] == left
    assert len(sparsities) == 3
    for trial in spent(trainer, METHODS["st3"](points=3), budget=9.0):
        sparsity = trial.recipe.pruning.sparsity
        assert trial.metrics["nonzeros"] == trial.metrics["prunable"] - round(sparsity * trial.metrics["prunable"])


def test_linbreg_follows_its_densities_and_keeps_zeros_between_them(trainer):
    trials = spent(
        trainer, METHODS["linbreg"](points=4, sparsest=0.05, densest=0.4, frozen=0.5, learning_rate=0.02), budget=320.0
    )
    grown, kept = trials[::2], trials[1::2]
    assert len(grown) == len(kept) == 4
    density = [trial.metrics["nonzeros"] / trial.metrics["prunable"] for trial in grown]
    aims = [1 - trial.recipe.pruning.sparsity for trial in grown]
    assert all(0.5 * aim < reached < 2 * aim for aim, reached in zip(aims, density, strict=True))
    assert density[-1] > 3 * density[0]
    assert all(
        after.metrics["nonzeros"] <= before.metrics["nonzeros"] for before, after in zip(grown, kept, strict=True)
    )
    assert kept[-1].objectives[0] < kept[0].objectives[0]


def test_adabreg_goes_from_sparse_to_dense_while_cross_entropy_falls(trainer):
    trials = spent(trainer, METHODS["adabreg"](), budget=12.0)
    nonzeros = [trial.metrics["nonzeros"] for trial in trials]
    assert nonzeros[0] < 0.1 * trials[0].metrics["prunable"]
    assert nonzeros[-1] > 3 * nonzeros[0]
    third = [sum(trial.objectives[0] for trial in trials[at : at + 4]) for at in (0, 4, 8)]
    assert all(later < earlier for earlier, later in pairwise(third))
    assert all(trial.recipe.start.optimiser for trial in trials[1:])
