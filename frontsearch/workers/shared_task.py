"""Shares one copy of a task's examples among all processes of a machine."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cloudpickle
import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from frontsearch.errors import UserError, in_words, option
from frontsearch.names import SPLITS, Split
from frontsearch.tasks import Examples, ExamplesOnDemand, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedTask:
    """A picklable task whose examples are in a file.

    Attributes:
        pickled: The task without its examples, and the splits that are read on demand, pickled by cloudpickle, which
            takes lambdas and whatever a script or a notebook defines along.
        path: Safetensors file with the inputs and targets of the other splits.
        fingerprint: The task's fingerprint.
    """

    pickled: bytes
    path: Path
    fingerprint: str

    def load(self) -> Task:
        """The task, with its examples mapped from the file into this process's memory.

        Raises:
            UserError: If a module that the task needs cannot be imported here.
        """
        try:
            empty_task: Task
            empty_task, on_demand = cloudpickle.loads(self.pickled)
        except Exception as error:
            raise UserError(
                f"A worker process could not load the task, {in_words(error)} Modules that its network, loss, metrics "
                "and transform come from must be importable: installed, or beside the script."
            ) from error
        tensors = safetensors.torch.load_file(self.path)
        splits: dict[Split, dict[str, Tensor]] = {split: {} for split in SPLITS if split not in on_demand}
        for name, tensor in tensors.items():
            split, _, part = name.partition(".")
            splits[cast("Split", split)][part] = tensor
        in_memory = {split: Examples.of_tensors(part) for split, part in splits.items()}
        return empty_task.with_splits(on_demand | in_memory, fingerprint=self.fingerprint)


@contextmanager
def shared_task(task: Task) -> Iterator[SharedTask]:
    """Writes a task's examples to a file that worker processes map into memory; the file exists while the block runs.

    A file rather than shared memory, of which a container has only 64 MB by default.

    Raises:
        UserError: If the file cannot be written, for instance because the disk is full.
    """
    pickled = _pickled(task)
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            path = Path(folder) / "examples.safetensors"
            safetensors.torch.save_file(_named_tensors(task), path)
        except (OSError, SafetensorError) as error:  # the latter if the disk is full
            raise UserError(
                f"The data could not be written to the temporary folder {tempfile.gettempdir()}, from which the worker "
                f"processes read it: {error}. Is the disk full? The environment variable TMPDIR selects another folder."
            ) from error
        yield SharedTask(pickled=pickled, path=path, fingerprint=task.fingerprint)


def _pickled(task: Task) -> bytes:
    try:
        on_demand = {split: found for split, found in task.splits.items() if isinstance(found, ExamplesOnDemand)}
        pickled: bytes = cloudpickle.dumps((_emptied(task), on_demand))
    except Exception as error:
        raise UserError(
            f"With several jobs, the task {task.name} must be picklable: its network or `build`, loss, metrics, "
            "transform and Datasets that do not fit into memory may hold no open files, locks or generators; found "
            f"{in_words(error)} One job ({option('jobs', 1)}) needs no pickling."
        ) from error
    return pickled


def _emptied(task: Task) -> Task:
    """The task without its examples, which is none until it gets them back."""
    empty = copy(task)
    object.__setattr__(empty, "splits", {})
    return empty


def _named_tensors(task: Task) -> dict[str, Tensor]:
    """The examples by split and field; cloned, as safetensors accepts no tensors that share memory."""
    return {
        f"{split}.{part}": tensor.clone()
        for split, examples in task.splits.items()
        if isinstance(examples, Examples)
        for part, tensor in examples.tensors.items()
    }
