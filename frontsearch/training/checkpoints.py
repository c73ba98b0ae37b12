"""``Checkpoints``: one safetensors file per trial, written atomically."""

import json
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from frontsearch.errors import UserError, check
from frontsearch.folder import OPTIMISER_STATE, TrialFiles, sha256, write_file
from frontsearch.training.optimisers import Optimiser

METADATA_KEY = "frontsearch"  # the only metadata entry: the order of several would differ between processes


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints in a folder, one file per trial, named by trial key.

    A file holds the network's ``state_dict`` under its own names and the optimiser state under names that begin with
    ``optimiser/``. Its metadata names the penalised parameters, which determine the layout of the optimiser state.

    Args:
        folder: Folder of the files; created by the first :meth:`save`.

    Examples:
        >>> import tempfile
        >>> from frontsearch import Checkpoints, Recipe, Trainer, lasso
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     checkpoints = Checkpoints(folder)
        ...     trial = Trainer(lasso(), checkpoints)(Recipe(epochs=3.0))
        ...     state_dict, optimiser_state = checkpoints.load(trial.key)
        >>> list(state_dict)
        ['theta']
    """

    folder: Path

    def __init__(self, folder: Path | str) -> None:
        object.__setattr__(self, "folder", Path(folder))

    def save(self, key: str, network: nn.Module, optimiser: Optimiser) -> str:
        """Writes a trial's checkpoint atomically and returns the file's SHA-256.

        Raises:
            UserError: If the file cannot be written.
        """
        tensors = {name: tensor.cpu().contiguous().clone() for name, tensor in network.state_dict().items()}
        tensors |= {OPTIMISER_STATE + name: tensor.cpu().clone() for name, tensor in optimiser.state().items()}
        metadata = json.dumps({"trial": key, "penalised": sorted(optimiser.weights.penalised_names)})
        content = safetensors.torch.save(tensors, metadata={METADATA_KEY: metadata})
        self._files.write(key, content)
        return sha256(content)

    def export(self, key: str, path: Path | str) -> None:
        """Writes a trial's network, without the optimiser state, to a safetensors file.

        Raises:
            UserError: If the checkpoint is missing or damaged, or ``path`` cannot be written.
        """
        write_file(Path(path), self.exported(key))

    def exported(self, key: str) -> bytes:
        """The content of the file that :meth:`export` writes.

        Raises:
            UserError: If the checkpoint is missing or damaged.
        """
        clean = {name: without_tiny_numbers(tensor) for name, tensor in self.load(key)[0].items()}
        return safetensors.torch.save(clean, metadata={"trial": key})

    def read_bytes(self, key: str) -> bytes:
        """The content of a trial's file, to be sent to another machine.

        Raises:
            UserError: If the checkpoint is missing or damaged.
        """
        self.load(key)  # raises here if it is damaged, as the receiver could not name the path
        return self._found(key).read_bytes()

    def write_bytes(self, key: str, content: bytes) -> None:
        """Writes a trial's file, whose content comes from :meth:`read_bytes` on another machine.

        Raises:
            UserError: If the file cannot be written.
        """
        self._files.write(key, content)

    def load(self, key: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The ``state_dict`` of a trial's network and the optimiser state.

        Raises:
            UserError: If the checkpoint is missing, damaged or a link.
        """
        path = self._found(key)
        try:
            tensors = safetensors.torch.load_file(path)
        except (SafetensorError, OSError) as error:
            raise UserError(f"The checkpoint of trial {key} at {path} is damaged: {error}.") from error
        state = {
            name.removeprefix(OPTIMISER_STATE): tensor
            for name, tensor in tensors.items()
            if name.startswith(OPTIMISER_STATE)
        }
        return {name: tensor for name, tensor in tensors.items() if not name.startswith(OPTIMISER_STATE)}, state

    def penalised_names(self, key: str) -> frozenset[str] | None:
        """The names of the parameters that a trial penalised; None if an older version wrote its checkpoint."""
        with safe_open(self._found(key), framework="pt") as file:
            metadata = (file.metadata() or {}).get(METADATA_KEY)
        return None if metadata is None else frozenset(json.loads(metadata)["penalised"])

    def keys(self) -> set[str]:
        """The keys of all trials that have a checkpoint."""
        return self._files.keys()

    def _found(self, key: str) -> Path:
        path = self._files.find(key)
        if path is None:
            raise UserError(
                f"The checkpoint of trial {key} must be at {self.folder / key}.safetensors and is missing; "
                "was it deleted, or was it trained in another folder?"
            )
        return path

    @property
    def _files(self) -> TrialFiles:
        return TrialFiles(self.folder, ".safetensors")


def without_tiny_numbers(tensor: Tensor) -> Tensor:
    """A tensor with zeros for minus zeros, which do not compress, and for numbers that processors are slow with."""
    if not tensor.is_floating_point():
        return tensor
    return torch.where(tensor.abs() < torch.finfo(tensor.dtype).tiny, torch.zeros_like(tensor), tensor)


def check_penalised(checkpoints: Checkpoints | None, parent: str, *, names: frozenset[str]) -> None:
    """Raises if a parent penalised other parameters than these, as its optimiser state then has another layout."""
    expected = checkpoints and checkpoints.penalised_names(parent)
    rule = f"as in trial {parent}, whose optimiser state is continued: {', '.join(sorted(expected or ()))}"
    check("penalised", ", ".join(sorted(names)), rule, holds=expected is None or expected == names)
