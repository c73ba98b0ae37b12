"""The recipes behind the points of all fronts, and the recipe fields that vary as axes."""

from dataclasses import dataclass

from frontsearch.comparison.comparison import Comparison
from frontsearch.comparison.run_result import Point, RunResult
from frontsearch.recipe import Field
from frontsearch.trial import Trial

NOT_AXES = frozenset({"seed", "start_trial", "start_other"})  # identifiers, without a meaningful order
DECADE = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """A recipe field whose value differs between rows.

    Attributes:
        name: Name of the field.
        values: Value of each row; None where its recipe has no such field.
        log: Whether the axis is logarithmic, which needs positive values that span more than a decade.
    """

    name: str
    values: tuple[Field, ...]
    log: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Coordinates:
    """Front points as rows, and the fields of their recipes as axes.

    Attributes:
        rows: Front points, each with the result of its run; run by run and by rising loss. Imported points
            are left out, as they have no recipe.
        axes: Axes in the order of the recipe's fields.
    """

    rows: tuple[tuple[RunResult, Point], ...]
    axes: tuple[Axis, ...]


def coordinates(comparison: Comparison) -> Coordinates:
    """The recipes behind all front points, as rows, and their fields as axes."""
    trained = [
        (result, point, point.trial.recipe.fields())
        for result in comparison.runs
        for point in result.points
        if isinstance(point.trial, Trial)
    ]
    recipes = [recipe for *_, recipe in trained]
    names = [name for name in (recipes[0] if recipes else ()) if name not in NOT_AXES]
    columns = {name: tuple(recipe[name] for recipe in recipes) for name in names}
    axes = (_axis(name, values) for name, values in columns.items() if len(set(values)) > 1)
    return Coordinates(rows=tuple((result, point) for result, point, _ in trained), axes=tuple(axes))


def _axis(name: str, values: tuple[Field, ...]) -> Axis:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    log = numbers and min(numbers) > 0 and max(numbers) > DECADE * min(numbers)
    return Axis(name=name, values=values, log=bool(log))
