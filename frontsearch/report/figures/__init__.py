"""The report's figures, one kind per file: a comparison becomes a :class:`Chart`, and a chart a plotly figure."""

from frontsearch.comparison import Comparison
from frontsearch.report.figures.anytime import anytime_chart, anytime_panel
from frontsearch.report.figures.chart import Chart, Panel
from frontsearch.report.figures.difference import difference_chart, difference_panel
from frontsearch.report.figures.drawing import COLOURS, FOREGROUND, SYMBOLS, axes, colour, plot, symbol, traces
from frontsearch.report.figures.fronts import fronts_panel, objectives_chart
from frontsearch.report.figures.learning import learning_panel
from frontsearch.report.figures.optimism import optimism_panel
from frontsearch.selection import ChosenNetworks

__all__ = [
    "COLOURS", "FOREGROUND", "SYMBOLS", "Chart", "Panel", "anytime_chart", "axes", "colour", "difference_chart",
    "objectives_chart", "panels", "plot", "symbol", "traces",
]  # fmt: skip


def panels(comparison: Comparison, choice: ChosenNetworks | None = None) -> tuple[Panel, ...]:
    """The figures of a report in reading order, without those that have no points."""
    candidates = [fronts_panel(comparison), anytime_panel(comparison)]
    if len(comparison.methods) > 1 and comparison.reference_front.trials:
        candidates.append(difference_panel(comparison))
    candidates.append(optimism_panel(comparison))
    if choice:
        candidates.append(learning_panel(comparison, choice))
    return tuple(panel for panel in candidates if any(chart.points for chart in panel.views.values()))
