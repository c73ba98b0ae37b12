"""The recipes behind the points of all fronts, and the fields that vary among them."""

from dataclasses import dataclass

from frontsearch.comparison.comparison import Comparison
from frontsearch.comparison.run_result import Point, RunResult
from frontsearch.recipe import Field
from frontsearch.trial import Trial

IDENTIFIERS = frozenset({"seed", "start_trial", "start_other"})  # without a meaningful order
DECADE = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class VariedField:
    """A recipe field whose value differs between rows.

    Attributes:
        name: Name of the field.
        values: Value of each row; None where its recipe has no such field.
        log: Whether its scale is logarithmic, which needs positive values that span more than a decade.
    """

    name: str
    values: tuple[Field, ...]
    log: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontRecipes:
    """Front points as rows, and the fields in which their recipes differ.

    Attributes:
        rows: Front points, each with the result of its run; run by run and by rising loss. Imported points
            are left out, as they have no recipe.
        fields: Fields in the order of the recipe's fields.
    """

    rows: tuple[tuple[RunResult, Point], ...]
    fields: tuple[VariedField, ...]


def front_recipes(comparison: Comparison) -> FrontRecipes:
    """The recipes behind all front points, as rows, and the fields in which they differ."""
    trained = [
        (result, point, point.trial.recipe.fields())
        for result in comparison.runs
        for point in result.points
        if isinstance(point.trial, Trial)
    ]
    recipes = [recipe for *_, recipe in trained]
    names = [name for name in (recipes[0] if recipes else ()) if name not in IDENTIFIERS]
    columns = {name: tuple(recipe[name] for recipe in recipes) for name in names}
    fields = (_varied_field(name, values) for name, values in columns.items() if len(set(values)) > 1)
    return FrontRecipes(rows=tuple((result, point) for result, point, _ in trained), fields=tuple(fields))


def _varied_field(name: str, values: tuple[Field, ...]) -> VariedField:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    log = numbers and min(numbers) > 0 and max(numbers) > DECADE * min(numbers)
    return VariedField(name=name, values=values, log=bool(log))
