"""The recipes of the fronts' points in parallel coordinates."""

import math
from collections.abc import Sequence
from itertools import chain

from frontsearch.comparison import Axis, Comparison, Coordinates, coordinates
from frontsearch.recipe import Field
from frontsearch.report.figures.chart import Chart, Line, Panel
from frontsearch.report.figures.networks import network_words

MOST = 40  # networks of a front, evenly along it: more are no longer told apart


def recipes_panel(comparison: Comparison) -> Panel:
    """The chart alone, and as a table what each field ranges over."""
    found = coordinates(comparison)
    return Panel(
        slug="recipes", title="Recipes of the networks on the fronts", controls=(),
        views={"": recipes_chart(comparison, found)}, files=("fronts.csv", "trials.csv"),
        table=(("field", "from below to above"), *((axis.name, _reach(axis)) for axis in found.axes)),
    )  # fmt: skip


def recipes_chart(comparison: Comparison, found: Coordinates) -> Chart:
    """A path a network across the recipe fields that are not the same for all."""
    return Chart(
        slug="recipes",
        title="Recipes of the networks on the fronts",
        x_title="",
        y_title="value, from the least to the greatest",
        caption=(
            "A path is a network of a front, crossing each field at its value; a gap is a field that its recipe does "
            "not have. What the fields range over stands in the table. Of a method the repeat of median hypervolume is "
            f"drawn, and of a long front {MOST} networks along it."
        ),
        lines=tuple(_line(comparison, found, method) for method in comparison.methods if found.axes),
        ticks=tuple(axis.name for axis in found.axes),
    )


def _line(comparison: Comparison, found: Coordinates, method: str) -> Line:
    typical = comparison.typical(method)
    own = [place for place, (figures, _) in enumerate(found.rows) if figures is typical]
    shown = own[:: max(1, math.ceil(len(own) / MOST))]
    heights = [_heights(axis) for axis in found.axes]
    paths = [[(float(at), column[place]) for at, column in enumerate(heights)] for place in shown]
    texts = [network_words(typical, found.rows[place][1], split=comparison.split) for place in shown]
    corners = list(chain.from_iterable([*path, (math.nan, math.nan)] for path in paths))
    return Line(
        name=method,
        style=comparison.methods.index(method),
        x=tuple(x for x, _ in corners),
        y=tuple(y for _, y in corners),
        hover=tuple(chain.from_iterable([text] * (len(heights) + 1) for text in texts)),
        mark="line",
    )


def _heights(axis: Axis) -> list[float]:
    """Where its values lie between 0 and 1; nowhere where a recipe has no such field."""
    choices = _choices(axis)
    places = [_place(value, choices, log=axis.log) for value in axis.values]
    known = [place for place in places if not math.isnan(place)]
    low, high = min(known), max(known)
    return [(place - low) / ((high - low) or 1.0) for place in places]


def _place(value: Field, choices: Sequence[str], *, log: bool) -> float:
    if value is None:
        return math.nan
    if choices:
        return float(choices.index(str(value)))
    return math.log10(float(value)) if log else float(value)


def _choices(axis: Axis) -> Sequence[str]:
    """Its values in alphabetical order where they are no numbers; else nothing."""
    named = any(isinstance(value, str | bool) for value in axis.values)
    return sorted({str(value) for value in axis.values if value is not None}) if named else ()


def _reach(axis: Axis) -> str:
    choices = _choices(axis)
    if choices:
        return ", ".join(choices)
    numbers = [float(value) for value in axis.values if value is not None]
    return f"{min(numbers):.3g} to {max(numbers):.3g}"
