"""The summary of one network as the page shows it: a card with a table of its layers and a picture of its inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from frontsearch.measures import Measures
from frontsearch.recipe import Recipe
from frontsearch.report.benchmark_table import BenchmarkTables, benchmark_tables
from frontsearch.report.network_recipe import NetworkRecipe, network_recipe
from frontsearch.report.network_table import Row, network_rows
from frontsearch.selection import LayerSparsity, NetworkSummary

SHOWN_ABOVE = frozenset({"Network", "Recipe"})  # titles of rows that the page already shows above the card
SHOWN_BESIDE = SHOWN_ABOVE | {"Layers", "Checkpoint", "Export"}  # likewise if the network's checkpoint was kept
LAYER_HEADER = ("layer", "nonzeros", "weights", "density")


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkCard:
    """What the page shows of a network.

    Attributes:
        key: Key of its trial.
        rows: Titles, each with its lines of text.
        layers: A header and one row per layer; empty if the checkpoint was not kept.
        picture: Sum of the absolute weights on each input pixel, relative to the largest, row by row; empty unless the
            first layer is dense over images.
        inputs_used: A sentence on how much of the first layer is left; empty if unknown.
        kept: Whether its checkpoint was kept.
        recipe: Its recipe in two tables.
        benchmark: What was measured of its size and speed; None if nothing was.
    """

    key: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    layers: tuple[tuple[str, ...], ...]
    picture: tuple[tuple[float, ...], ...]
    inputs_used: str
    kept: bool
    recipe: NetworkRecipe
    benchmark: BenchmarkTables | None


def network_card(
    summary: NetworkSummary, folder: Path, measures: Measures, *, template: Recipe | None = None
) -> NetworkCard:
    """The card of a network; ``folder`` is the output folder as the user names it."""
    sparsity = summary.layer_sparsity or LayerSparsity(layers=())
    elsewhere = SHOWN_BESIDE if summary.layer_sparsity else SHOWN_ABOVE
    rows = [row for row in network_rows(summary, folder, measures) if row[0] not in elsewhere]
    layers = (
        (layer.name, str(layer.nonzeros), str(layer.size), f"{1 - layer.sparsity:.4f}") for layer in sparsity.layers
    )
    largest = max((pixel for line in sparsity.picture for pixel in line), default=0.0) or 1.0
    return NetworkCard(
        key=summary.pick.point.trial.key,
        rows=_grouped(rows),
        layers=(LAYER_HEADER, *layers) if sparsity.layers else (),
        picture=tuple(tuple(round(pixel / largest, 3) for pixel in line) for line in sparsity.picture),
        inputs_used=_inputs_used(sparsity),
        kept=summary.layer_sparsity is not None,
        recipe=network_recipe(summary.pick.trial.recipe, template),
        benchmark=None if summary.benchmark is None else benchmark_tables(summary.benchmark),
    )


def _grouped(rows: Sequence[Row]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The rows by title; a row without a title continues the one before."""
    lines: dict[str, list[str]] = {}
    for title, line in rows:
        lines.setdefault(title or next(reversed(lines)), []).append(line)
    return tuple((title, tuple(lines)) for title, lines in lines.items())


def _inputs_used(sparsity: LayerSparsity) -> str:
    pixels = [pixel for line in sparsity.picture for pixel in line]
    if pixels:
        return f"The first layer reads {sum(pixel > 0 for pixel in pixels)} of {len(pixels)} pixels."
    if sparsity.channels:
        used = sum(channel > 0 for channel in sparsity.channels)
        return f"In the first layer, {used} of {len(sparsity.channels)} channels have nonzero weights."
    return ""
