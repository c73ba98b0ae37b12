"""The cache folder: genuine copies read from it, fetched ones kept in it."""

import os
from pathlib import Path
from uuid import uuid4

import platformdirs

from frontsearch.tasks.fetching.files import Announce, Refused, RemoteFile, genuine, unzipped


def cache_folder() -> Path:
    """The folder that ``FRONTSEARCH_DATA`` names, else the platform's cache folder for frontsearch."""
    return Path(os.environ.get("FRONTSEARCH_DATA") or platformdirs.user_cache_dir("frontsearch", appauthor=False))


def cached(file: RemoteFile, folders: tuple[Path, ...], answers: list[str]) -> bytes | None:
    """The content of the first genuine copy in ``folders``, if any; what is wrong with others goes to ``answers``."""
    for path in (folder / (file.name + end) for folder in folders for end in ("", ".gz")):
        try:
            with path.open("rb") as raw:
                return genuine(file, unzipped(raw) if path.suffix == ".gz" else raw, where=str(path))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            answers.append(f"{path} cannot be read ({error.strerror or error})")
        except Refused as refused:
            answers.append(str(refused))
    return None


def keep(content: bytes, path: Path, announce: Announce) -> None:
    """Write ``path`` as a whole or not at all, also where several processes do; failing to is no reason to stop."""
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
        announce(f"{path} was fetched but could not be kept ({reason}); it will be fetched again next time.")
