"""``exported``: the content of a file with a network, and what was left out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from frontsearch.compaction import Compaction, compact
from frontsearch.errors import UserError, one_line, option
from frontsearch.export.checks import check_outputs, first_inputs
from frontsearch.export.formats import FORMATS, Chosen
from frontsearch.tasks import Task, forward
from frontsearch.training import without_tiny_numbers

TOLERANCE = 1e-5
EXAMPLES = 32  # that a compaction is tried out on before it is checked on all


@dataclass(frozen=True, slots=True)
class Exported:
    """A network as a file.

    Attributes:
        content: The content of the file.
        architecture: Name of the network's class.
        compaction: What was left out; None if nothing was to be.
    """

    content: bytes
    architecture: str
    compaction: Compaction | None


def compacted_network(task: Task, network: nn.Module, *, round_to: int = 1, trains: bool = True) -> Compaction:
    """A network without what its outputs do not depend on, checked on the whole test split.

    Args:
        task: The network's task.
        network: The network, in evaluation mode.
        round_to: As in :func:`~frontsearch.compaction.compact`.
        trains: As there.

    Raises:
        UserError: If the smaller network has other outputs.
    """
    compaction = compact(network, first_inputs(task, EXAMPLES), round_to=round_to, trains=trains)
    check_outputs(
        network, lambda given: forward(compaction.network, given), task, tolerance=TOLERANCE,
        what="The smaller network", remedy=f"Export it whole, with {option('dense')}.",
    )  # fmt: skip
    return compaction


def exported(
    task: Task, weights: Mapping[str, Tensor], *, form: str, dense: bool, metadata: dict[str, str]
) -> Exported:
    """A network as the content of a file.

    Args:
        task: The network's task.
        weights: Its state dict.
        form: Name of the file's format, one of ``FORMATS``.
        dense: Whether the network is written whole.
        metadata: Texts that say where it comes from.

    Raises:
        UserError: If the weights are of another network, the network cannot be written in the format, or the file
            computes something else.
    """
    network = network_of(task, weights)
    to = FORMATS[form]
    compaction = None if dense else compacted_network(task, network, round_to=to.round_to, trains=to.trains)
    metadata = metadata | {"network": type(network).__name__}
    content = to.content(Chosen.of(task, compaction or network, metadata | _declared(task)))
    return Exported(content, type(network).__name__, compaction)


def network_of(task: Task, weights: Mapping[str, Tensor]) -> nn.Module:
    """A task's network with these weights, in evaluation mode.

    Raises:
        UserError: If the weights are of another network.
    """
    network = task.network(0)
    try:
        network.load_state_dict({name: without_tiny_numbers(tensor) for name, tensor in weights.items()})
    except RuntimeError as error:
        raise UserError(f"The weights are of another network than the task's: {one_line(str(error))[:300]}") from error
    return network.eval()


def _declared(task: Task) -> dict[str, Any]:
    """What a task says of its classes and of the normalisation of its inputs, for whoever runs a file."""
    found: dict[str, Any] = {}
    if task.class_names is not None:
        found["class_names"] = task.class_names
    if task.normalisation is not None:
        found["normalisation"] = dict(zip(("mean", "std"), task.normalisation, strict=True))
    return found
