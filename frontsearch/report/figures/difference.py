"""Where the best method's repeats attain more often than another's, and where less."""

import numpy as np

from frontsearch.comparison import Box, Comparison, Difference
from frontsearch.front import Points
from frontsearch.report.figures.attainment import attained
from frontsearch.report.figures.chart import Area, Chart, Control, Panel
from frontsearch.report.figures.frames import box_frames

CELLS = 500  # along each logarithmic axis: about as fine as a screen shows


def difference_panel(comparison: Comparison) -> Panel:
    """The best method against each other one."""
    best, *others = comparison.ranking
    options = tuple((str(place), other) for place, other in enumerate(others))
    return Panel(
        slug="difference", title=f"Where {best} attains more often, and where less",
        controls=(Control(name="against", label=f"{best} against", options=options),),
        views={place: difference_chart(comparison, best, other) for place, other in options},
        filtered=False, files=("attainment_differences.csv", "attainment.csv"),
    )  # fmt: skip


def difference_chart(comparison: Comparison, first: str, second: str) -> Chart:
    """The difference of two methods' attainment functions, in the objectives."""
    found = comparison.difference(first, second)
    lines = tuple(attained(comparison, method, shown="always")[0] for method in (first, second))
    return Chart(
        slug="difference",
        title=f"Where {first} and {second} differ",
        x_title=f"{comparison.split} cross entropy (nats per example)",
        y_title="l1 norm of the penalised weights (a sum)",
        caption=_caption(first, second, repeated=len(comparison.runs) > len(comparison.methods)),
        lines=lines,
        areas=tuple(_area(comparison, found, share, pair=(first, second)) for share in np.unique(found.share).tolist()),
        scales=("log", "linear"),
        frames=box_frames(comparison, lines),
    )


def _caption(first: str, second: str, *, repeated: bool) -> str:
    if repeated:
        return (
            f"Coloured is what more of the repeats of {first} attain, that is dominate, than of {second}; hatched is "
            "what fewer do. The stronger the colour, the more repeats. Lines are what half of either's repeats attain."
        )
    return f"Coloured is what the front of {first} dominates and that of {second} does not; hatched is the reverse."


def _area(comparison: Comparison, found: Difference, share: float, *, pair: tuple[str, str]) -> Area:
    """What the first of the pair attains in this share of its repeats more than the second, or less."""
    more, less = pair if share > 0 else reversed(pair)
    x, y = _rectangles(found.rectangles[found.share == share], comparison.log)
    return Area(
        name=more, style=comparison.methods.index(more), x=x, y=y, strength=0.1 + 0.6 * abs(share), hatched=share < 0,
        hover=f"{more} attains this in {100 * abs(share):.0f} % more of its repeats than {less}",
    )  # fmt: skip


def _rectangles(corners: Points, box: Box) -> tuple[tuple[float | None, ...], ...]:
    """Polygons whose corners are on the fine grid of a logarithmic box; what has no width on it is left out."""
    unit = np.round(CELLS * box.normalise(corners.reshape(-1, 2))).reshape(-1, 4)
    unit = unit[(unit[:, :2] < unit[:, 2:]).all(axis=1)] / CELLS
    low, high = np.log10(box.low), np.log10(box.high)
    x0, y0, x1, y1 = (10 ** (low + unit.reshape(-1, 2) * (high - low))).reshape(-1, 4).T
    breaks = np.full(len(unit), np.nan)
    columns = (np.column_stack([x0, x1, x1, x0, breaks]), np.column_stack([y0, y0, y1, y1, breaks]))
    return tuple(tuple(None if np.isnan(one) else one for one in column.ravel().tolist()) for column in columns)
