"""Reduces a plotly figure to the size that an Optuna study can hold, which stores it in pieces of two kilobytes."""

from collections.abc import Iterable

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from frontsearch.front import Points

TOLERANCE = 0.02  # share of the figure's width and height; points closer than this to the last kept one are dropped


def reduced(figure: go.Figure) -> go.Figure:
    """The figure with fewer points, digits and texts, looking almost the same.

    Each trace keeps its ends and every point farther than the tolerance from the last kept one, so that a front or a
    hypervolume curve has at most a hundred points. Traces with gaps are kept whole; initially hidden traces are
    dropped. Of each hover text the first line is kept. plotly's template is dropped, because it alone would take four
    pieces. Height and legend position are left to the dashboard, which has less room than a page and scrolls a long
    legend.
    """
    figure.data = [trace for trace in figure.data if trace.visible != "legendonly"]
    paths = [_axis_coordinates(figure, trace) for trace in figure.data]
    spans = _spans(figure, np.concatenate([np.zeros((0, 2)), *paths]))
    for trace, path in zip(figure.data, paths, strict=True):
        kept = range(len(path)) if None in trace.x else indices_to_keep(path / spans)
        trace.update(x=_rounded(trace.x, kept), y=_rounded(trace.y, kept))
        if isinstance(trace.text, tuple):
            trace.update(text=[trace.text[index].split("<br>")[0] for index in kept])
    return figure.update_layout(template="none", height=None, legend=None)


def indices_to_keep(path: Points) -> list[int]:
    """Indices of the points to keep of a path, ``(n, 2)``, in units of the figure.

    Kept are its ends, points farther than the tolerance from the last kept one, and points next to or at a NaN.
    """
    kept: list[int] = []
    points = path.tolist()
    for index, (x, y) in enumerate(points):
        last_x, last_y = points[kept[-1]] if kept else (np.nan, np.nan)
        if not (abs(x - last_x) < TOLERANCE and abs(y - last_y) < TOLERANCE) or index == len(points) - 1:
            kept.append(index)
    return kept


def _axis_coordinates(figure: go.Figure, trace: go.Scatter) -> Points:
    """A trace's points in axis coordinates, ``(n, 2)``: logarithms on logarithmic axes, NaN if not drawn."""
    axes = ((figure.layout.xaxis, trace.x), (figure.layout.yaxis, trace.y))
    return np.column_stack([_along_axis(values, log=axis.type == "log") for axis, values in axes])


def _spans(figure: go.Figure, points: Points) -> NDArray[np.float64]:
    """Width and height shown at first: the range of each axis or else of the points, ``(n, 2)``."""
    drawn = points[np.isfinite(points).all(axis=1)]
    extent = np.ptp(drawn, axis=0) if len(drawn) else np.zeros(2)
    axes = (figure.layout.xaxis, figure.layout.yaxis)
    spans = np.array([np.ptp(axis.range) if axis.range else span for axis, span in zip(axes, extent, strict=True)])
    return np.where(spans > 0, spans, 1.0)


def _along_axis(values: Iterable[float | None], *, log: bool) -> NDArray[np.float64]:
    numbers = np.array(list(values), dtype=float)
    return np.log10(numbers, where=numbers > 0, out=np.full_like(numbers, np.nan)) if log else numbers


def _rounded(values: tuple[float | None, ...], kept: Iterable[int]) -> list[float | None]:
    chosen = (values[index] for index in kept)
    return [None if value is None else float(f"{value:.4g}") for value in chosen]
