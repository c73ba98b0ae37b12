"""The cache folder: verified copies are read from it and downloads are saved to it."""

import os
from pathlib import Path
from uuid import uuid4

import platformdirs

from frontsearch.tasks.fetching.files import Announce, RemoteFile, SourceError, gunzipped, verified_content


def cache_folder() -> Path:
    """The folder named by the environment variable ``FRONTSEARCH_DATA``, or else the platform's cache folder."""
    return Path(os.environ.get("FRONTSEARCH_DATA") or platformdirs.user_cache_dir("frontsearch", appauthor=False))


def from_cache(file: RemoteFile, folders: tuple[Path, ...], failures: list[str]) -> bytes | None:
    """The content of the first intact copy of ``file``, or None; appends what is wrong with others to ``failures``."""
    for path in (folder / (file.name + end) for folder in folders for end in ("", ".gz")):
        try:
            with path.open("rb") as raw:
                return verified_content(file, gunzipped(raw) if path.suffix == ".gz" else raw, where=str(path))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            failures.append(f"{path} cannot be read ({error.strerror or error})")
        except SourceError as error:
            failures.append(str(error))
    return None


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
        announce(f"{path} was downloaded but could not be saved ({reason}); it will be downloaded again next time.")
