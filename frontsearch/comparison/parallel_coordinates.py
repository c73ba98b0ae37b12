"""The recipes of front points as rows of parallel coordinates."""

from dataclasses import dataclass

from frontsearch.comparison.comparison import Comparison
from frontsearch.comparison.run_result import Point, RunResult
from frontsearch.recipe import Field
from frontsearch.trial import Trial

NAMES = frozenset({"seed", "start_trial", "start_other"})  # of draws and trials: places on an axis would mean nothing
DECADE = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """A recipe field that is not the same for all rows.

    Attributes:
        name: The field.
        values: One for each row; None where a recipe has no such field.
        log: Whether the axis is logarithmic: all values are positive and span more than a decade.
    """

    name: str
    values: tuple[Field, ...]
    log: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Coordinates:
    """Every front point of a comparison by what its recipe varies.

    Attributes:
        rows: The points with the runs they are of, run by run, by rising cross entropy; what was imported has no recipe
            and is not among them.
        axes: In the recipe's order.
    """

    rows: tuple[tuple[RunResult, Point], ...]
    axes: tuple[Axis, ...]


def coordinates(comparison: Comparison) -> Coordinates:
    """The recipes of all fronts' points, field by field."""
    trained = [
        (figures, point, point.trial.recipe.fields())
        for figures in comparison.runs
        for point in figures.points
        if isinstance(point.trial, Trial)
    ]
    recipes = [recipe for *_, recipe in trained]
    names = [name for name in (recipes[0] if recipes else ()) if name not in NAMES]
    columns = {name: tuple(recipe[name] for recipe in recipes) for name in names}
    axes = (_axis(name, values) for name, values in columns.items() if len(set(values)) > 1)
    return Coordinates(rows=tuple((figures, point) for figures, point, _ in trained), axes=tuple(axes))


def _axis(name: str, values: tuple[Field, ...]) -> Axis:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    spread = numbers and min(numbers) > 0 and max(numbers) > DECADE * min(numbers)
    return Axis(name=name, values=values, log=bool(spread))
