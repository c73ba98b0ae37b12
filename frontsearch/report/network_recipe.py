"""The recipe of a network as the page shows it: first what differs from the study's template."""

from collections.abc import Mapping
from dataclasses import dataclass

from frontsearch.recipe import Field, Recipe

Rows = tuple[tuple[str, ...], ...]
HEADER = ("hyperparameter", "value")
KEYS = frozenset({"start_trial", "start_other"})  # a page names trials by eight digits
SEED = "seed"  # differs always, which tells nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkRecipe:
    """Two tables of names and values, each with a header, or empty.

    Attributes:
        changed: What differs from the template, and the seed; everything where the template is unknown.
        unchanged: The rest.
    """

    changed: Rows
    unchanged: Rows


def network_recipe(recipe: Recipe, template: Recipe | None) -> NetworkRecipe:
    """The recipe in two tables, without fields that have no value."""
    fields, usual = _known(recipe), _known(template) if template else {}
    seed = {SEED: fields.pop(SEED)}
    changed = {name: value for name, value in fields.items() if name not in usual or usual[name] != value}
    return NetworkRecipe(
        changed=_rows(changed | seed),
        unchanged=_rows({name: value for name, value in fields.items() if name not in changed}),
    )


def _known(recipe: Recipe) -> dict[str, Field]:
    return {name: value for name, value in recipe.fields().items() if value is not None}


def _rows(fields: Mapping[str, Field]) -> Rows:
    return (HEADER, *((name, _text(name, value)) for name, value in fields.items())) if fields else ()


def _text(name: str, value: Field) -> str:
    if name in KEYS:
        return str(value)[:8]
    return f"{value:.5g}" if isinstance(value, float) else str(value)
