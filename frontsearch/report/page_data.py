"""The data of the page's figures and networks, as one JSON object for its script."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import unescape
from typing import Any

from frontsearch.report.figures import Chart, Panel, axes, traces
from frontsearch.report.figures.views import View
from frontsearch.report.picker import Network

DIGITS = 6  # significant digits of a coordinate; a screen shows four


def page_data(panels: Iterable[Panel], networks: Sequence[Network] = (), views: Sequence[View] = ()) -> dict[str, Any]:
    """All views of all panels (traces, axes on each scale, caption), and the networks.

    Points, views and networks share many texts. ``texts`` holds each text once, without plotly's markup; everything
    else refers to it by index. ``views`` are those in which the networks have positions.
    """
    texts: dict[str, int] = {}
    drawn = {panel.slug: {key: _view(chart, texts) for key, chart in panel.views.items()} for panel in panels}
    rows = [_network(network, texts) for network in networks]
    return {"panels": drawn, "networks": rows, "views": [view.key for view in views], "texts": list(texts)}


def _view(chart: Chart, texts: dict[str, int]) -> dict[str, Any]:
    drawn = traces(chart)
    for trace in drawn:
        trace |= {axis: [_rounded(value) for value in trace[axis]] for axis in "xy"}
        if isinstance(trace["text"], list):
            trace["text"] = [_text_index(unescape(text.replace("<br>", "\n")), texts) for text in trace["text"]]
    drawn_axes = {scale: axes(chart, scale) for scale in chart.scales}
    return {"traces": drawn, "axes": drawn_axes, "caption": chart.caption, "maximised": chart.maximised}


def _network(network: Network, texts: dict[str, int]) -> list[Any]:
    """The network's attributes in order. Metrics that rules compare keep every digit; coordinates are rounded."""
    *metrics, positions, description = (getattr(network, field.name) for field in fields(network))
    rounded = [position and [_rounded(value) for value in position] for position in positions]
    return [*metrics, rounded, _text_index(description, texts)]


def _text_index(text: str, texts: dict[str, int]) -> int:
    return texts.setdefault(text, len(texts))


def _rounded(value: float | None) -> float | None:
    return value if value is None else float(f"{value:.{DIGITS}g}")
