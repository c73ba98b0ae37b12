"""The public mirrors, over https."""

import io
from textwrap import shorten

import pooch

from frontsearch.tasks.fetching.files import Announce, Contents, DataSet, Refused, RemoteFile, genuine, unzipped

CONNECT_SECONDS, SILENCE_SECONDS = 2.0, 10.0


class _Bounded(io.BytesIO):
    """A file in memory that refuses to grow beyond ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self.limit:
            raise Refused(f"more than the {self.limit} bytes it may have")
        return super().write(data)


def mirrored(dataset: DataSet, missing: list[RemoteFile], announce: Announce) -> Contents:
    """The missing files from the mirror; the first failure ends it, so that having no network is noticed once."""
    for file in missing:
        url = f"{dataset.mirror}/{file.name}.gz"
        announce(f"Fetching {url}.")
        packed = _download(url, file.bytes + file.bytes // 1000 + 1024)
        # A server that declares gzip as a transfer's encoding has it undone on the way.
        zipped = packed.getvalue().startswith(b"\x1f\x8b")
        yield file, genuine(file, unzipped(packed) if zipped else packed, where=url)


def _download(url: str, limit: int) -> io.BytesIO:
    """What ``url`` answers, tried a second time only if the transfer broke off once it had begun."""
    get = pooch.HTTPDownloader(chunk_size=1 << 14, timeout=(CONNECT_SECONDS, SILENCE_SECONDS))
    for retries_left in (1, 0):
        target = _Bounded(limit)
        try:
            get(url, target, None)
        except OSError as error:
            if not (retries_left and target.tell()):
                raise Refused(f"{url} said {_reason(error)!r}") from error
        except Refused as refused:
            raise Refused(f"{url} sent {refused}") from refused
        else:
            break
    target.seek(0)
    return target


def _reason(error: OSError) -> str:
    """The end of requests' nested messages, where the reason is."""
    return shorten(str(error).rpartition("] ")[2].rstrip("'\")"), 160)
