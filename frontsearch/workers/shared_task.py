"""Shares one copy of a task's examples among all processes of a machine."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cloudpickle
import torch
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
        path: File with the inputs and targets of the other splits, as ``torch.save`` writes it.
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
        splits: dict[Split, dict[str, Tensor]] = {split: {} for split in SPLITS if split not in on_demand}
        for name, tensor in torch.load(self.path, mmap=True, weights_only=True).items():
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
            path = stack.enter_context(_written(_named_tensors(task)))
        except (OSError, RuntimeError) as error:  # the latter from torch if the disk is full
            raise UserError(
                f"The data could not be written to the temporary folder {tempfile.gettempdir()}, from which the worker "
                f"processes read it: {in_words(error)} Is the disk full? The environment variable TMPDIR selects "
                "another folder."
            ) from error
        yield SharedTask(pickled=pickled, path=path, fingerprint=task.fingerprint)


@contextmanager
def _written(tensors: dict[str, Tensor]) -> Iterator[Path]:
    """The path of a temporary file with these tensors.

    Where the system shows a process's open files as paths, the file is in no folder, so nothing is left of it even if
    all processes are killed.
    """
    with tempfile.TemporaryFile() as file:
        if (path := Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")).exists():
            torch.save(tensors, file)
            file.flush()
            yield path
            return
    with tempfile.TemporaryDirectory(prefix="frontsearch-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "examples.pt"
        torch.save(tensors, path)
        yield path


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
    """The examples by split and field; cloned, as torch would save all of a tensor of which an example is a part."""
    return {
        f"{split}.{part}": tensor.clone()
        for split, examples in task.splits.items()
        if isinstance(examples, Examples)
        for part, tensor in examples.tensors.items()
    }
