"""What an Optuna study gets from the objective: checks before the first training, attributes, networks."""

import math
import sys
from dataclasses import replace

import optuna
import pytest
import torch
from small_task import ATTRIBUTES, SPACE, TEMPLATE, nonzeros_of, small_task

from frontsearch import Checkpoints, Choice, Range, Recipe, optuna_objective, pymoo_problem
from frontsearch.library.objective import _seed

BOTH = ["minimize", "minimize"]
SAMPLERS = {
    "nsga2": lambda **options: optuna.samplers.NSGAIISampler(population_size=4, seed=0, **options),
    "nsga3": lambda **options: optuna.samplers.NSGAIIISampler(population_size=4, seed=0, **options),
    "tpe": lambda **options: optuna.samplers.TPESampler(n_startup_trials=4, seed=0, **options),
    "gp": lambda **options: optuna.samplers.GPSampler(n_startup_trials=14, seed=0, **options),
}


@pytest.mark.filterwarnings("ignore:.*constraints_func:FutureWarning")
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)
def test_constraints_on_any_metric_survive_trainings_that_diverge(sampler):
    def constraints(trial):
        return [trial.user_attrs["nonzeros"] - 71, 0.1 - trial.user_attrs["sparsity"], trial.user_attrs["l1"] - 1e6]

    study = optuna.create_study(directions=BOTH, sampler=sampler(constraints_func=constraints))
    study.optimize(optuna_objective(small_task(), SPACE, template=TEMPLATE), n_trials=16)
    states = [trial.state.name for trial in study.trials]
    assert set(states) == {"COMPLETE", "PRUNED"}
    for trial in study.trials:
        assert len(trial.constraints) == 3
        if trial.state.name == "PRUNED":
            assert max(trial.constraints.values()) > 0  # an untrained network is not sparse
    assert all(max(trial.constraints.values()) <= 0 for trial in study.best_trials)


def test_every_trial_carries_key_recipe_and_metrics_diverged_ones_those_of_the_untrained_network():
    task = small_task()
    study = optuna.create_study(directions=BOTH, sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(optuna_objective(task, SPACE, template=TEMPLATE), n_trials=8)
    for trial in study.trials:
        attributes = trial.user_attrs
        assert attributes.keys() >= ATTRIBUTES
        recipe = Recipe.of_fields(attributes["recipe"])
        assert attributes["key"] == recipe.key(task.fingerprint)
        assert (recipe.learning_rate, recipe.seed) == (trial.params["learning_rate"], trial.number)
        assert attributes["status"] == ("complete" if trial.state.name == "COMPLETE" else "diverged")
    diverged = [trial.user_attrs for trial in study.trials if trial.state.name == "PRUNED"]
    untrained = task.network(0)
    l1 = sum(float(untrained.get_parameter(name).detach().abs().sum()) for name in task.penalised)
    assert diverged
    for attributes in diverged:
        assert attributes["nonzeros"] == 6 * 8 + 8 * 3
        assert attributes["l1_raw"] == pytest.approx(l1)
        assert attributes["test_cross_entropy"] == pytest.approx(math.log(3), rel=0.3)


def test_the_templates_seed_gives_every_trial_another_one_and_seed_0_its_number():
    space = {"l1_weight": Choice(options=[1e-3, 1e-2])}

    def trained(seed, number):
        objective = optuna_objective(small_task(), space, template=replace(TEMPLATE, seed=seed))
        trial = optuna.trial.FixedTrial({"l1_weight": 1e-2}, number=number)
        values = objective(trial)
        return values, trial.user_attrs["recipe"]["seed"]

    found = {(seed, number): trained(seed, number) for seed in range(3) for number in range(3)}
    assert [found[0, number][1] for number in range(3)] == [0, 1, 2]
    assert len({seed for _, seed in found.values()}) == len({values for values, _ in found.values()}) == 9
    assert trained(2, 1) == found[2, 1]


def test_small_seeds_and_numbers_share_no_training():
    seeds = {_seed(root, number) for root in range(20) for number in range(500)}
    assert len(seeds) == 20 * 500
    assert all(0 <= seed < 2**63 for seed in seeds)


@pytest.mark.parametrize("directions", [["minimize"], ["minimize"] * 3, ["maximize"] * 2, ["minimize", "maximize"]])
def test_a_study_with_other_directions_is_refused_before_anything_is_trained(directions):
    study = optuna.create_study(directions=directions)
    with pytest.raises(ValueError, match=rf"`directions` must be .* that calls a `Trainer`; found \['{directions[0]}'"):
        study.optimize(optuna_objective(small_task(), SPACE, template=TEMPLATE), n_trials=3)
    assert [trial.user_attrs for trial in study.trials] == [{}]


@pytest.mark.parametrize("kind", [str, Checkpoints])
def test_the_network_of_every_trial_is_kept(kind, tmp_path):
    task, folder = small_task(), tmp_path / "new" / "networks"
    space = {"l1_weight": Range(low=1e-3, high=1.0, log=True)}
    study = optuna.create_study(directions=BOTH, sampler=optuna.samplers.RandomSampler(seed=1))
    template = Recipe(epochs=5, batch_size=16, learning_rate=1e-2)
    study.optimize(optuna_objective(task, space, template=template, checkpoints=kind(folder)), n_trials=4)
    counts = [trial.user_attrs["nonzeros"] for trial in study.trials]
    kept = [nonzeros_of(task, Checkpoints(folder).load(trial.user_attrs["key"])[0]) for trial in study.trials]
    assert kept == counts
    assert len(set(counts)) > 1


@pytest.mark.parametrize("wrapped", [optuna_objective, pymoo_problem])
def test_what_can_be_refused_is_refused_before_the_first_training(wrapped, tmp_path):
    (tmp_path / "file").touch()
    for folder in ("file", "file/below"):
        with pytest.raises(ValueError, match=rf"`checkpoints` must be a folder.*; found .*{folder}: "):
            wrapped(small_task(), SPACE, checkpoints=tmp_path / folder)
    with pytest.raises(ValueError, match=r"must be in \[0, 1\); found 1.0. The space draws this"):
        wrapped(small_task(), {"momentum": Choice(options=[0.5, 1.0])})


@pytest.mark.parametrize("wrapped", [optuna_objective, pymoo_problem])
def test_a_training_too_short_for_the_data_is_refused_with_the_batch_size_that_makes_it_so(wrapped):
    epochs, sizes = Range(low=0.2, high=1.0), Choice(options=[8, 96])  # 0.2 epochs are two steps, or none
    assert wrapped(small_task(), {"epochs": epochs}, template=Recipe(batch_size=8))
    with pytest.raises(ValueError, match=r"more than half a step, which is 0.5 epochs .* found 0.2 epochs"):
        wrapped(small_task(), {"batch_size": sizes}, template=Recipe(epochs=0.2))
    with pytest.raises(ValueError, match="more than half a step"):
        wrapped(small_task(), {"batch_size": sizes, "epochs": epochs}, template=Recipe(batch_size=8))


@pytest.mark.parametrize("wrapped", [optuna_objective, pymoo_problem])
def test_only_the_trainings_change_settings_of_the_process(wrapped):
    inside = []

    def settings():
        return torch.get_num_threads(), sys.float_info.min / 2 == 0

    def loss(outputs, targets):
        inside.append(settings())
        return torch.nn.functional.cross_entropy(outputs, targets)

    can_flush, threads = torch.set_flush_denormal(False), torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        wrapping = wrapped(small_task(loss=loss), SPACE, template=TEMPLATE)
        inside.clear()  # the task tries the loss on a few examples
        if wrapped is pymoo_problem:
            wrapping.evaluate([{"l1_weight": -2.0, "learning_rate": 1e-2}])
        else:
            optuna.create_study(directions=BOTH).optimize(wrapping, n_trials=1)
        assert settings() == (3, False)
    finally:
        torch.set_num_threads(threads)
    assert set(inside) == {(1, can_flush)}
