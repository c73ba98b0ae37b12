"""Recipes: the values they refuse, and the differences that change their keys."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from strategies import recipes

from frontsearch.recipe import FromScratch, MultiGradient, Offspring, Pruning, Recipe, WarmStart, WeightedSum

MULTI = MultiGradient(l1_scale=1.0)


def linbreg(l1_weight):
    """A recipe that aims at a sparsity by ``linbreg``."""
    return Recipe(descent=WeightedSum(l1_weight=l1_weight), optimiser="linbreg", pruning=Pruning(sparsity=0.5))


@pytest.mark.parametrize(
    ("build", "name", "found"),
    [
        (lambda: WeightedSum(l1_weight=-1.0), "l1_weight", -1.0),
        (lambda: WeightedSum(l1_weight=float("nan")), "l1_weight", float("nan")),
        (lambda: WeightedSum(l1_weight=float("inf")), "l1_weight", float("inf")),
        (lambda: MultiGradient(l1_scale=0.0), "l1_scale", 0.0),
        (lambda: MultiGradient(l1_scale=float("inf")), "l1_scale", float("inf")),
        (lambda: Pruning(threshold=-0.5), "pruning_threshold", -0.5),
        (lambda: Pruning(begin=float("nan")), "pruning_begin", float("nan")),
        (lambda: Pruning(every=0), "pruning_every", 0),
        (lambda: Pruning(ramp="quadratic"), "pruning_ramp", "quadratic"),
        (lambda: Recipe(optimiser="lion"), "optimiser", "lion"),
        (lambda: Recipe(learning_rate=0.0), "learning_rate", 0.0),
        (lambda: Recipe(learning_rate=float("inf")), "learning_rate", float("inf")),
        (lambda: Recipe(learning_rate_schedule="step"), "learning_rate_schedule", "step"),
        (lambda: Recipe(momentum=1.0), "momentum", 1.0),
        (lambda: Recipe(momentum=-0.1), "momentum", -0.1),
        (lambda: Recipe(batch_size=0), "batch_size", 0),
        (lambda: Recipe(epochs=0.0), "epochs", 0.0),
        (lambda: Recipe(epochs=float("nan")), "epochs", float("nan")),
        (lambda: Recipe(epochs=2.0, pruning=Pruning(begin=2.5)), "pruning_begin", 2.5),
        (lambda: Recipe(seed=-1), "seed", -1),
        (lambda: Recipe(seed=2**63), "seed", 2**63),
        (lambda: Recipe(optimiser="madam"), "optimiser", "madam"),
        (lambda: Recipe(optimiser="mrmsprop"), "optimiser", "mrmsprop"),
        (lambda: Recipe(optimiser="prox-adam", descent=MULTI), "optimiser", "prox-adam"),
        (lambda: Recipe(optimiser="prox-sgd", descent=MULTI), "optimiser", "prox-sgd"),
        (lambda: linbreg(l1_weight=0), "l1_weight", 0),
        (lambda: Recipe(descent=0.05), "descent", 0.05),
        (lambda: Recipe(start="KEY"), "start", "KEY"),
        (lambda: Recipe(pruning=None), "pruning", None),
        (lambda: Recipe(learning_rate="1e-3"), "learning_rate", "1e-3"),
        (lambda: Recipe(epochs="1"), "epochs", "1"),
        (lambda: Recipe(momentum=None), "momentum", None),
        (lambda: WeightedSum(l1_weight="0.1"), "l1_weight", "0.1"),
        (lambda: MultiGradient(l1_scale=None), "l1_scale", None),
        (lambda: FromScratch(density="1"), "start_density", "1"),
        (lambda: FromScratch(density=1e-100), "start_density", 1e-100),  # its root vanishes in torch's floats
        (lambda: Pruning(sparsity="0.5"), "pruning_sparsity", "0.5"),
        (lambda: WarmStart(trial=7), "start_trial", 7),
        (lambda: WarmStart(trial="KEY", shrink="0"), "start_shrink", "0"),
    ],
)
def test_message_names_field_and_value(build, name, found):
    with pytest.raises(ValueError, match=rf"^`{name}` must be [^.].*; found ") as caught:
        build()
    assert str(caught.value).endswith(f"found {found!r}.")


def test_numbers_of_other_types_are_accepted():
    assert Recipe(learning_rate=np.float32(0.5), epochs=2).key("task") == Recipe(learning_rate=0.5, epochs=2).key(
        "task"
    )
    assert WeightedSum(l1_weight=Fraction(1, 2)) == WeightedSum(l1_weight=0.5)


@given(recipes())
def test_fields_round_trip(recipe):
    assert Recipe.of_fields(recipe.fields()) == recipe


@given(recipes())
def test_fields_are_scalars_and_the_round_trip_keeps_the_key(recipe):
    flat = recipe.fields()
    assert all(isinstance(value, str | int | float | bool | None) for value in flat.values())
    assert Recipe.of_fields(flat).key("task") == recipe.key("task")


def test_a_missing_field_raises():
    flat = Recipe().fields()
    del flat["momentum"]
    with pytest.raises(KeyError, match="momentum"):
        Recipe.of_fields(flat)


ONE_FIELD_CHANGED = {
    "l1_weight": {"descent": WeightedSum(l1_weight=0.5)},
    "descent": {"descent": MultiGradient(l1_scale=1.0), "optimiser": "sgd"},
    "l1_scale": {"descent": MultiGradient(l1_scale=2.0), "optimiser": "sgd"},
    "optimiser": {"optimiser": "adam"},
    "learning_rate": {"learning_rate": 0.5},
    "learning_rate_schedule": {"learning_rate_schedule": "sigmoid"},
    "momentum": {"momentum": 0.5},
    "batch_size": {"batch_size": 32},
    "epochs": {"epochs": 3.0},
    "pruning_threshold": {"pruning": Pruning(threshold=0.1)},
    "pruning_sparsity": {"pruning": Pruning(sparsity=0.5)},
    "pruning_straight_through": {"pruning": Pruning(sparsity=0.5, straight_through=True)},
    "pruning_relative": {"pruning": Pruning(relative=True)},
    "pruning_begin": {"pruning": Pruning(begin=0.5)},
    "pruning_every": {"pruning": Pruning(every=2)},
    "pruning_ramp": {"pruning": Pruning(ramp="cubic")},
    "pruning_regrow": {"pruning": Pruning(regrow=False)},
    "start": {"start": WarmStart(trial="parent")},
    "start_density": {"start": FromScratch(density=0.1)},
    "start_shrink": {"start": WarmStart(trial="parent", shrink=0.1)},
    "start_other": {"start": Offspring(trial="parent", other="another")},
    "start_trial": {"start": WarmStart(trial="another")},
    "start_optimiser": {"start": WarmStart(trial="parent", optimiser=True)},
    "seed": {"seed": 7},
}


def test_every_field_changes_the_key():
    assert set(ONE_FIELD_CHANGED) == set(Recipe().fields()), "a new field needs its line above"
    keys = {Recipe().key("task"), *(replace(Recipe(), **change).key("task") for change in ONE_FIELD_CHANGED.values())}
    assert len(keys) == 1 + len(ONE_FIELD_CHANGED)


def test_the_fingerprint_changes_the_key():
    assert Recipe().key("task") != Recipe().key("another task")


def test_the_key_of_the_default_recipe_never_changes_so_that_ledgers_stay_readable():
    assert Recipe().key("task", trainer=1) == "7669348738b8d36a3fea5edad5260e59"
    assert Recipe().key("task", trainer=2) == "5b344dafb0bf264d7cdf8f3ce2e25927"
    assert Recipe().key("task", trainer=3) == "601ce66f87688c22304234337eb8236c"
    assert Recipe().key("task", trainer=4) == "c5f9da4d5917a0a3392db4699d6c9edc"
    assert Recipe().key("task", trainer=5) == "6d61464706d1605a4cd96531b7cb2819"
    assert Recipe().key("task", trainer=6) == "c419151a087695715fe14807fdf5cc96"
    assert Recipe().key("task", trainer=7) == "b65bdbcc24231eedc6bc476705990cea"
    assert Recipe().key("task", trainer=8) == "35c111fb736b0ca8d152ed9ec3bc7645"
    assert Recipe().key("task", trainer=9) == Recipe().key("task") == "760aed8d822d1c7099d38a3a055f9a11"


def test_an_integer_and_an_equal_float_give_the_same_key():
    whole = Recipe(
        descent=WeightedSum(l1_weight=1),
        learning_rate=1,
        momentum=0,
        epochs=2,
        pruning=Pruning(threshold=1, begin=1),
    )
    real = Recipe(
        descent=WeightedSum(l1_weight=1.0),
        learning_rate=1.0,
        momentum=0.0,
        epochs=2.0,
        pruning=Pruning(threshold=1.0, begin=1.0),
    )
    assert whole.key("task") == real.key("task")
    multi = {"optimiser": "sgd"}
    assert Recipe(descent=MultiGradient(l1_scale=2), **multi).key("task") == Recipe(
        descent=MultiGradient(l1_scale=2.0), **multi
    ).key("task")


def test_the_key_of_a_warm_start_depends_on_its_whole_lineage():
    def grandchild(first: Recipe) -> str:
        child = Recipe(start=WarmStart(trial=first.key("task")))
        return Recipe(start=WarmStart(trial=child.key("task"))).key("task")

    assert grandchild(Recipe(seed=1)) == grandchild(Recipe(seed=1))
    assert grandchild(Recipe(seed=1)) != grandchild(Recipe(seed=2))
    assert grandchild(Recipe(seed=1)) != Recipe(start=FromScratch()).key("task")


def test_recipes_are_frozen_and_hashable():
    assert len({Recipe(), Recipe(), Recipe(seed=1)}) == 2
    with pytest.raises(AttributeError):
        Recipe().seed = 2


@pytest.mark.parametrize(("field", "value"), [("descent", "weighted_sum"), ("start", "cold")])
def test_fields_of_an_unknown_kind_are_refused_by_name(field, value):
    with pytest.raises(ValueError, match=f"`{field}` must be one of .*; found '{value}'"):
        Recipe.of_fields({**Recipe().fields(), field: value})


def test_a_start_of_a_programs_own_kind_counts_as_what_it_extends():
    class Sparse(FromScratch):
        pass

    own, plain = (Recipe(start=kind(density=0.5)) for kind in (Sparse, FromScratch))
    assert own.fields() == plain.fields()
    assert own.key("task") == plain.key("task")
