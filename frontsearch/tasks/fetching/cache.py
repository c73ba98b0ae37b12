"""The cache folder: verified copies are read from it, and what is found elsewhere is saved to it."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import platformdirs

from frontsearch.tasks.fetching.archives import unpacked
from frontsearch.tasks.fetching.files import (
    Announce,
    Archive,
    Contents,
    RemoteFile,
    SourceError,
    gunzipped,
    verified_content,
)


def cache_folder() -> Path:
    """The folder named by the environment variable ``FRONTSEARCH_DATA``, or else the platform's cache folder."""
    return Path(os.environ.get("FRONTSEARCH_DATA") or platformdirs.user_cache_dir("frontsearch", appauthor=False))


def copies(files: Iterable[RemoteFile], *, folders: Iterable[Path], damaged: Callable[[str], None]) -> Contents:
    """Those files of which there are intact copies in these folders, as ``NAME`` or ``NAME.gz``, with their content.

    Args:
        files: Files to look for.
        folders: Folders to look in.
        damaged: Called with what is wrong with each other copy.
    """
    ends = ("", ".gz")
    for file in files:
        found = (_content(file, folder / (file.name + end), damaged) for folder in folders for end in ends)
        content = next((each for each in found if each is not None), None)
        if content is not None:
            yield file, content


def from_archive(
    archive: Archive, missing: list[RemoteFile], *, path: Path, damaged: Callable[[str], None]
) -> Contents:
    """The missing files, out of an archive at ``path`` if there is one; ``damaged`` is told its faults."""
    with _telling(path, damaged), path.open("rb") as raw:
        yield from unpacked(archive, missing, gunzipped(raw), where=str(path))


def _content(file: RemoteFile, path: Path, damaged: Callable[[str], None]) -> bytes | None:
    with _telling(path, damaged), path.open("rb") as raw:
        return verified_content(file, gunzipped(raw) if path.suffix == ".gz" else raw, where=str(path))
    return None


@contextmanager
def _telling(path: Path, damaged: Callable[[str], None]) -> Iterator[None]:
    """Ends the block where ``path`` cannot be read or is not genuine, and tells why unless there is no such file."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        damaged(f"{path} cannot be read ({error.strerror or error})")
    except SourceError as error:
        damaged(str(error))


def save(content: bytes, path: Path, announce: Announce) -> None:
    """Writes ``path`` atomically, as several processes may do so at once; announces a failure instead of raising."""
    part = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        announce(f"{path} could not be saved ({reason}); it will be fetched again next time.")
