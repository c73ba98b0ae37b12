"""Figures and networks as one JSON object that the page's script draws and picks from."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import unescape
from typing import Any

from frontsearch.report.choosing import Network
from frontsearch.report.figures import Chart, Panel, axes, traces
from frontsearch.report.figures.views import VIEWS

DIGITS = 6  # of a coordinate, significant; a screen shows four


def embedded(panels: Iterable[Panel], networks: Sequence[Network] = ()) -> dict[str, Any]:
    """Every view of every panel: its traces, its axes on each scale, its caption; and the networks.

    A text that several points, views or networks have is there once: ``texts`` has it, without plotly's markup, and
    they have its place.
    """
    texts: dict[str, int] = {}
    views = {panel.slug: {key: _view(chart, texts) for key, chart in panel.views.items()} for panel in panels}
    rows = [_network(network, texts) for network in networks]
    return {"panels": views, "networks": rows, "views": [view.key for view in VIEWS], "texts": list(texts)}


def _view(chart: Chart, texts: dict[str, int]) -> dict[str, Any]:
    found = traces(chart)
    for trace in found:
        trace |= {axis: [_short(value) for value in trace[axis]] for axis in "xy"}
        if isinstance(trace["text"], list):
            trace["text"] = [_place(unescape(text.replace("<br>", "\n")), texts) for text in trace["text"]]
    return {"traces": found, "axes": {scale: axes(chart, scale) for scale in chart.scales}, "caption": chart.caption}


def _network(network: Network, texts: dict[str, int]) -> list[Any]:
    """Its attributes in order; what rules compare is whole, and places are as fine as in figures."""
    *compared, places, words = (getattr(network, field.name) for field in fields(network))
    short = [place and [_short(value) for value in place] for place in places]
    return [*compared, short, _place(words, texts)]


def _place(text: str, texts: dict[str, int]) -> int:
    return texts.setdefault(text, len(texts))


def _short(value: float | None) -> float | None:
    return value if value is None else float(f"{value:.{DIGITS}g}")
