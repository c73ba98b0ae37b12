"""The recipes of the networks on the fronts, in parallel coordinates."""

import math
from collections.abc import Sequence
from itertools import chain

from frontsearch.comparison import Axis, Comparison, Coordinates, coordinates
from frontsearch.recipe import Field
from frontsearch.report.figures.chart import Chart, Line, Panel
from frontsearch.report.figures.networks import network_description

MAX_NETWORKS = 40  # per front, evenly spaced along it; nobody can tell more apart
TITLE = "Hyperparameters of the networks on the fronts"


def recipes_panel(comparison: Comparison) -> Panel:
    """The chart, and a table of the values that each hyperparameter takes."""
    rows = coordinates(comparison)
    return Panel(
        slug="recipes", title=TITLE, controls=(),
        views={"": recipes_chart(comparison, rows)}, files=("fronts.csv", "trials.csv"),
        table=_rows(rows),
    )  # fmt: skip


def recipe_rows(comparison: Comparison) -> tuple[tuple[str, ...], ...]:
    """The values that each hyperparameter takes in the recipes; empty if none varies."""
    rows = coordinates(comparison)
    return _rows(rows) if rows.axes else ()


def _rows(rows: Coordinates) -> tuple[tuple[str, ...], ...]:
    return (("hyperparameter", "values, bottom to top"), *((axis.name, _values(axis)) for axis in rows.axes))


def recipes_chart(comparison: Comparison, rows: Coordinates) -> Chart:
    """One polyline per network, across the recipe fields that vary."""
    return Chart(
        slug="recipes",
        title=TITLE,
        x_title="",
        y_title="value, lowest to highest",
        caption=(
            "Each line is one network and crosses each axis at the value in its recipe; a gap means that the recipe "
            "lacks the field. The table lists the values of each axis. For each method, the figure shows at most "
            f"{MAX_NETWORKS} networks from the repeat of median hypervolume."
        ),
        lines=tuple(_line(comparison, rows, method) for method in comparison.methods if rows.axes),
        ticks=tuple(axis.name for axis in rows.axes),
    )


def _line(comparison: Comparison, rows: Coordinates, method: str) -> Line:
    typical = comparison.median_run(method)
    indices = [index for index, (result, _) in enumerate(rows.rows) if result is typical]
    shown = indices[:: max(1, math.ceil(len(indices) / MAX_NETWORKS))]
    heights = [_heights(axis) for axis in rows.axes]
    polylines = [[(float(x), column[index]) for x, column in enumerate(heights)] for index in shown]
    texts = [network_description(typical, rows.rows[index][1], comparison.measures) for index in shown]
    vertices = list(chain.from_iterable([*polyline, (math.nan, math.nan)] for polyline in polylines))
    return Line(
        name=method,
        style=comparison.methods.index(method),
        x=tuple(x for x, _ in vertices),
        y=tuple(y for _, y in vertices),
        hover=tuple(chain.from_iterable([text] * (len(heights) + 1) for text in texts)),
        mark="line",
    )


def _heights(axis: Axis) -> list[float]:
    """The values of an axis scaled to [0, 1]; NaN for recipes without the field."""
    choices = _choices(axis)
    numbers = [_number(value, choices, log=axis.log) for value in axis.values]
    known = [number for number in numbers if not math.isnan(number)]
    low, high = min(known), max(known)
    return [(number - low) / ((high - low) or 1.0) for number in numbers]


def _number(value: Field, choices: Sequence[str], *, log: bool) -> float:
    if value is None:
        return math.nan
    if choices:
        return float(choices.index(str(value)))
    return math.log10(float(value)) if log else float(value)


def _choices(axis: Axis) -> Sequence[str]:
    """The values of a categorical axis in alphabetical order; empty for a numerical one."""
    categorical = any(isinstance(value, str | bool) for value in axis.values)
    return sorted({str(value) for value in axis.values if value is not None}) if categorical else ()


def _values(axis: Axis) -> str:
    choices = _choices(axis)
    if choices:
        return ", ".join(choices)
    numbers = [float(value) for value in axis.values if value is not None]
    return f"{min(numbers):.3g} to {max(numbers):.3g}"
