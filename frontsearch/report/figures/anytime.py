"""Hypervolume against epochs or seconds, as median and range over repeats."""

from itertools import product

import numpy as np

from frontsearch.comparison import Band, Comparison, CostUnit, HypervolumeName, Values, machines_sentence
from frontsearch.names import HYPERVOLUME, HYPERVOLUME_LOG
from frontsearch.report.figures.axis_limits import end_limits
from frontsearch.report.figures.chart import Area, Chart, Control, Line, Panel
from frontsearch.report.figures.thinning import indices_to_draw

COSTS: tuple[tuple[CostUnit, str], ...] = (("epochs", "epochs"), ("seconds", "seconds"))
INDICATORS: tuple[tuple[HypervolumeName, str], ...] = ((HYPERVOLUME, "linear"), (HYPERVOLUME_LOG, "logarithmic"))
COST_TITLES = {"epochs": "epochs", "seconds": "seconds of training and evaluation, summed over workers"}
BOXES = {HYPERVOLUME: "the reference box", HYPERVOLUME_LOG: "the box on log10 axes"}
BUDGET_SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
TITLE = "Hypervolume over time"
ENDS = "The figure shows the heights at which the curves end; double-click to see all of them."


def anytime_panel(comparison: Comparison) -> Panel:
    """The curves, with controls for the cost and for the kind of hypervolume."""
    return Panel(
        slug="anytime", title=TITLE,
        controls=(
            Control(name="spent", label="Time in", options=COSTS),
            Control(name="indicator", label="Hypervolume", options=INDICATORS),
        ),
        views={
            f"{spent} {indicator}": anytime_chart(comparison, spent=spent, indicator=indicator)
            for (spent, _), (indicator, _) in product(COSTS, INDICATORS)
        },
        table=anytime_rows(comparison),
    )  # fmt: skip


def anytime_chart(
    comparison: Comparison, *, spent: CostUnit = "epochs", indicator: HypervolumeName = HYPERVOLUME
) -> Chart:
    """Hypervolume of the front found so far, one line per method."""
    bands = {method: comparison.band(method, spent=spent, indicator=indicator) for method in comparison.methods}
    repeated = [method for method in comparison.methods if len(comparison.of_method(method)) > 1]
    repeats = "Lines are medians over a method's repeats, bands their range." if repeated else ""
    machines = machines_sentence(comparison) if spent == "seconds" else ""
    lines = tuple(_line(comparison, method, band) for method, band in bands.items())
    limits = end_limits(lines)
    ends = ENDS if limits else ""
    sentences = ("Hypervolume of the front found so far. Higher and further left is better.", repeats, machines, ends)
    return Chart(
        slug="anytime",
        title=TITLE,
        x_title=COST_TITLES[spent],
        y_title=f"hypervolume (share of {BOXES[indicator]})",
        caption=" ".join(filter(None, sentences)),
        lines=lines,
        areas=tuple(_area(comparison, method, bands[method]) for method in repeated),
        scales=("linear", "log"),
        log_axes="x",
        limits=limits,
    )


def _line(comparison: Comparison, method: str, band: Band) -> Line:
    kept = indices_to_draw(band.median[:, None])
    style, repeats = comparison.methods.index(method), len(comparison.of_method(method))
    x, y = band.at[kept].tolist(), band.median[kept].tolist()
    hover = f"{method}, median of {repeats} repeats" if repeats > 1 else method
    return Line(name=method, style=style, x=tuple(x), y=tuple(y), hover=hover)


def _area(comparison: Comparison, method: str, band: Band) -> Area:
    low, high = _corners(band.at, band.low), _corners(band.at, band.high)[::-1]
    x, y = np.concatenate([low, high]).T.tolist()
    return Area(name=method, style=comparison.methods.index(method), x=tuple(x), y=tuple(y))


def _corners(at: Values, values: Values) -> Values:
    """The corners of a step function, ``(n, 2)``, without steps too low to be seen."""
    kept = indices_to_draw(values[:, None])
    return np.column_stack([np.repeat(at[kept], 2)[1:], np.repeat(values[kept], 2)[:-1]])


def anytime_rows(comparison: Comparison) -> tuple[tuple[str, ...], ...]:
    """Median hypervolume of every method at shares of the most epochs that any method spent."""
    bands = {method: comparison.band(method, spent="epochs", indicator=HYPERVOLUME) for method in comparison.ranking}
    most = max((band.at[-1] for band in bands.values() if len(band.at)), default=0.0)
    header = ("method", *(f"after {share * most:.5g} epochs" for share in BUDGET_SHARES))
    missing = {method: "unknown" if comparison.imported(method) else "no trial yet" for method in bands}
    rows = (
        (method, *(_value_at(band, share * most) or missing[method] for share in BUDGET_SHARES))
        for method, band in bands.items()
    )
    return (header, *rows)


def _value_at(band: Band, epochs: float) -> str:
    index = int(np.searchsorted(band.at, epochs, side="right")) - 1
    return f"{band.median[index]:.4f}" if index >= 0 else ""
