"""Digests of a trial's files, by which one that was damaged or changed is noticed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from frontsearch.folder.folder import Folder
from frontsearch.names import CHECKPOINT_SHA256, CURVE_SHA256
from frontsearch.trial import Outcome


def sha256(content: bytes) -> str:
    """The SHA-256 of a file's content, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def changed_checkpoint(outcome: Outcome, folder: Folder) -> str:
    """A sentence that a trial's checkpoint is not the one that its training wrote; empty if it is, or if it is missing.

    Trials of earlier versions and imported outcomes have no digests, so nothing is known of their files.
    """
    path = folder.weights.find(outcome.key)
    return (
        _sentence("checkpoint", outcome.key, path) if _is_changed(path, getattr(outcome, CHECKPOINT_SHA256, "")) else ""
    )


def changed_curve(outcome: Outcome, folder: Folder) -> str:
    """The same for a trial's learning curve."""
    path = folder.learning_curves.find(outcome.key)
    return (
        _sentence("learning curve", outcome.key, path) if _is_changed(path, getattr(outcome, CURVE_SHA256, "")) else ""
    )


def changed_files(outcome: Outcome, folder: Folder) -> Iterator[str]:
    """The sentences on a trial's files that are not those that its training wrote."""
    yield from filter(None, (changed_checkpoint(outcome, folder), changed_curve(outcome, folder)))


def _is_changed(path: Path | None, recorded: str) -> bool:
    return path is not None and bool(recorded) and sha256(path.read_bytes()) != recorded


def _sentence(file: str, key: str, path: Path | None) -> str:
    return (
        f"The {file} of trial {key}, {path}, is not the one that its training wrote: it is damaged or was "
        "changed. Running the study's command again trains it again."
    )
