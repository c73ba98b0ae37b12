"""Tries a compaction out: it may only leave out what makes no difference."""

from collections.abc import Callable

from torch import Tensor

from frontsearch.compaction.channels import Channels
from frontsearch.errors import one_line


def proven(channels: Channels, fault: Callable[[Channels], str]) -> tuple[Channels, dict[str, str]]:
    """The channels that can be left out by trial, and why others cannot, by the name of their layer.

    Args:
        channels: Channels that a network seems to have.
        fault: Function that leaves channels out and says what is then wrong with the network; empty if nothing is.
    """
    if not (found := fault(channels)):
        return channels, {}
    if channels.inputs is not None:  # most networks want all of their inputs, so this is no news
        channels = channels.keeping(channels.inputs)
        if not (found := fault(channels)):
            return channels, {}
    ends = channels.ends
    faults = {layer: fault(channels.keeping_all_but(labels)) for layer, labels in ends.items()}
    faults = {layer: sentence for layer, sentence in faults.items() if sentence}
    channels = channels.keeping(*(ends[layer] for layer in faults))
    if faults and not fault(channels):
        return channels, faults
    return channels.keeping(*ends.values()), dict.fromkeys(ends, found)


def difference(outputs: Callable[[], Tensor], expected: Tensor, *, tolerance: float) -> str:
    """What is wrong with a smaller network's outputs; empty if nothing is.

    Args:
        outputs: Function that returns them.
        expected: The outputs of the whole network.
        tolerance: How far they may be apart, relative to the largest.
    """
    try:
        found = outputs()
        if found.shape != expected.shape:
            return f"returns outputs of shape {tuple(found.shape)} without them, and not {tuple(expected.shape)}"
        found, expected = found.cpu().double(), expected.cpu().double()
        apart = float((found - expected).abs().max()) if len(found) else 0.0
        equal = apart <= tolerance * float(expected.abs().max())
    except Exception as error:  # noqa: BLE001 - a network with other layer sizes may fail in any way
        return f"fails without them: {one_line(str(error))[:200].rstrip('.')}"
    return "" if equal else f"has outputs without them that differ by {apart:.2g}"
