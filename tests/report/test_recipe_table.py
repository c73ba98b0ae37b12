"""Tables of recipes: of all fronts, and of one network."""

from dataclasses import replace

import hand_made
import pytest
from page_texts import Page

from frontsearch.recipe import Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.report.network_recipe import HEADER, network_recipe
from frontsearch.report.page import report_html
from frontsearch.report.recipe_table import LEAST_WIDTH, TITLE, RangeCell, recipe_cells, recipe_rows

TEMPLATE = Recipe(epochs=2.0, seed=1)


def of(**methods):
    """A comparison of one run per method whose front has these recipes."""
    places = iter(range(100))
    return hand_made.compared(
        *(
            hand_made.run(
                method,
                *(hand_made.trial(n, (0.1 * (n + 1), 90.0 - n), recipe=recipe) for recipe, n in zip(recipes, places)),  # noqa: B905
            )
            for method, recipes in methods.items()
        )
    )


def with_weight(l1_weight, **changes):
    return replace(TEMPLATE, descent=WeightedSum(l1_weight=l1_weight), **changes)


def test_a_bar_has_the_place_of_a_methods_numbers_among_all():
    """1e-4 to 1e-2 are two decades; a rate has a linear scale from 0.1 to 0.5."""
    comparison = of(
        a=[with_weight(1e-4, learning_rate=0.1), with_weight(1e-3, learning_rate=0.2)],
        b=[with_weight(1e-2, learning_rate=0.5, optimiser="sgd")],
    )
    cells = dict(recipe_cells(comparison))
    assert list(cells) == ["l1_weight", "optimiser", "learning_rate"]
    named = {name: dict(zip(("all", *comparison.ranking), row, strict=True)) for name, row in cells.items()}
    assert named["l1_weight"]["all"] == RangeCell(text="0.0001 to 0.01")
    assert named["l1_weight"]["a"] == RangeCell(text="0.0001 to 0.001", ends=(0.0, 0.5))
    assert named["l1_weight"]["b"] == RangeCell(text="0.01", ends=(1 - LEAST_WIDTH, 1.0))
    assert named["learning_rate"]["a"] == RangeCell(text="0.1 to 0.2", ends=(0.0, 0.25))
    assert named["optimiser"] == {
        "all": RangeCell(text="prox-adam 2, sgd 1"), "a": RangeCell(text="prox-adam 2"), "b": RangeCell(text="sgd 1")
    }  # fmt: skip


def test_a_field_that_a_recipe_lacks_is_an_empty_cell():
    comparison = hand_made.classes()  # one method has an l1_weight, the other an l1_scale
    header, *rows = recipe_rows(comparison)
    assert header == ("hyperparameter", "all networks", "smgd", "path")
    shown = {name: cells for name, *cells in rows}
    assert shown["l1_weight"] == ["0.25", "", "0.25"]
    assert shown["l1_scale"] == ["3", "3", ""]
    assert all(cell.ends is None for cell in dict(recipe_cells(comparison))["l1_weight"])


def test_identical_recipes_have_no_table():
    alike = of(path=[Recipe(seed=1), Recipe(seed=2)])
    assert recipe_rows(alike) == ()
    html = report_html(alike, name="n", task="t", settings="")
    assert TITLE not in html


def test_the_page_has_the_table_with_a_bar_for_each_range():
    comparison = hand_made.scattered()
    different = of(a=[with_weight(1e-4), with_weight(1e-3)], b=[with_weight(1e-2)])
    for one in (comparison, different):
        html = report_html(one, name="n", task="t", settings="")
        bars = [cell.ends for _, row in recipe_cells(one) for cell in row if cell.ends]
        assert html.count("--low: ") == len(bars)
    page = Page()
    page.feed(html)
    assert page.table("hyperparameter", "all networks")[1:] == [list(row) for row in recipe_rows(different)[1:]]


def test_a_parent_is_named_by_eight_digits():
    found = network_recipe(replace(TEMPLATE, start=WarmStart(trial="0123456789abcdef" * 2)), TEMPLATE)
    assert dict(found.changed)["start_trial"] == "01234567"


@pytest.mark.parametrize("template", [TEMPLATE, None])
def test_a_networks_recipe_shows_first_what_differs_from_the_template(template):
    recipe = with_weight(0.123456789, seed=7, pruning=Pruning(threshold=0.01))
    found = network_recipe(recipe, template)
    first = [name for name, _ in found.changed[1:]]
    assert found.changed[0] == HEADER
    assert dict(found.changed[1:])["l1_weight"] == "0.12346"
    fields = {name for name, value in recipe.fields().items() if value is not None}
    if template is None:
        assert (set(first), found.unchanged) == (fields, ())
    else:
        assert first == ["l1_weight", "pruning_threshold", "seed"]
        assert {name for name, _ in found.unchanged[1:]} == fields - set(first)
