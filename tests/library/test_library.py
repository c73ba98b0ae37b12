"""The trainer as an Optuna objective and as a pymoo problem."""

import pickle
from dataclasses import replace

import optuna
import pytest
import torch
from small_task import SPACE, small_task

from frontsearch import Range, Recipe, digits, optuna_objective, pymoo_problem
from frontsearch.recipe import MultiGradient
from frontsearch.tasks.networks import dense_kernels, perceptron

WEIGHT, SCALE = {"l1_weight": Range(low=1e-3, high=1e-1, log=True)}, {"l1_scale": Range(low=0.1, high=10.0)}
TEMPLATE = Recipe(epochs=0.1)


def test_a_finished_and_a_fixed_trial_reproduce_the_values_of_the_running_one():
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=optuna.samplers.RandomSampler(seed=1))
    objective = optuna_objective(digits(), WEIGHT, template=TEMPLATE)
    study.optimize(objective, n_trials=2)
    for trial in study.trials:
        assert list(objective(trial)) == trial.values
        assert list(objective(optuna.trial.FixedTrial(trial.params, number=trial.number))) == trial.values


def test_threads_train_what_one_thread_trains_and_leave_the_callers_random_state():
    def deep():
        return perceptron(*[64] * 20, 10)

    task = replace(digits(), build=deep, penalised=dense_kernels(deep()))
    state = torch.get_rng_state()
    found = []
    for jobs in (1, 4):
        study = optuna.create_study(directions=["minimize", "minimize"])
        for _ in range(16):
            study.enqueue_trial({"l1_weight": 1e-3})
        study.optimize(optuna_objective(task, WEIGHT, template=TEMPLATE), n_trials=16, n_jobs=jobs)
        found.append([trial.values for trial in study.trials])
        assert torch.equal(torch.get_rng_state(), state)
    assert found[0] == found[1]


def test_a_problem_can_be_pickled_and_trains_the_same():
    problem = pymoo_problem(digits(), WEIGHT, template=TEMPLATE)
    again = pickle.loads(pickle.dumps(problem))  # noqa: S301 - its own
    values = [{"l1_weight": -2.0}]
    assert (again.evaluate(values) == problem.evaluate(values)).all()


@pytest.mark.parametrize("wrapped", [optuna_objective, pymoo_problem])
def test_an_l1_factor_that_the_descent_does_not_use_is_refused(wrapped):
    multi = Recipe(descent=MultiGradient(l1_scale=1.0), optimiser="adam")
    for space, template in ((SCALE, TEMPLATE), (WEIGHT, multi)):
        with pytest.raises(ValueError, match=f"has no '{next(iter(space))}' to search"):
            wrapped(digits(), space, template=template)
    for space, template in ((WEIGHT, TEMPLATE), (SCALE, multi)):
        assert wrapped(digits(), space, template=template)


WRONG = {
    "a text for a task": (("digits", SPACE), {}, "`task` must be a frontsearch.Task, such as .*; found 'str'"),
    "a number for a task": ((3, SPACE), {}, "`task` must be a frontsearch.Task, such as .*; found 'int'"),
    "no space": ((small_task(), None), {}, "`space` must be `Range`s and `Choice`s by recipe field; found None"),
    "an empty space": ((small_task(), {}), {}, "`space` must be a choice of at least one recipe field; found {}"),
    "pairs for ranges": ((small_task(), {"l1_weight": (1, 2)}), {}, "`space` must be `Range`s and `Choice`s by recipe"),
    "a mapping for a template": (
        (small_task(), SPACE),
        {"template": {}},
        "`template` must be a Recipe, such as .*found",
    ),
    "a number for a folder": ((small_task(), SPACE), {"checkpoints": 3}, "`checkpoints` must be a path, as text or"),
}


@pytest.mark.parametrize("made", [optuna_objective, pymoo_problem])
@pytest.mark.parametrize("name", WRONG)
def test_arguments_of_another_kind_are_named(name, made):
    given, options, sentence = WRONG[name]
    with pytest.raises(ValueError, match=f"^{sentence}"):
        made(*given, **options)
