"""Reads a safetensors file, whole or compacted, into a network."""

from pathlib import Path
from typing import TypeVar

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from frontsearch.compaction import Sizes, resize
from frontsearch.errors import UserError

INPUTS = "frontsearch.inputs"  # name of the tensor that lists the inputs a compacted network reads
SIZES = "frontsearch.sizes."  # begins the names of tensors that hold what attributes of a compacted network hold

Network = TypeVar("Network", bound=nn.Module)


def load_network(network: Network, path: str | Path) -> Network:
    """Puts the weights of an exported file into a network, which takes on the sizes of the file's layers.

    Args:
        network: Network of the architecture that was trained, such as a new one.
        path: File that ``frontsearch export`` or ``FrontPoint.export`` wrote as safetensors, compacted or not.

    Returns:
        The same network, in evaluation mode.

    Raises:
        UserError: If the file cannot be read, or is of another network.
    """
    try:
        tensors = safetensors.torch.load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} must be a safetensors file; it cannot be read: {error}.") from error
    live = tensors.pop(INPUTS, None)
    sizes = {name: tuple(tensors.pop(name).flatten().tolist()) for name in list(tensors) if name.startswith(SIZES)}
    try:
        resize(network, tensors, read=live, sizes={name.removeprefix(SIZES): size for name, size in sizes.items()})
    except ValueError as error:
        raise UserError(f"{path} is of another network: {error}.") from error
    return network.eval()


def saved(network: nn.Module, live: Tensor | None, *, metadata: dict[str, str], sizes: Sizes | None = None) -> bytes:
    """The content of a file that :func:`load_network` reads.

    Args:
        network: The network, compacted or not.
        live: Indices of the entries of an example that it reads; None if it reads all.
        metadata: Texts that go into the file.
        sizes: What its attributes hold that hold something else in the whole network, by name.
    """
    tensors = {name: tensor.cpu().contiguous().clone() for name, tensor in network.state_dict().items()}
    tensors |= {f"{SIZES}{name}": torch.tensor(size) for name, size in (sizes or {}).items()}
    return safetensors.torch.save(tensors | ({} if live is None else {INPUTS: live}), metadata=metadata)
