"""One copy of a task's examples for all processes of a machine."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from frontsearch.errors import UserError
from frontsearch.names import SPLITS
from frontsearch.tasks import Examples, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedTask:
    """A task whose examples are in a file; picklable.

    Attributes:
        bare: The task without its splits.
        path: A safetensors file of their inputs and targets.
    """

    bare: Task
    path: Path

    def task(self) -> Task:
        """The task, its examples mapped into this process's memory."""
        tensors = safetensors.torch.load_file(self.path)
        splits = {split: Examples(*(tensors[f"{split}.{field}"] for field in Examples._fields)) for split in SPLITS}
        return replace(self.bare, splits=splits)


@contextmanager
def shared_task(task: Task) -> Iterator[SharedTask]:
    """The task, its examples in a file that every process maps into its memory, so that all have one copy of them.

    A file and no shared memory, of which a container has 64 MB where nobody asked for more.

    Raises:
        UserError: When there is no room for it.
    """
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            path = Path(folder) / "examples.safetensors"
            safetensors.torch.save_file(_named(task), path)
        except (OSError, SafetensorError) as error:  # its own where the disk is full
            raise UserError(
                f"The data could not be written to the temporary folder {tempfile.gettempdir()}, from where the worker "
                f"processes share it: {error}. Is it full? TMPDIR names another one."
            ) from error
        yield SharedTask(bare=replace(task, splits={}), path=path)


def _named(task: Task) -> dict[str, Tensor]:
    """The examples by split and field, each with memory of its own, as safetensors wants them."""
    return {
        f"{split}.{field}": tensor.clone()
        for split, examples in task.splits.items()
        for field, tensor in examples._asdict().items()
    }
