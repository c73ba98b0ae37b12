"""Which part of a plane is shown first."""

from collections.abc import Iterable, Mapping

import numpy as np

from frontsearch.comparison import Box, Comparison
from frontsearch.front import Points
from frontsearch.report.figures.chart import Frame, Line, Reference, Scale

MARGIN = 0.03  # of the frame, so that points on its edge are seen whole


def box_frames(comparison: Comparison, found: Iterable[Line | Reference]) -> Mapping[Scale, Frame]:
    """What holds every point inside the boxes that the hypervolumes are shares of, each where it has one."""
    points = _points(found)
    boxes: dict[Scale, Box] = {"log": comparison.log, "linear": comparison.linear}
    inside = {scale: points[((points >= box.low) & (points <= box.high)).all(axis=1)] for scale, box in boxes.items()}
    return _frames(inside)


def own_frames(found: Iterable[Line | Reference]) -> Mapping[Scale, Frame]:
    """What holds every point that the scale can show."""
    points = _points(found)
    return _frames({"log": points[(points > 0).all(axis=1)], "linear": points})


def _frames(points: Mapping[Scale, Points]) -> Mapping[Scale, Frame]:
    return {scale: _frame(some.min(axis=0), some.max(axis=0), scale) for scale, some in points.items() if len(some)}


def _points(found: Iterable[Line | Reference]) -> Points:
    return np.array([point for one in found for point in zip(one.x, one.y, strict=True)]).reshape(-1, 2)


def _frame(low: Points, high: Points, scale: Scale) -> Frame:
    if scale == "log":
        low, high = np.log10(low), np.log10(high)
    margin = MARGIN * np.where(high > low, high - low, 1.0)
    low, high = low - margin, high + margin
    if scale == "log":
        low, high = 10**low, 10**high
    return Frame(low=(float(low[0]), float(low[1])), high=(float(high[0]), float(high[1])))
