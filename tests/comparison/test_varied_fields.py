"""The recipes behind front points, and the fields that vary among them."""

from dataclasses import replace

from hand_made import LINEAR, LOG, classes, nothing, run, trial

from frontsearch.comparison.comparing import compare
from frontsearch.comparison.varied_fields import front_recipes
from frontsearch.recipe import Recipe, WeightedSum


def of(*recipes):
    """One run whose front has these recipes, in this order."""
    trials = [trial(n, (0.1 * (n + 1), 90.0 - n), recipe=recipe) for n, recipe in enumerate(recipes)]
    return front_recipes(compare([run("path", *trials)], linear=LINEAR, log=LOG))


def test_every_front_point_is_a_row_and_every_field_that_varies_is_there():
    comparison = classes()
    found = front_recipes(comparison)
    assert found.rows == tuple((result, point) for result in comparison.runs for point in result.points)
    recipes = [point.trial.recipe.fields() for _, point in found.rows]
    varied = [name for name in recipes[0] if len({recipe[name] for recipe in recipes}) > 1]
    assert [field.name for field in found.fields] == [name for name in varied if name not in {"seed", "start_trial"}]
    for field in found.fields:
        assert field.values == tuple(recipe[field.name] for recipe in recipes)


def test_positive_numbers_over_more_than_a_decade_are_logarithmic():
    template = Recipe(epochs=2.0)
    found = of(
        replace(template, descent=WeightedSum(l1_weight=1e-4), learning_rate=0.1, batch_size=8, momentum=0.0),
        replace(template, descent=WeightedSum(l1_weight=1e-2), learning_rate=0.9, batch_size=256, momentum=0.5),
    )
    assert {field.name: field.log for field in found.fields} == {
        "l1_weight": True, "learning_rate": False, "batch_size": True, "momentum": False,
    }  # fmt: skip


def test_fields_with_one_value_are_left_out_and_an_empty_comparison_has_no_rows():
    assert of(Recipe(seed=1), Recipe(seed=2)).fields == ()
    assert front_recipes(nothing()) == front_recipes(compare([], linear=LINEAR, log=LOG))
    assert front_recipes(nothing()).rows == ()
