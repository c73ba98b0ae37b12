"""``Checkpoints``: one safetensors file per trial, written atomically."""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from frontsearch.errors import UserError
from frontsearch.folder import OPTIMISER_STATE, sha256
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
        _write(self._path(key), content, key)
        return sha256(content)

    def export(self, key: str, path: Path | str) -> None:
        """Writes a trial's network, without the optimiser state, to a safetensors file.

        Raises:
            UserError: If the checkpoint is missing or damaged, or ``path`` cannot be written.
        """
        _write(Path(path), safetensors.torch.save(self.load(key)[0], metadata={"trial": key}), key)

    def read_bytes(self, key: str) -> bytes:
        """The content of a trial's file, to be sent to another machine.

        Raises:
            UserError: If the checkpoint is missing or damaged.
        """
        self.load(key)  # raises here if it is damaged, as the receiver could not name the path
        return self._path(key).read_bytes()

    def write_bytes(self, key: str, content: bytes) -> None:
        """Writes a trial's file, whose content comes from :meth:`read_bytes` on another machine.

        Raises:
            UserError: If the file cannot be written.
        """
        _write(self._path(key), content, key)

    def load(self, key: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The ``state_dict`` of a trial's network and the optimiser state.

        Raises:
            UserError: If the checkpoint is missing or damaged.
        """
        path = self._path(key)
        if not path.is_file():
            raise UserError(
                f"The checkpoint of trial {key} must be at {path} and is missing; "
                "was it deleted, or does --out name another folder than the one it was trained in?"
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

    def penalised_names(self, key: str) -> frozenset[str] | None:
        """The names of the parameters that a trial penalised; None if an older version wrote its checkpoint."""
        with safe_open(self._path(key), framework="pt") as file:
            metadata = (file.metadata() or {}).get(METADATA_KEY)
        return None if metadata is None else frozenset(json.loads(metadata)["penalised"])

    def keys(self) -> set[str]:
        """The keys of all trials that have a checkpoint."""
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
        with contextlib.suppress(OSError):  # fails if the folder itself is a file
            temporary.unlink()
        raise UserError(f"The weights of trial {key} could not be written to {path}: {error}.") from error
