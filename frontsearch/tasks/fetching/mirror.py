"""Downloads from a data set's public mirror."""

import io
from textwrap import shorten
from typing import IO

from frontsearch.tasks.fetching.archives import unpacked
from frontsearch.tasks.fetching.files import (
    Announce,
    Contents,
    DataSet,
    RemoteFile,
    SourceError,
    gunzipped,
    verified_content,
)

CONNECT_SECONDS, READ_SECONDS = 2.0, 10.0


class _BoundedBuffer(io.BytesIO):
    """An in-memory file that raises when it would grow beyond ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self.limit:
            raise SourceError(f"more than the {self.limit} bytes that the file may have")
        return super().write(data)


def from_mirror(dataset: DataSet, missing: list[RemoteFile], announce: Announce) -> Contents:
    """Downloads the missing files; stops at the first failure, so that without a network there is one timeout only."""
    if dataset.archives:
        archive = dataset.archives[0]
        url = f"{dataset.mirror}/{archive.name}"
        announce(f"Fetching {url}.")
        yield from unpacked(archive, missing, _download(url, archive.limit), where=url)
        return
    for file in missing:
        url = f"{dataset.mirror}/{file.name}.gz"
        announce(f"Fetching {url}.")
        yield file, verified_content(file, _download(url, file.bytes + file.bytes // 1000 + 1024), where=url)


def _download(url: str, limit: int) -> IO[bytes]:
    """The uncompressed content at ``url``; tries once more only if a transfer breaks off after it began."""
    import pooch  # noqa: PLC0415 - needed once on a machine

    get = pooch.HTTPDownloader(chunk_size=1 << 14, timeout=(CONNECT_SECONDS, READ_SECONDS))
    for retries_left in (1, 0):
        target = _BoundedBuffer(limit)
        try:
            get(url, target, None)
        except OSError as error:
            if not (retries_left and target.tell()):
                raise SourceError(f"{url} failed with {_reason(error)!r}") from error
        except SourceError as error:
            raise SourceError(f"{url} sent {error}") from error
        else:
            break
    target.seek(0)
    # If the server declares gzip as the transfer encoding, the client has already decompressed the file.
    return gunzipped(target) if target.getvalue().startswith(b"\x1f\x8b") else target


def _reason(error: OSError) -> str:
    """The innermost of requests' nested messages, which states the reason."""
    return shorten(str(error).rpartition("] ")[2].rstrip("'\")"), 160)
