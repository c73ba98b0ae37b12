"""The search space, with values drawn uniformly and by Optuna trials."""

import math

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.errors import UserError
from frontsearch.methods.random_search import UniformSuggester
from frontsearch.recipe import MultiGradient, Pruning, Recipe
from frontsearch.space import Choice, Range, Space

seeds = st.integers(0, 2**32 - 1)
bounds = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).map(sorted).filter(lambda pair: pair[0] < pair[1])
log_bounds = st.tuples(st.floats(1e-12, 1e6), st.floats(1e-12, 1e6)).map(sorted).filter(lambda pair: pair[0] < pair[1])
whole_bounds = (
    st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)).map(sorted).filter(lambda pair: pair[0] < pair[1])
)


def uniform(seed: int) -> UniformSuggester:
    return UniformSuggester(np.random.default_rng(seed))


@given(bounds, seeds)
def test_uniform_draws_stay_in_bounds(pair, seed):
    low, high = pair
    value = Range(low=low, high=high).suggest("x", uniform(seed))
    assert isinstance(value, float)
    assert low <= value <= high


@given(log_bounds, seeds)
def test_uniform_draws_stay_in_bounds_on_a_log_scale(pair, seed):
    low, high = pair
    value = Range(low=low, high=high, log=True).suggest("x", uniform(seed))
    assert isinstance(value, float)
    assert low <= value <= high


@given(whole_bounds, seeds, st.booleans())
def test_integer_draws_are_integers_in_bounds(pair, seed, log):
    low, high = pair
    value = Range(low=low, high=high, log=log, integer=True).suggest("x", uniform(seed))
    assert isinstance(value, int)
    assert low <= value <= high


@given(seeds)
def test_integer_draws_stay_in_the_widest_bounds(seed):
    assert -(2**63) <= Range(low=-(2**63), high=2**63 - 1, integer=True).suggest("x", uniform(seed)) < 2**63


@pytest.mark.parametrize("log", [False, True])
def test_integer_draws_reach_both_bounds(log):
    entry, one = Range(low=1, high=3, integer=True, log=log), uniform(0)
    assert {entry.suggest("x", one) for _ in range(200)} == {1, 2, 3}


def test_draws_on_a_log_scale_are_uniform_in_the_logarithm():
    entry, one = Range(low=1e-6, high=1.0, log=True), uniform(0)
    decades = np.bincount([int(-math.log10(entry.suggest("x", one))) for _ in range(6000)], minlength=6)
    # 1000 expected a decade with a deviation of 29; drawn evenly, 5400 would lie in the uppermost.
    assert (abs(decades - 1000) < 150).all()


def test_integers_on_a_log_scale_have_their_share_at_the_bounds_too():
    entry, one = Range(low=1, high=3, log=True, integer=True), uniform(0)
    counts = np.bincount([entry.suggest("x", one) for _ in range(4000)], minlength=4)[1:]
    expected = 4000 * np.diff(np.log([0.5, 1.5, 2.5, 3.5])) / math.log(7)  # each has half a unit on either side
    assert (abs(counts - expected) < 150).all()


def test_draws_without_log_are_uniform():
    entry, one = Range(low=2.0, high=4.0), uniform(0)
    quarters = np.bincount([int(2 * (entry.suggest("x", one) - 2)) for _ in range(4000)], minlength=4)
    assert (abs(quarters - 1000) < 150).all()


@given(st.lists(st.integers() | st.booleans() | st.text(), min_size=2, unique=True), seeds)
def test_an_option_is_drawn_as_it_is(options, seed):
    assert any(value is Choice(options=options).suggest("x", uniform(seed)) for value in options)


CONDITIONAL = Space(
    {
        "l1_weight": Range(low=1e-5, high=1e-1, log=True),
        "optimiser": Choice(options=["prox-sgd", "adam", "sgd"]),
        "momentum": Range(low=0.1, high=0.9, only_if={"optimiser": ["prox-sgd", "sgd"]}),
        "pruning_regrow": Choice(options=[True, False]),
        "pruning_every": Range(low=2, high=64, log=True, integer=True, only_if={"pruning_regrow": [False]}),
        "batch_size": Choice(options=[32, 64], only_if={"pruning_regrow": [False], "optimiser": ["adam"]}),
    }
)


def conditions_hold(values) -> bool:
    wanted = {"l1_weight", "optimiser", "pruning_regrow"}
    wanted |= {"momentum"} if values["optimiser"] != "adam" else set()
    wanted |= {"pruning_every"} if not values["pruning_regrow"] else set()
    wanted |= {"batch_size"} if not values["pruning_regrow"] and values["optimiser"] == "adam" else set()
    return set(values) == wanted


@given(seeds)
def test_entries_are_drawn_where_their_conditions_hold(seed):
    assert conditions_hold(CONDITIONAL.suggest(uniform(seed)))


@given(seeds)
def test_active_keeps_the_entries_whose_conditions_hold(seed):
    one = uniform(seed)
    everything = {name: entry.suggest(name, one) for name, entry in CONDITIONAL.entries.items()}
    kept = CONDITIONAL.active(everything)
    assert conditions_hold(kept)
    assert kept.items() <= everything.items()


def test_a_condition_on_an_inactive_entry_does_not_hold():
    chain = Space(
        {
            "pruning_regrow": Choice(options=[True, False]),
            "pruning_relative": Choice(options=[True, False], only_if={"pruning_regrow": [True]}),
            "batch_size": Choice(options=[1, 2], only_if={"pruning_relative": [True]}),
        }
    )
    inner = {"pruning_relative": True, "batch_size": 1}
    assert chain.active({"pruning_regrow": False, **inner}) == {"pruning_regrow": False}
    assert chain.active({"pruning_regrow": True, **inner}) == {"pruning_regrow": True, **inner}


def test_an_optuna_trial_is_a_suggester():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(30):
        asked = study.ask()
        values = CONDITIONAL.suggest(asked)
        assert conditions_hold(values)
        assert asked.params == values
        distributions = study.trials[asked.number].distributions
        assert distributions["l1_weight"] == optuna.distributions.FloatDistribution(1e-5, 1e-1, log=True)
        if "pruning_every" in values:
            assert distributions["pruning_every"] == optuna.distributions.IntDistribution(2, 64, log=True)


@given(seeds)
def test_decoding_changes_only_the_drawn_fields_and_the_seed(seed):
    template = Recipe(pruning=Recipe().pruning, momentum=0.05, batch_size=16)
    values = CONDITIONAL.suggest(uniform(seed))
    assert CONDITIONAL.decode(template, values, seed=7).fields() == {**template.fields(), **values, "seed": 7}


def test_decoding_refuses_invalid_recipes():
    with pytest.raises(ValueError, match="`momentum` must be"):
        Space({}).decode(Recipe(), {"momentum": 2.0}, seed=0)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Range(low=1.0, high=1.0), "low=1.0, high=1.0"),
        (lambda: Range(low=2.0, high=1.0), "low=2.0, high=1.0"),
        (lambda: Range(low=float("nan"), high=1.0), "low=nan, high=1.0"),
        (lambda: Range(low=0.0, high=float("inf")), "low=0.0, high=inf"),
        (
            lambda: Range(low=0.0, high=1.0, log=True),
            "on a log scale, at least 1e-30; found 0.0",
        ),
        (
            lambda: Range(low=-1.0, high=1.0, log=True),
            "on a log scale, at least 1e-30; found -1.0",
        ),
        (lambda: Range(low=0.5, high=2, integer=True), "whole; found low=0.5, high=2"),
        (lambda: Range(low=1, high=2.5, integer=True), "whole; found low=1, high=2.5"),
        (lambda: Range(low=1, high=2.0**63, integer=True), "fit in 64 bits; found low=1, high=9.22"),
        (lambda: Range(low=-(2**63) - 1, high=1, integer=True), "fit in 64 bits; found low=-9223372036854775809"),
        (lambda: Choice(options=[]), "two or more different values; found "),
        (lambda: Choice(options=["adam"]), "two or more different values; found "),
        (lambda: Choice(options=["adam", "sgd", "adam"]), "two or more different values; found "),
    ],
)
def test_invalid_entries_raise(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_entries_must_be_recipe_fields_with_the_nearest_one_suggested():
    with pytest.raises(ValueError, match="found 'l1_wieght': did you mean 'l1_weight'"):
        Space({"l1_wieght": Range(low=1, high=2)})


def test_conditions_must_name_entries_that_come_before():
    momentum = Range(low=0.1, high=0.9, only_if={"optimiser": ["sgd"]})
    with pytest.raises(ValueError, match=r"`only_if` of 'momentum' .* found 'optimiser'"):
        Space({"momentum": momentum, "optimiser": Choice(options=["sgd", "adam"])})


@pytest.mark.parametrize("value", [1.5, True, "2", None, 0, 4])
def test_an_integer_range_contains_whole_numbers_only(value):
    assert not Range(low=1, high=3, integer=True).contains(value)


def test_a_range_contains_the_numbers_within_its_bounds():
    assert [Range(low=1, high=3, integer=True).contains(value) for value in (1, 2.0, 3)] == [True, True, True]
    assert [Range(low=1, high=3).contains(value) for value in (1, 1.5, 3.1, True)] == [True, True, False, False]


SGD = Recipe(optimiser="sgd")
INVALID = {
    "an optimiser for a multi-gradient": ({"optimiser": Choice(options=["adam", "prox-adam", "madam"])}, Recipe()),
    "an optimiser for a weighted sum": (
        {"optimiser": Choice(options=["sgd", "prox-adam"])},
        Recipe(descent=MultiGradient(l1_scale=1.0), optimiser="sgd"),
    ),
    "a misspelt option": ({"pruning_ramp": Choice(options=["linear", "cubci"])}, Recipe()),
    "pruning that begins after the end": ({"pruning_begin": Range(low=0.0, high=1.2)}, Recipe()),
    "epochs that end before pruning begins": (
        {"epochs": Range(low=0.5, high=3)},
        Recipe(epochs=3, pruning=Pruning(threshold=1e-3, begin=1.0)),
    ),
    "two ranges that overlap": (
        {"epochs": Range(low=1.0, high=3.0), "pruning_begin": Range(low=0.0, high=2.0)},
        Recipe(epochs=3),
    ),
    "an option that another excludes": (
        {"epochs": Choice(options=[3.0, 1.0]), "pruning_begin": Choice(options=[0.0, 2.0])},
        Recipe(epochs=3),
    ),
    "options that exclude each other under a condition": (
        {
            "pruning_regrow": Choice(options=[True, False]),
            "epochs": Choice(options=[3.0, 1.0], only_if={"pruning_regrow": [False]}),
            "pruning_begin": Choice(options=[0.0, 2.0], only_if={"pruning_regrow": [False]}),
        },
        Recipe(epochs=3),
    ),
    "a fractional batch size": ({"batch_size": Range(low=8, high=64)}, Recipe()),
    "an empty batch": ({"batch_size": Range(low=0, high=4, integer=True)}, Recipe()),
    "an option outside the rule": ({"momentum": Choice(options=[0.5, 1.0])}, SGD),
    "a text for a number": ({"momentum": Choice(options=["0.5", 0.9])}, SGD),
    "a truth value for a number": ({"momentum": Choice(options=[False, 0.5])}, SGD),
    "an integer beyond floats": ({"learning_rate": Choice(options=[10**400, 1])}, SGD),
    "None": ({"learning_rate_schedule": Choice(options=["cosine", None])}, Recipe()),
    "straight through without sparsity": ({"pruning_straight_through": Choice(options=[True, False])}, Recipe()),
    "straight through with some sparsities": (
        {"pruning_straight_through": Choice(options=[True, False]), "pruning_sparsity": Choice(options=[0.5, 0.0])},
        Recipe(),
    ),
    "a template that no entry mends": ({"momentum": Range(low=0.1, high=0.9)}, Recipe(pruning=Pruning(begin=0.9))),
    "an invalid value under a condition": (
        {
            "optimiser": Choice(options=["adam", "sgd"]),
            "momentum": Choice(options=[0.5, 1.0], only_if={"optimiser": ["sgd"]}),
        },
        Recipe(),
    ),
}
VALID = {
    "nothing": ({}, Recipe()),
    "straight through under its condition": (
        {
            "pruning_sparsity": Choice(options=[0.0, 0.9]),
            "pruning_straight_through": Choice(options=[True, False], only_if={"pruning_sparsity": [0.9]}),
        },
        Recipe(),
    ),
    "straight through with every sparsity": (
        {"pruning_straight_through": Choice(options=[True, False]), "pruning_sparsity": Range(low=0.5, high=0.9)},
        Recipe(),
    ),
    "pruning that begins in time": (
        {
            "epochs": Choice(options=[1.0, 3.0]),
            "pruning_begin": Range(low=0.0, high=3.0, only_if={"epochs": [3.0]}),
        },
        Recipe(epochs=3),
    ),
    "conditions on conditions": (dict(CONDITIONAL.entries), Recipe()),
}


def check_recipe(recipe):
    if recipe.pruning.begin == 0.9:
        raise UserError("`pruning_begin` must not be 0.9.")


@pytest.mark.parametrize(("entries", "template"), INVALID.values(), ids=INVALID)
def test_a_space_with_an_invalid_recipe_is_refused(entries, template):
    with pytest.raises(ValueError, match=r"must .*\. The space draws this; narrow its values or restrict them"):
        Space(entries).check(template, check_recipe)


@pytest.mark.parametrize(("entries", "template"), VALID.values(), ids=VALID)
def test_a_space_of_valid_recipes_is_accepted_and_draws_no_other(entries, template):
    space, one = Space(entries), uniform(0)
    space.check(template, check_recipe)
    assert all(space.decode(template, space.suggest(one), seed=0) for _ in range(200))


def test_a_misspelt_option_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"\(did you mean 'adam'\?\); found 'adamw'\."):
        Space({"optimiser": Choice(options=["sgd", "adamw"])}).check(Recipe())
