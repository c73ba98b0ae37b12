"""Weights on disk, one safetensors file a trial: whole or not there at all."""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from frontsearch.errors import UserError
from frontsearch.folder import OPTIMISER_STATE
from frontsearch.training.optimisers import Optimiser

NOTES = "frontsearch"  # the one entry of a file's metadata: the order of several would differ from process to process


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of a folder, named by trial key.

    A file holds the network's state under its own names, as ``load_state_dict`` takes it, and the optimiser's under
    ``optimiser/``; it notes which parameters were penalised, by which the optimiser's are laid out.
    """

    folder: Path

    def __init__(self, folder: Path | str) -> None:
        object.__setattr__(self, "folder", Path(folder))

    def save(self, key: str, network: nn.Module, optimiser: Optimiser) -> None:
        """Writes a trial's checkpoint under a temporary name and renames it.

        Raises:
            UserError: When the folder cannot be written to.
        """
        tensors = {name: tensor.cpu().contiguous().clone() for name, tensor in network.state_dict().items()}
        tensors |= {OPTIMISER_STATE + name: tensor.cpu().clone() for name, tensor in optimiser.state().items()}
        notes = json.dumps({"trial": key, "penalised": sorted(optimiser.weights.chosen)})
        _write(self._path(key), safetensors.torch.save(tensors, metadata={NOTES: notes}), key)

    def export(self, key: str, path: Path | str) -> None:
        """Writes a trial's network, without the optimiser's state, to ``path``.

        Raises:
            UserError: As :meth:`load` and :meth:`save` do.
        """
        _write(Path(path), safetensors.torch.save(self.load(key)[0], metadata={"trial": key}), key)

    def packed(self, key: str) -> bytes:
        """A trial's checkpoint as it may travel: what its file holds.

        Raises:
            UserError: As :meth:`load` does.
        """
        self.load(key)  # whoever unpacks a damaged one could not say where it is
        return self._path(key).read_bytes()

    def unpack(self, key: str, packed: bytes) -> None:
        """Writes a trial's checkpoint as :meth:`packed` gave it elsewhere.

        Raises:
            UserError: As :meth:`save` does.
        """
        _write(self._path(key), packed, key)

    def load(self, key: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """A trial's network state and optimiser state.

        Raises:
            UserError: When the checkpoint is missing or damaged.
        """
        path = self._path(key)
        if not path.is_file():
            raise UserError(
                f"The checkpoint of trial {key} must be at {path} and is missing; "
                "was it removed, or is --out another folder than the one it was trained in?"
            )
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

    def penalised(self, key: str) -> frozenset[str] | None:
        """The names of the parameters that a trial penalised; None where its checkpoint, an older one, has no note."""
        with safe_open(self._path(key), framework="pt") as file:
            notes = (file.metadata() or {}).get(NOTES)
        return None if notes is None else frozenset(json.loads(notes)["penalised"])

    def keys(self) -> set[str]:
        """Of every trial that has a checkpoint."""
        return {path.stem for path in self.folder.glob("*.safetensors")}

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.safetensors"


def _write(path: Path, content: bytes, key: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # where the folder is a file, looking for one inside it fails as well
            temporary.unlink()
        raise UserError(f"The weights of trial {key} could not be written to {path}: {error}.") from error
