"""The part of a plane that a figure shows at first."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from frontsearch.comparison import Box, Comparison
from frontsearch.front import Points
from frontsearch.report.figures.chart import AxisLimits, Line, Reference, Scale

MARGIN = 0.03  # share of the shown range, so that symbols on its edge are not cut
END_ROOM = 2.0  # spread of the ends of curves that is shown: half of the height lies between the ends
END_SHARE = 0.1  # of the highest end that is shown at least


def box_limits(comparison: Comparison, drawn: Iterable[Line | Reference]) -> Mapping[Scale, AxisLimits]:
    """Limits that fit all points inside the hypervolume box: the linear box, or the box on log10 axes."""
    points = _points(drawn)
    boxes: dict[Scale, Box] = {"log": comparison.log, "linear": comparison.linear}
    inside = {scale: points[((points >= box.low) & (points <= box.high)).all(axis=1)] for scale, box in boxes.items()}
    return _limits(inside)


def data_limits(drawn: Iterable[Line | Reference], *, log_axes: str) -> Mapping[Scale, AxisLimits]:
    """Limits that fit all points that the scale can show; on the logarithmic one, ``log_axes`` are logarithmic."""
    points = _points(drawn)
    log = [axis in log_axes for axis in "xy"]
    return _limits({"log": points[(points[:, log] > 0).all(axis=1)], "linear": points}, log_axes=log_axes)


def end_limits(lines: Sequence[Line]) -> Mapping[Scale, AxisLimits]:
    """Limits of rising curves between whose ends the eye can tell: all of x, and of y what is near the highest ends.

    Curves whose ends are lower than half of the highest one may lie below. Without two curves, or where the limits
    would show everything, there are none.
    """
    ends = [line.y[-1] for line in lines if line.y]
    top = max(ends, default=0.0)
    shown = [end for end in ends if end >= top / 2]
    span = max(END_ROOM * (top - min(shown, default=top)), END_SHARE * top)
    points = _points(lines)
    if len(shown) < 2 or top - span <= points[:, 1].min():
        return {}
    # An initial network costs nothing, which a logarithmic axis cannot show.
    times: dict[Scale, Points] = {"linear": points[:, 0], "log": points[points[:, 0] > 0, 0]}
    frames = {scale: [(x.min(), top - span), (x.max(), top)] for scale, x in times.items() if len(x)}
    return _limits({scale: np.array(frame) for scale, frame in frames.items()}, log_axes="x")


def _limits(points: Mapping[Scale, Points], *, log_axes: str = "xy") -> Mapping[Scale, AxisLimits]:
    return {
        scale: _with_margin(shown.min(axis=0), shown.max(axis=0), log_axes if scale == "log" else "")
        for scale, shown in points.items()
        if len(shown)
    }


def _points(drawn: Iterable[Line | Reference]) -> Points:
    return np.array([point for series in drawn for point in zip(series.x, series.y, strict=True)]).reshape(-1, 2)


def _with_margin(low: Points, high: Points, log_axes: str) -> AxisLimits:
    log = [axis in log_axes for axis in "xy"]
    low, high = np.log10(low, where=log, out=low.copy()), np.log10(high, where=log, out=high.copy())
    margin = MARGIN * np.where(high > low, high - low, 1.0)
    low, high = low - margin, high + margin
    low, high = np.power(10.0, low, where=log, out=low.copy()), np.power(10.0, high, where=log, out=high.copy())
    return AxisLimits(low=(float(low[0]), float(low[1])), high=(float(high[0]), float(high[1])))
