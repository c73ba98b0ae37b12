"""``LocatedRuns``: finished runs, found by the path of their output folder, method or repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from frontsearch.errors import UserError, allowed_names
from frontsearch.folder import Folder
from frontsearch.ledger.ledger import INITIAL_TRIALS
from frontsearch.ledger.storage import open_storage
from frontsearch.ledger.stored_runs import StoredRun, stored_runs

PATHS = "FOLDER, FOLDER/METHOD or FOLDER/METHOD/REPEAT"


@dataclass(frozen=True, kw_only=True, slots=True)
class LocatedRuns:
    """The runs that a path names in a study's output folder, which is only read.

    Attributes:
        folder: The output folder.
        runs: The runs, in the order of the ledger.
        whole_folder: Whether the path names the folder itself, and so all of its runs.
    """

    folder: Folder
    runs: tuple[StoredRun, ...]
    whole_folder: bool

    @classmethod
    def at(cls, path: str, *, option: str) -> Self:
        """The runs at this path.

        Args:
            path: A study's output folder, FOLDER, or below it FOLDER/METHOD or FOLDER/METHOD/REPEAT.
            option: Command-line option that took the path; error messages begin with it.

        Raises:
            UserError: When there is no such run.
        """
        named = Path(path)
        folder = next((Folder(above) for above in (named, *named.parents)[:3] if Folder(above).journal.is_file()), None)
        if folder is None:
            raise UserError(f"{option} must be a study's {PATHS}; there is no ledger.journal at {path} or above it.")
        stored = [run for run in _read(folder) if run.method != INITIAL_TRIALS]
        below = named.relative_to(folder.path).parts
        return cls(
            folder=folder, runs=_select(stored, below, f"{option}: {folder.path}"), whole_folder=not below
        )  # fmt: skip


def _read(folder: Folder) -> tuple[StoredRun, ...]:
    return stored_runs(open_storage(folder.journal, to_write=False))


def _select(runs: Sequence[StoredRun], parts: Sequence[str], where: str) -> tuple[StoredRun, ...]:
    """The runs of the method and repeat that the parts of a path name, or all."""
    selected = runs
    for part, field in zip(parts, ("method", "repeat"), strict=False):
        names = {str(getattr(run, field)) for run in selected}
        if part not in names:
            raise UserError(f"{where} has no {field} {part!r}: {allowed_names(part, names)}")
        selected = [run for run in selected if str(getattr(run, field)) == part]
    return tuple(selected)
