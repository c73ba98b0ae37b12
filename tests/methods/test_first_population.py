"""Methods that begin with the trials of an earlier run."""

from dataclasses import replace
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import MIXED, Toy, batches, setting, spend

from frontsearch.methods import METHODS, AcceptsInitialTrials, start
from frontsearch.methods.base import draw_seed
from frontsearch.methods.random_search import RandomSearch, UniformSuggester, draw_recipe
from frontsearch.recipe import MultiGradient, Recipe, WarmStart, WeightedSum
from frontsearch.space import Space

OPTIONS = {"optuna-tpe": {"startup": 4}, "optuna-gp": {"startup": 60}, "weights-nsga2": {"networks": 6}}
ACCEPTING = {
    name: method(**OPTIONS.get(name, {"population": 6}))
    for name, method in METHODS.items()
    if issubclass(method, AcceptsInitialTrials)
}
GENERATIONAL = {name: method for name, method in ACCEPTING.items() if hasattr(method, "population")}
INHERITING = ("inheritance", "weights-nsga2")  # inherit weights, so they accept any completed trial
SEARCHES = {name: method for name, method in ACCEPTING.items() if name not in INHERITING}


def earlier_trials(count, *, seed=7, toy=Toy(), **fields):  # noqa: B008 - frozen
    """Trials of an earlier random search, whose recipes have these fields."""
    drawn = [trial.recipe for trial in spend(RandomSearch(), setting(budget=float(count), seed=seed), toy)]
    return tuple(toy(Recipe.of_fields({**recipe.fields(), **fields})) for recipe in drawn)


def with_initial(*trials, budget=30.0, seed=1):
    return replace(setting(budget=budget, seed=seed), initial_trials=tuple(trials))


def first_batch(method, given):
    return next(batches(method, given, Toy()))


def test_which_methods_accept_initial_trials():
    assert set(ACCEPTING) == {
        "optuna-tpe", "optuna-gp", "optuna-nsga2", "optuna-nsga3", "pymoo-nsga2", "pymoo-nsga3", "pymoo-sms-emoa",
        *INHERITING,
    }  # fmt: skip


@given(st.integers(0, 2**31))
def test_encoding_inverts_decoding(seed):
    given = setting(seed=seed)
    rng = given.rng()
    values = MIXED.suggest(UniformSuggester(rng))
    recipe = MIXED.decode(given.template, values, seed=draw_seed(rng))
    assert MIXED.encode(given.template, recipe) == values
    assert {name: MIXED.nearest(recipe)[name] for name in values} == values


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 2.0},
        {"start": WarmStart(trial="ab")},
        {"descent": WeightedSum(l1_weight=5.0)},
        {"descent": MultiGradient(l1_scale=1.0)},
        {"learning_rate": 1e-5},
        {"optimiser": "rmsprop"},
        {"batch_size": 8},
        {"momentum": 0.5},  # searched only if the optimiser is prox-sgd
        {"learning_rate_schedule": "constant"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_search_ignores_initial_trials_that_its_space_does_not_describe(change):
    recipe = replace(earlier_trials(1)[0].recipe, optimiser="adam", momentum=setting().template.momentum)
    fits, other = (Toy()(replace(recipe, **fields)) for fields in ({}, change))
    given = with_initial(other, fits, Toy(diverging=1.0)(replace(recipe, seed=3)))
    for method in SEARCHES.values():
        assert method.usable_initial_trials(given) == [fits]
    for name in INHERITING:
        assert all(trial in (fits, other) for trial in ACCEPTING[name].usable_initial_trials(given))


@given(st.integers(0, 2**31))
def test_the_nearest_values_are_in_the_space(seed):
    rng = setting(seed=seed).rng()
    strange = Recipe(descent=MultiGradient(l1_scale=1.0), optimiser="madam", batch_size=1, learning_rate=50.0)
    for recipe in (strange, draw_recipe(setting(), rng)):
        nearest = MIXED.nearest(recipe)
        assert set(nearest) == set(MIXED.entries)
        assert all(entry.contains(nearest[name]) for name, entry in MIXED.entries.items())


@pytest.mark.parametrize("method", ACCEPTING.values(), ids=ACCEPTING)
@pytest.mark.parametrize("count", [2, 5, 6, 17])
def test_initial_trials_cost_nothing_and_are_not_trained_again(method, count):
    given = with_initial(*earlier_trials(count))
    history = spend(method, given, Toy())
    assert 27.0 < sum(trial.epochs for trial in history) <= 30.0 + 1e-9
    assert not {trial.key for trial in history} & {trial.key for trial in given.initial_trials}
    assert [trial.recipe for trial in history] == [trial.recipe for trial in spend(method, given, Toy())]


@pytest.mark.parametrize("method", GENERATIONAL.values(), ids=GENERATIONAL)
def test_random_recipes_complete_the_first_generation(method):
    trials = earlier_trials(4, optimiser="adam", momentum=0.9, pruning_every=2, pruning_regrow=True)
    usable = method.usable_initial_trials(with_initial(*trials))
    assert len(first_batch(method, with_initial(*trials))) == 6 - len(usable)


@pytest.mark.parametrize("name", sorted(ACCEPTING.keys() - {"optuna-gp"}))
def test_initial_trials_change_what_a_search_asks_for(name):
    good, bad = ([Toy()(replace(t.recipe, learning_rate=rate)) for t in earlier_trials(8)] for rate in (1e-2, 1e-4))
    asked = [
        [t.recipe for t in first_batch(ACCEPTING[name], with_initial(*trials, budget=2.0))] for trials in (good, bad)
    ]
    assert asked[0] != asked[1]


def test_gaussian_processes_learn_from_initial_trials_and_print_nothing(capfd):
    """With as many initial trials as ``startup``, the model chooses the first recipe."""
    alone = replace(setting(), space=Space({"l1_weight": MIXED.entries["l1_weight"]}))
    recipes = [alone.weighted_sum(weight, seed) for seed, weight in enumerate((2e-3, 0.02, 0.2, 2.0))]
    asked = []
    for toy in (Toy(), Toy(), Toy(noise=1.9)):
        method = METHODS["optuna-gp"](startup=4, batch=1)
        (recipe,) = start(method, replace(alone, initial_trials=tuple(map(toy, recipes)))).ask()
        asked.append(recipe)
    assert asked[0] == asked[1] != asked[2]
    (drawn,) = start(
        METHODS["optuna-gp"](startup=5, batch=1), replace(alone, initial_trials=tuple(map(Toy(), recipes)))
    ).ask()
    assert drawn != asked[0]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["optuna-nsga2", "optuna-nsga3"])
def test_optunas_genetic_samplers_cross_initial_trials(name):
    """Optuna ignores trials that belong to no generation, so all values would be random."""
    given = with_initial(*earlier_trials(12))
    known = [trial.recipe.learning_rate for trial in given.initial_trials]
    inherited = [trial.recipe.learning_rate in known for trial in first_batch(ACCEPTING[name], given)]
    assert sum(inherited) >= 2  # a random value never equals one of theirs


@pytest.mark.parametrize("name", ["pymoo-nsga2", "pymoo-nsga3", "pymoo-sms-emoa", "inheritance"])
def test_pymoos_algorithms_cross_the_best_initial_trials(name):
    best = [Toy()(replace(trial.recipe, learning_rate=1.01e-2)) for trial in earlier_trials(6)]
    worse = [Toy()(replace(trial.recipe, learning_rate=0.9, seed=n)) for n in range(3) for trial in best]
    assert list(ACCEPTING["inheritance"].usable_initial_trials(with_initial(*worse, *best))) == sorted(
        best, key=lambda t: t.objectives
    )
    rates = [trial.recipe.learning_rate for trial in first_batch(ACCEPTING[name], with_initial(*worse, *best))]
    assert len(rates) == 6
    assert median(rates) == pytest.approx(1.01e-2, rel=0.5)


def test_inheritance_begins_with_any_completed_trials_and_their_weights():
    fields = {"start": "warm", "start_trial": "cd", "start_optimiser": False, "start_shrink": 0.0}
    fields |= {"epochs": 0.25, "learning_rate": 3.0}
    trials = [*earlier_trials(12, **fields), *earlier_trials(3, toy=Toy(diverging=1.0))]
    method = ACCEPTING["inheritance"]
    front = method.usable_initial_trials(with_initial(*trials))
    assert len(front) > 2
    batch = next(batches(replace(method, population=len(front)), with_initial(*trials), Toy()))
    assert {trial.recipe.start.trial for trial in batch} <= {trial.key for trial in front}
    assert all(trial.recipe.learning_rate <= 1.0 for trial in batch)
