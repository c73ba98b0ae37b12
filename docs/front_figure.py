"""Draws the fronts of a finished study with one network marked.

``python docs/front_figure.py runs/mnist docs/mnist-fronts.png`` needs kaleido and Chromium. The marked network is the
sparsest within half a percentage point of the best validation error.
"""

import math
import sys
from dataclasses import replace
from pathlib import Path

import plotly.graph_objects as go

from frontsearch.folder import Folder
from frontsearch.names import NONZEROS, PRUNABLE, TEST_ERROR
from frontsearch.report import objectives_chart, plot
from frontsearch.selection import Pick, Sparsest, pick
from frontsearch.study import recorded_comparison

TICKS = {"x": [0.05, 0.1, 0.2, 0.5, 1, 2], "y": [50, 100, 200, 500, 1000, 2000]}


def draw(run: Path, target: Path) -> None:
    """Writes the figure of a study's output folder as an image of 2,000 by 1,120 pixels."""
    comparison = recorded_comparison(Folder(run))
    chosen = pick(Sparsest.of_points(0.5), comparison.runs, measures=comparison.measures, folder=run)
    figure = plot(replace(objectives_chart(comparison), references=()))
    if isinstance(chosen, Pick):
        mark(figure, chosen)
    figure.update_traces(marker_maxdisplayed=0, selector={"mode": "lines+markers"})
    figure.update_layout(title=None, margin={"t": 20, "l": 90}, width=1000, height=560)
    figure.update_xaxes(tickvals=TICKS["x"]).update_yaxes(tickvals=TICKS["y"])
    figure.write_image(target, scale=2)


def mark(figure: go.Figure, chosen: Pick) -> None:
    """Draws a ring around the chosen network and says what it is."""
    x, y = chosen.point.loss, chosen.point.complexity
    metrics = chosen.trial.metrics
    text = (
        f"chosen network:<br>{metrics[NONZEROS]:,} of {metrics[PRUNABLE]:,} weights,<br>"
        f"{100 * metrics[TEST_ERROR]:.2f} % test error"
    )
    ring = {"symbol": "circle-open", "size": 18, "color": "black", "line": {"width": 2}}
    figure.add_scatter(x=[x], y=[y], mode="markers", marker=ring, showlegend=False)
    figure.add_annotation(
        x=math.log10(x), y=math.log10(y), text=text, ax=45, ay=175, align="left", font={"size": 14}, arrowcolor="black"
    )


if __name__ == "__main__":
    draw(*map(Path, sys.argv[1:]))
