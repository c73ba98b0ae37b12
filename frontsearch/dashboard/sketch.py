"""A figure small enough for an Optuna study, which takes it in pieces of two kilobytes."""

from collections.abc import Iterable

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from frontsearch.front import Points

GRAIN = 0.02  # of the figure's width and height: what lies nearer than that to the last point drawn is not drawn


def sketched(figure: go.Figure) -> go.Figure:
    """The figure with as few points, digits and words as leave it looking the same.

    Each trace keeps its ends and, on the way, whatever lies a fiftieth of the figure from the last point kept: a front
    or a curve of hypervolume then has a hundred points at most. Traces of many pieces stay whole, those that are hidden
    at first go. Of what a reader sees at a point the first line stays, and of plotly's template, which alone would take
    four pieces, nothing. The dashboard gives a figure less room than a page: its height is left open, and its legend,
    which many methods make long, scrolls beside it.
    """
    figure.data = [trace for trace in figure.data if trace.visible != "legendonly"]
    walks = [_walk(figure, trace) for trace in figure.data]
    spans = _spans(figure, np.concatenate([np.zeros((0, 2)), *walks]))
    for trace, walk in zip(figure.data, walks, strict=True):
        kept = range(len(walk)) if None in trace.x else apart(walk / spans)
        trace.update(x=_short(trace.x, kept), y=_short(trace.y, kept))
        if isinstance(trace.text, tuple):
            trace.update(text=[trace.text[place].split("<br>")[0] for place in kept])
    return figure.update_layout(template="none", height=None, legend=None)


def apart(walk: Points) -> list[int]:
    """Places of the ends of a walk, ``(n, 2)``, and of whatever lies a grain from the last place taken, or nowhere."""
    kept: list[int] = []
    points = walk.tolist()
    for place, (x, y) in enumerate(points):
        before_x, before_y = points[kept[-1]] if kept else (np.nan, np.nan)
        if not (abs(x - before_x) < GRAIN and abs(y - before_y) < GRAIN) or place == len(points) - 1:
            kept.append(place)
    return kept


def _walk(figure: go.Figure, trace: go.Scatter) -> Points:
    """A trace's points as far along the axes as they are drawn; what is not drawn is no number."""
    axes = ((figure.layout.xaxis, trace.x), (figure.layout.yaxis, trace.y))
    return np.column_stack([_along(values, log=axis.type == "log") for axis, values in axes])


def _spans(figure: go.Figure, points: Points) -> NDArray[np.float64]:
    """Width and height of what is shown first, by the axes' ranges or else by the points, ``(n, 2)``."""
    seen = points[np.isfinite(points).all(axis=1)]
    whole = np.ptp(seen, axis=0) if len(seen) else np.zeros(2)
    axes = (figure.layout.xaxis, figure.layout.yaxis)
    spans = np.array([np.ptp(axis.range) if axis.range else span for axis, span in zip(axes, whole, strict=True)])
    return np.where(spans > 0, spans, 1.0)


def _along(values: Iterable[float | None], *, log: bool) -> NDArray[np.float64]:
    found = np.array(list(values), dtype=float)
    return np.log10(found, where=found > 0, out=np.full_like(found, np.nan)) if log else found


def _short(values: tuple[float | None, ...], kept: Iterable[int]) -> list[float | None]:
    chosen = (values[place] for place in kept)
    return [None if value is None else float(f"{value:.4g}") for value in chosen]
