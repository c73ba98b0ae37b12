"""The hyperparameter searches: values within the space, spaces that run out, and results better than chance."""

from statistics import median

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import L1_WEIGHTS, MIXED, Toy, batches, setting, soft_threshold, spend

from frontsearch.comparison.quality import Box, hypervolume
from frontsearch.front import Front
from frontsearch.methods import METHODS
from frontsearch.methods.optuna_search import OptunaTpe
from frontsearch.methods.pymoo_search import PymooNsga2
from frontsearch.methods.pymoo_variables import decode_variables, space_variables
from frontsearch.methods.random_search import RandomSearch
from frontsearch.space import Choice, Range, Space

SEARCHES = {
    "random": RandomSearch(),
    "optuna-tpe": METHODS["optuna-tpe"](startup=5),
    "optuna-nsga2": METHODS["optuna-nsga2"](population=6),
    "pymoo-nsga2": METHODS["pymoo-nsga2"](population=6),
}
TOYS = {"noisy": Toy(noise=0.1), "some diverged": Toy(diverging=0.3)}


def lies_in(entry, value) -> bool:
    if isinstance(entry, Choice):
        return any(value is option or (value == option and type(value) is type(option)) for option in entry.options)
    return type(value) is (int if entry.integer else float) and entry.low <= value <= entry.high


@pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)
@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_values_lie_in_the_space_and_inactive_fields_keep_the_templates_values(search, toy):
    given = setting(budget=60.0)
    template = given.template.fields()
    seen = set()
    for trial in spend(search, given, toy):
        flat = trial.recipe.fields()
        active = MIXED.active(flat)
        assert all(lies_in(MIXED.entries[name], value) for name, value in active.items()), active
        assert {**flat, **{name: template[name] for name in active}, "seed": template["seed"]} == template
        seen |= active.keys()
    assert seen == MIXED.entries.keys()


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_options_of_every_type_keep_their_type(search):
    kinds = Space(
        {
            "pruning_regrow": Choice(options=[True, False]),
            "batch_size": Choice(options=[16, 32, 64]),
            "momentum": Choice(options=[0.0, 0.5, 0.9]),
            "optimiser": Choice(options=["adam", "prox-adam", "sgd"]),
        }
    )
    drawn = [trial.recipe.fields() for trial in spend(search, setting(budget=30.0, space=kinds), Toy())]
    for name, entry in kinds.entries.items():
        assert all(lies_in(entry, flat[name]) for flat in drawn)
        assert {flat[name] for flat in drawn} == set(entry.options)


@given(st.floats(1e-9, 1e9), st.floats(1.0001, 1e6), st.floats(0, 1))
def test_pymoo_meets_the_bounds_of_a_log_scale_exactly(low, ratio, share):
    space = Space({"learning_rate": Range(low=low, high=low * ratio, log=True)})
    first, last = space_variables(space)["learning_rate"].bounds
    assert (
        low
        <= decode_variables(space, {"learning_rate": first + share * (last - first)})["learning_rate"]
        <= low * ratio
    )
    assert decode_variables(space, {"learning_rate": first})["learning_rate"] == pytest.approx(low)
    assert decode_variables(space, {"learning_rate": last})["learning_rate"] == pytest.approx(low * ratio)


def test_pymoo_searches_whole_numbers_on_a_log_scale_as_whole_numbers():
    few = Space({"batch_size": Range(low=8, high=13, integer=True, log=True)})
    sizes = [trial.recipe.batch_size for trial in spend(PymooNsga2(population=6), setting(space=few), Toy())]
    assert sorted(sizes) == list(range(8, 14))  # each once, then the space is used up


def test_pymoo_first_draws_whole_numbers_uniformly_in_the_logarithm():
    space = Space({"pruning_every": Range(low=1, high=400, integer=True, log=True)})
    drawn = space_variables(space)["pruning_every"].sample(2000, random_state=np.random.default_rng(0))
    expected = np.log(20.5 / 0.5) / np.log(400.5 / 0.5)  # each has half a unit on either side
    assert abs(np.mean(drawn <= 20) - expected) < 0.05  # drawn evenly, it would be 0.05 instead of 0.56
    assert decode_variables(space, {"pruning_every": drawn[0]}) == {"pruning_every": drawn[0]}


@pytest.mark.parametrize("population", [6, 20])
def test_pymoo_ends_when_a_tiny_space_is_used_up(population):
    tiny = Space({"pruning_regrow": Choice(options=[True, False]), "batch_size": Choice(options=[16, 32, 64])})
    history = list(batches(PymooNsga2(population=population), setting(budget=200.0, space=tiny), Toy()))
    combinations = [(t.recipe.batch_size, t.recipe.pruning.regrow) for batch in history for t in batch]
    assert len(combinations) < 100
    assert len(set(combinations)) == 6


def test_pymoo_with_a_population_smaller_than_a_tiny_space_goes_on():
    tiny = Space({"pruning_regrow": Choice(options=[True, False]), "batch_size": Choice(options=[16, 32, 64])})
    history = spend(PymooNsga2(population=4), setting(budget=30.0, space=tiny), Toy())
    assert len({(trial.recipe.batch_size, trial.recipe.pruning.regrow) for trial in history}) == 6


def test_pymoo_never_repeats_what_it_still_remembers():
    for batch in batches(PymooNsga2(), setting(budget=100.0), Toy()):
        chosen = [tuple({**trial.recipe.fields(), "seed": 0}.values()) for trial in batch]
        assert len(set(chosen)) == len(chosen)


def test_pymoo_asks_for_a_whole_generation_per_batch():
    sizes = [len(batch) for batch in batches(PymooNsga2(population=6), setting(budget=30.0), Toy())]
    assert sizes == [6] * 5


@pytest.mark.parametrize("name", ["optuna-tpe", "optuna-nsga2", "pymoo-nsga2"])
def test_outcomes_change_what_a_search_asks_for(name):
    first, second = (spend(SEARCHES[name], setting(), toy) for toy in (Toy(), Toy(noise=1.9)))
    assert first[0].recipe == second[0].recipe
    assert [trial.recipe for trial in first] != [trial.recipe for trial in second]


@settings(max_examples=5)
@given(st.integers(0, 2**31))
def test_random_search_ignores_outcomes(seed):
    history = [spend(RandomSearch(), setting(seed=seed), toy) for toy in (Toy(), Toy(diverging=1.0))]
    assert [trial.recipe for trial in history[0]] == [trial.recipe for trial in history[1]]


def test_optunas_verbosity_is_restored():
    before = optuna.logging.get_verbosity()
    spend(OptunaTpe(), setting(budget=3.0), Toy())
    assert optuna.logging.get_verbosity() == before


LASSO = Space(
    {
        "l1_weight": Range(low=1e-5, high=10.0, log=True),
        "learning_rate": Range(low=1e-5, high=1.0, log=True),
        "momentum": Range(low=0.0, high=0.9),
    }
)
BOX = Box(low=(0.0, 0.0), high=(soft_threshold(10.0)[0], soft_threshold(0.0)[1]))


def median_hypervolume(method) -> float:
    found = [spend(method, setting(budget=80.0, seed=seed, space=LASSO), Toy()) for seed in range(5)]
    return median(hypervolume(Front.of_trials(trials).points, box=BOX) for trials in found)


def test_searches_beat_random_search_on_the_lasso():
    assert median_hypervolume(OptunaTpe()) > median_hypervolume(RandomSearch())


def test_no_search_beats_the_exact_front():
    exact = [soft_threshold(level) for level in (*(n / 500 for n in range(1, 1500)), 0.0)]
    best = hypervolume(exact, box=BOX)
    for name in ("optuna-tpe", "random"):
        history = spend(METHODS[name](), setting(budget=80.0, space=LASSO), Toy())
        assert 0 < hypervolume(Front.of_trials(history).points, box=BOX) < best * 1.005


def test_the_weights_of_these_tests_cover_the_front():
    assert soft_threshold(L1_WEIGHTS[1])[1] < 0.51
