"""Files of a data set out of a tar archive, where they lie as themselves or in a form that they are rebuilt from."""

import io
import tarfile
import zlib
from collections.abc import Iterable
from textwrap import shorten
from typing import IO

from frontsearch.tasks.fetching.files import Archive, Contents, RemoteFile, SourceError, verified_content


def unpacked(archive: Archive, files: Iterable[RemoteFile], stream: IO[bytes], *, where: str) -> Contents:
    """The verified content of files that an archive contains.

    The archive is read into memory, and at most one byte more of it than it may have.

    Args:
        archive: What the archive is.
        files: Files to take from it.
        stream: The archive, decompressed as it is read.
        where: Path or URL of the archive, for the error message.

    Raises:
        SourceError: If the archive is damaged, or a file is not in it or is not genuine.
    """
    try:
        content = stream.read(archive.limit + 1)
        if len(content) > archive.limit:
            raise SourceError(f"{where} is not genuine (at most {archive.limit} bytes expected, more found)")
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as members:
            for file in files:
                yield file, verified_content(file, archive.extract(members, file), where=where)
    except (OSError, EOFError, zlib.error, tarfile.TarError, KeyError, ValueError) as error:
        raise SourceError(f"{where} cannot be unpacked ({shorten(str(error), 160)})") from error


def member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """The content of a file in an archive; links are not followed.

    Raises:
        KeyError: If there is none of this name.
        ValueError: If it is a link or a folder.
    """
    found = archive.getmember(name)
    stream = archive.extractfile(found) if found.isreg() else None
    if stream is None:
        raise ValueError(f"{name} is not a file")
    return stream


def member_of(folder: str, archive: tarfile.TarFile, file: RemoteFile) -> IO[bytes]:
    """The content of a file that lies as itself in a folder of an archive."""
    return member(archive, f"{folder}/{file.name}")
