"""Where the best method's repeats attain more, or less, than another method's."""

import numpy as np

from frontsearch.comparison import Box, Comparison, Difference
from frontsearch.front import Points
from frontsearch.report.figures.attainment import median_and_bands
from frontsearch.report.figures.axis_limits import box_limits
from frontsearch.report.figures.chart import Area, Chart, Control, Panel
from frontsearch.report.figures.views import OBJECTIVE_PLANE, View

OBJECTIVES = View(OBJECTIVE_PLANE, "chosen")
CELLS = 500  # along each logarithmic axis: about as fine as a screen shows


def difference_panel(comparison: Comparison) -> Panel:
    """The best method compared with each other method."""
    best, *others = comparison.ranking
    options = tuple((str(index), other) for index, other in enumerate(others))
    return Panel(
        slug="difference", title=f"Where {best} is better, and where it is worse",
        controls=(Control(name="against", label=f"{best} against", options=options),),
        views={index: difference_chart(comparison, best, other) for index, other in options},
        filtered=False, files=("attainment_differences.csv", "attainment.csv"),
    )  # fmt: skip


def difference_chart(comparison: Comparison, first: str, second: str) -> Chart:
    """The difference between the empirical attainment functions of two methods."""
    difference = comparison.difference(first, second)
    lines = tuple(median_and_bands(comparison, method, visibility="always")[0] for method in (first, second))
    return Chart(
        slug="difference",
        title=f"Where {first} and {second} differ",
        x_title=OBJECTIVES.title(comparison),
        y_title=OBJECTIVE_PLANE.size_title(comparison.measures),
        caption=_caption(first, second, has_repeats=comparison.has_repeats),
        lines=lines,
        areas=tuple(
            _area(comparison, difference, share, pair=(first, second)) for share in np.unique(difference.share).tolist()
        ),
        scales=("log", "linear"),
        limits=box_limits(comparison, lines),
    )


def _caption(first: str, second: str, *, has_repeats: bool) -> str:
    if has_repeats:
        return (
            f"Solid colour: more repeats of {first} than of {second} attain (dominate) this region. Hatched: fewer do. "
            "The stronger the colour, the larger the difference. Lines are median attainment surfaces."
        )
    return f"Solid colour: dominated by the front of {first} but not by that of {second}. Hatched: the reverse."


def _area(comparison: Comparison, difference: Difference, share: float, *, pair: tuple[str, str]) -> Area:
    """The region where the share of repeats that attain it differs by ``share`` between the two methods."""
    more, less = pair if share > 0 else reversed(pair)
    x, y = _rectangles(difference.rectangles[difference.share == share], comparison.log)
    return Area(
        name=more, style=comparison.methods.index(more), x=x, y=y, strength=0.1 + 0.6 * abs(share), hatched=share < 0,
        hover=f"attained by {more} in {100 * abs(share):.0f} % more of its repeats than by {less}",
    )  # fmt: skip


def _rectangles(corners: Points, box: Box) -> tuple[tuple[float | None, ...], ...]:
    """The rectangles as polygons on a fine grid of the logarithmic box, without those that have no width on it."""
    unit = np.round(CELLS * box.normalise(corners.reshape(-1, 2))).reshape(-1, 4)
    unit = unit[(unit[:, :2] < unit[:, 2:]).all(axis=1)] / CELLS
    low, high = np.log10(box.low), np.log10(box.high)
    x0, y0, x1, y1 = (10 ** (low + unit.reshape(-1, 2) * (high - low))).reshape(-1, 4).T
    breaks = np.full(len(unit), np.nan)
    columns = (np.column_stack([x0, x1, x1, x0, breaks]), np.column_stack([y0, y0, y1, y1, breaks]))
    return tuple(tuple(None if np.isnan(value) else value for value in column.ravel().tolist()) for column in columns)
