"""The network_summaries of networks as cards of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from frontsearch.report.network_table import Row, network_rows
from frontsearch.selection import LayerSparsity, NetworkSummary

ABOVE = frozenset({"Network"})  # what the page has right above the card
WITH_WEIGHTS = ABOVE | {"Layers", "Checkpoint", "Export"}  # and beside it, of a network whose weights were kept
LAYER_HEADER = ("layer", "nonzeros", "weights", "share left")


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """What the page shows of a network.

    Attributes:
        key: Its trial's.
        rows: Titles, and what stands under each.
        layers: The header and a row a layer; nothing where its checkpoint was not kept.
        picture: Sum of the absolute weights on each pixel as shares of the greatest, row by row; empty where the first
            layer is not dense over images.
        used: What is left of the first layer, in words.
        kept: Whether its checkpoint was.
    """

    key: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    layers: tuple[tuple[str, ...], ...]
    picture: tuple[tuple[float, ...], ...]
    used: str
    kept: bool


def card(portrait: NetworkSummary, folder: Path) -> Card:
    """A network's card; ``folder`` is the output folder as the user names it."""
    found = portrait.layer_sparsity or LayerSparsity(layers=())
    elsewhere = WITH_WEIGHTS if portrait.layer_sparsity else ABOVE
    said = [row for row in network_rows(portrait, folder) if row[0] not in elsewhere]
    rows = ((one.name, str(one.nonzeros), str(one.size), f"{1 - one.sparsity:.4f}") for one in found.layers)
    most = max((pixel for line in found.picture for pixel in line), default=0.0) or 1.0
    return Card(
        key=portrait.pick.point.trial.key,
        rows=_titled(said),
        layers=(LAYER_HEADER, *rows) if found.layers else (),
        picture=tuple(tuple(round(pixel / most, 3) for pixel in line) for line in found.picture),
        used=_used(found),
        kept=portrait.layer_sparsity is not None,
    )


def _titled(rows: Sequence[Row]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Rows without a title put under the one before."""
    titled: dict[str, list[str]] = {}
    for title, words in rows:
        titled.setdefault(title or next(reversed(titled)), []).append(words)
    return tuple((title, tuple(words)) for title, words in titled.items())


def _used(found: LayerSparsity) -> str:
    pixels = [pixel for line in found.picture for pixel in line]
    if pixels:
        return f"The first layer still reads {sum(pixel > 0 for pixel in pixels)} of {len(pixels)} pixels."
    if found.channels:
        used = sum(channel > 0 for channel in found.channels)
        return f"Of the first layer {used} of {len(found.channels)} channels have weights left."
    return ""
