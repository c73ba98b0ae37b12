"""What pymoo gets from the problem: one value for a point, wherever it is evaluated, and its network."""

import multiprocessing
import re
from dataclasses import replace
from multiprocessing.pool import ThreadPool

import numpy as np
import pytest
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.mixed import MixedVariableDuplicateElimination, MixedVariableMating, MixedVariableSampling
from pymoo.optimize import minimize
from pymoo.parallelization import StarmapParallelization
from small_task import ATTRIBUTES, SPACE, TEMPLATE, nonzeros_of, small_task

from frontsearch import Checkpoints, Choice, Range, Recipe, pymoo_problem

POINT = {"l1_weight": -2.0, "learning_rate": 1e-2}
DIVERGING = {"l1_weight": -2.0, "learning_rate": 1e30}


def searched(problem, *, generations=3, **options):
    distinct = MixedVariableDuplicateElimination()
    mating = MixedVariableMating(eliminate_duplicates=distinct)
    nsga2 = NSGA2(pop_size=4, sampling=MixedVariableSampling(), mating=mating, eliminate_duplicates=distinct)
    return minimize(problem, nsga2, ("n_gen", generations), seed=1, **options)


def problem_of(space=SPACE, template=TEMPLATE, **options):
    return pymoo_problem(small_task(), space, template=template, **options)


def test_serially_by_threads_by_processes_and_again_the_front_is_the_same(monkeypatch):
    monkeypatch.syspath_prepend(__file__.rpartition("/")[0])  # for the worker process, which imports the task
    alone = problem_of()
    serial, trained = searched(alone), keys(alone)
    assert (searched(alone).F == serial.F).all()
    assert keys(alone) == trained
    for pool in (multiprocessing.get_context("spawn").Pool(1), ThreadPool(2)):
        with pool:
            other = problem_of()
            other.elementwise_runner = StarmapParallelization(pool.starmap)
            assert (searched(other).F == serial.F).all()
            assert keys(other) == trained


def keys(problem):
    return [trial.key for trial in problem.trials.values()]


def counting(problem):
    """The recipes that the problem trains from now on, as a list that grows."""
    train, trained = problem.trainer, []
    problem.trainer = lambda recipe: trained.append(recipe) or train(recipe)
    return trained


def test_a_point_has_one_value_and_is_trained_once_whatever_came_before():
    first, second = problem_of(), problem_of()
    trained = counting(first)
    other = {"l1_weight": -3.0, "learning_rate": 1e-2}
    values = first.evaluate([POINT] * 3 + [other])
    assert (values[:3] == values[0]).all()
    assert (second.evaluate([other, POINT]) == values[[3, 0]]).all()
    assert (first.evaluate([POINT]) == values[0]).all()
    assert len(trained) == first.trainings == 2


def test_the_templates_seed_is_the_root_of_all_seeds():
    seeds = [problem_of(template=replace(TEMPLATE, seed=seed)).recipe(POINT).seed for seed in (0, 0, 1)]
    assert seeds[0] == seeds[1] != seeds[2]
    problem = problem_of()
    assert problem.recipe(POINT).seed != problem.recipe(DIVERGING).seed


LOG = "`l1_weight` must be from -4 to -1, as its variable is the log10 of the field"
WRONG = {
    "natural units on a log scale": (
        {"l1_weight": 1e-3},
        f"{LOG} and not the field itself, whose log10 is -3; found 0.001.",
    ),
    "beyond a log scale": (
        {"l1_weight": np.float64(-5)},
        f"{LOG}; found -5.0.",
    ),
    "beyond a linear scale": ({"momentum": 1.5}, "`momentum` must be from 0.1 to 0.9; found 1.5."),
    "no number": ({"momentum": "0.5"}, "`momentum` must be from 0.1 to 0.9; found '0.5'."),
    "NaN": ({"momentum": np.nan}, "`momentum` must be from 0.1 to 0.9; found nan."),
    "beyond whole numbers": ({"batch_size": 65}, "`batch_size` must be from 8 to 64; found 65."),
    "no option": ({"optimiser": "sdg"}, "`optimiser` must be one of 'adam', 'sgd'; found 'sdg'."),
}
WIDE = {
    "l1_weight": Range(low=1e-4, high=1e-1, log=True),
    "momentum": Range(low=0.1, high=0.9),
    "batch_size": Range(low=8, high=64, integer=True, log=True),
    "optimiser": Choice(options=["adam", "sgd"]),
}
INSIDE = {"l1_weight": -3.0, "momentum": 0.5, "batch_size": 8, "optimiser": "sgd"}


@pytest.mark.parametrize(("change", "sentence"), WRONG.values(), ids=WRONG)
def test_a_point_outside_of_the_space_is_refused_and_not_moved_into_it(change, sentence):
    problem = problem_of(WIDE)
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        problem.evaluate([INSIDE | change])
    assert not problem.trials


def test_a_point_without_a_variable_or_as_a_plain_array_is_refused_with_a_sentence():
    problem = problem_of()
    with pytest.raises(ValueError, match=r"^`learning_rate` must be among the .* of a point; found only l1_weight\.$"):
        problem.evaluate([{"l1_weight": -3.0}])
    with pytest.raises(
        ValueError, match=r"^`point` must be .*\(l1_weight, learning_rate\) and not a plain array; found"
    ):
        problem.evaluate([-3.0, -2.0])


@pytest.mark.parametrize(("given", "met"), [(-4 - 1e-12, 1e-4), (-1 + 1e-12, 1e-1)])
def test_a_rounding_beyond_a_bound_is_the_bound(given, met):
    recipe = problem_of(WIDE).recipe(INSIDE | {"l1_weight": given})
    assert recipe.descent.l1_weight == met


def test_points_that_differ_only_where_no_condition_holds_are_one_training():
    space = {
        "optimiser": Choice(options=["adam", "sgd"]),
        "momentum": Range(low=0.1, high=0.9, only_if={"optimiser": ["sgd"]}),
    }
    problem = problem_of(space)
    trained = counting(problem)
    problem.evaluate([{"optimiser": "adam", "momentum": momentum} for momentum in (0.2, 0.3)])
    assert len(trained) == 1
    problem.evaluate([{"optimiser": "sgd", "momentum": momentum} for momentum in (0.2, 0.3)])
    assert len(trained) == 3


def test_whole_numbers_on_a_log_scale_are_trained_once_each():
    problem = problem_of({"batch_size": Range(low=8, high=13, integer=True, log=True)})
    result = searched(problem, generations=10)
    sizes = [individual.X["batch_size"] for individual in result.pop]
    assert all(size % 1 == 0 and 8 <= size <= 13 for size in sizes)
    assert len(set(sizes)) == len(sizes)
    assert problem.trainings <= 6


def test_individuals_carry_key_recipe_and_metrics_also_of_trainings_that_diverged():
    problem = problem_of()
    task = problem.task
    result = searched(problem)
    for individual in (*result.pop, *result.opt):
        assert all(individual.has(name) for name in ATTRIBUTES)
        recipe = Recipe.of_fields(individual.get("recipe"))
        assert individual.get("key") == recipe.key(task.fingerprint)
        assert recipe == problem.recipe(individual.X)
    out = problem.evaluate([POINT, DIVERGING], return_as_dictionary=True)
    assert out["status"].tolist() == ["complete", "diverged"]
    assert out["F"][1].tolist() == [1e12, 1e12]
    assert out["F"][0].tolist() == [out["validation_cross_entropy"][0], out["l1"][0]]
    numbers = [values for name, values in out.items() if name not in {"key", "recipe", "status"}]
    assert np.isfinite(np.concatenate(numbers, axis=None)).all()
    assert out["nonzeros"][1] == 6 * 8 + 8 * 3


def test_a_key_that_looks_like_a_number_stays_a_key():
    problem, key = problem_of(), "1" * 32
    train = problem.trainer
    problem.trainer = lambda recipe: replace(train(recipe), key=key)
    assert problem.evaluate([POINT], return_as_dictionary=True)["key"].tolist() == [key]


def test_the_network_of_an_individual_is_kept(tmp_path):
    problem = problem_of({"l1_weight": Range(low=1e-3, high=1.0, log=True)}, checkpoints=str(tmp_path))
    for individual in searched(problem).pop:
        state_dict, _ = Checkpoints(tmp_path).load(individual.get("key"))
        assert nonzeros_of(problem.task, state_dict) == individual.get("nonzeros")


@pytest.mark.parametrize("generations", [2, 5])
def test_a_history_shares_the_data(generations):
    problem = problem_of()
    history = searched(problem, generations=generations, save_history=True).history
    assert len(history) == generations
    assert {id(entry.problem.trainer.task.splits["train"].inputs) for entry in history} == {
        id(problem.trainer.task.splits["train"].inputs)
    }
    assert [len(entry.opt) > 0 for entry in history] == [True] * generations
