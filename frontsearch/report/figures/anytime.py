"""Hypervolume against what was spent, median and range over repeats."""

from itertools import product

import numpy as np

from frontsearch.comparison import Band, Comparison, Spent, Values, Volume
from frontsearch.names import HYPERVOLUME, HYPERVOLUME_LOG
from frontsearch.report.figures.chart import Area, Chart, Control, Line, Panel
from frontsearch.report.figures.thinning import drawn

SPENT: tuple[tuple[Spent, str], ...] = (("epochs", "epochs"), ("seconds", "seconds"))
VOLUMES: tuple[tuple[Volume, str], ...] = ((HYPERVOLUME, "linear"), (HYPERVOLUME_LOG, "logarithmic"))
UNITS = {"epochs": "epochs spent", "seconds": "seconds of training and evaluation, summed over workers"}
BOXES = {HYPERVOLUME: "the reference box", HYPERVOLUME_LOG: "the box on log10 axes"}
TENTHS = (0.1, 0.25, 0.5, 0.75, 1.0)


def anytime_panel(comparison: Comparison) -> Panel:
    """The curves with their controls."""
    return Panel(
        slug="anytime", title="Hypervolume against what was spent",
        controls=(
            Control(name="spent", label="Spent", options=SPENT),
            Control(name="indicator", label="Hypervolume", options=VOLUMES),
        ),
        views={
            f"{spent} {indicator}": anytime_chart(comparison, spent=spent, indicator=indicator)
            for (spent, _), (indicator, _) in product(SPENT, VOLUMES)
        },
        table=_rows(comparison),
    )  # fmt: skip


def anytime_chart(comparison: Comparison, *, spent: Spent = "epochs", indicator: Volume = HYPERVOLUME) -> Chart:
    """One hypervolume against epochs or seconds, a line a method."""
    bands = {method: comparison.band(method, spent=spent, indicator=indicator) for method in comparison.methods}
    many = [method for method in comparison.methods if len(comparison.of_method(method)) > 1]
    shade = " The line is the median of a method's repeats, its shade their range." if many else ""
    return Chart(
        slug="anytime",
        title="Hypervolume against what was spent",
        x_title=UNITS[spent],
        y_title=f"hypervolume (share of {BOXES[indicator]})",
        caption=f"Higher and further left is better: what the front found so far dominates.{shade}",
        lines=tuple(_line(comparison, method, band) for method, band in bands.items()),
        areas=tuple(_area(comparison, method, bands[method]) for method in many),
        scales=("linear", "log"),
        log_axes="x",
    )


def _line(comparison: Comparison, method: str, band: Band) -> Line:
    kept = drawn(band.median[:, None])
    style, repeats = comparison.methods.index(method), len(comparison.of_method(method))
    x, y = band.at[kept].tolist(), band.median[kept].tolist()
    hover = f"{method}, median of {repeats} repeats" if repeats > 1 else method
    return Line(name=method, style=style, x=tuple(x), y=tuple(y), hover=hover)


def _area(comparison: Comparison, method: str, band: Band) -> Area:
    low, high = _steps(band.at, band.low), _steps(band.at, band.high)[::-1]
    x, y = np.concatenate([low, high]).T.tolist()
    return Area(name=method, style=comparison.methods.index(method), x=tuple(x), y=tuple(y))


def _steps(at: Values, values: Values) -> Values:
    """The corners of a step function, ``(n, 2)``, but for steps too low to be seen."""
    kept = drawn(values[:, None])
    return np.column_stack([np.repeat(at[kept], 2)[1:], np.repeat(values[kept], 2)[:-1]])


def _rows(comparison: Comparison) -> tuple[tuple[str, ...], ...]:
    """The median hypervolume of every method by what share of the greatest spending was spent."""
    bands = {method: comparison.band(method, spent="epochs", indicator=HYPERVOLUME) for method in comparison.ranking}
    most = max((band.at[-1] for band in bands.values() if len(band.at)), default=0.0)
    header = ("method", *(f"after {share * most:.5g} epochs" for share in TENTHS))
    nothing = {method: "unknown" if comparison.imported(method) else "no training yet" for method in bands}
    rows = ((name, *(_at(band, share * most) or nothing[name] for share in TENTHS)) for name, band in bands.items())
    return (header, *rows)


def _at(band: Band, spent: float) -> str:
    place = int(np.searchsorted(band.at, spent, side="right")) - 1
    return f"{band.median[place]:.4f}" if place >= 0 else ""
