"""Finished runs: found by the path of a study's output folder, or of what is named below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from frontsearch.errors import UserError, allowed
from frontsearch.folder import Folder
from frontsearch.ledger.ledger import SEEDS
from frontsearch.ledger.records import Record, records
from frontsearch.ledger.storage import open_storage

WRITTEN = "FOLDER, FOLDER/METHOD or FOLDER/METHOD/REPEAT"


@dataclass(frozen=True, kw_only=True, slots=True)
class LocatedRuns:
    """What a study's output folder has of the runs that a path names; nothing in it is changed.

    Attributes:
        folder: The output folder.
        records: Of the runs, in the order in which the ledger has them.
        whole: Whether the path names the folder, and not something below it.
    """

    folder: Folder
    records: tuple[Record, ...]
    whole: bool

    @classmethod
    def at(cls, path: str, *, option: str) -> Self:
        """The finished runs at this path.

        Args:
            path: A study's output folder, or what is named below it: FOLDER/METHOD or FOLDER/METHOD/REPEAT.
            option: What the user gave the path as.

        Raises:
            UserError: When there is no such run.
        """
        named = Path(path)
        folder = next((Folder(above) for above in (named, *named.parents)[:3] if Folder(above).journal.is_file()), None)
        if folder is None:
            raise UserError(f"{option} must be a study's {WRITTEN}; at {path} and above there is no ledger.journal.")
        found = [record for record in _records(folder) if record.method != SEEDS]
        below = named.relative_to(folder.path).parts
        return cls(folder=folder, records=_named(found, below, f"{option}: {folder.path}"), whole=not below)


def _records(folder: Folder) -> tuple[Record, ...]:
    storage = open_storage(folder.journal, to_write=False)
    try:
        return records(storage)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{folder.journal} must be the ledger of a study of this frontsearch; its trials cannot be read: "
            f"{type(error).__name__}: {error}."
        ) from error


def _named(found: Sequence[Record], parts: Sequence[str], where: str) -> tuple[Record, ...]:
    """The records of a method or of one repeat of it, or all."""
    kept = found
    for part, field in zip(parts, ("method", "repeat"), strict=False):
        names = {str(getattr(record, field)) for record in kept}
        if part not in names:
            raise UserError(f"{where} has no {field} {part!r}: {allowed(part, names)}")
        kept = [record for record in kept if str(getattr(record, field)) == part]
    return tuple(kept)
