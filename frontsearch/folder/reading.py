"""Reads files that people name: anything but a regular file of UTF-8 text that fits into memory is refused."""

import math
import stat
from pathlib import Path

LARGEST_TEXT = 10**8  # bytes; study files and fronts have kilobytes


def read_regular(path: Path, *, most: float = math.inf) -> bytes:
    """The content of a file.

    Args:
        path: Path of the file.
        most: Largest size that is read, in bytes.

    Raises:
        OSError: If there is no such file, or it cannot be read.
        ValueError: If it is a folder, a pipe or a device, or larger, or if its path has a null character.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # reading would wait for a pipe's writer, or never end
        raise ValueError(f"it must be a regular file and not a {_kind(status.st_mode)}")
    if status.st_size > most:
        raise ValueError(f"it must have at most {most / 1e6:,.0f} MB; it has {status.st_size / 1e6:,.0f}")
    return path.read_bytes()


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark; line ends stay as they are.

    Raises:
        OSError: If there is no such file, or it cannot be read.
        ValueError: As :func:`read_regular` does, for more than 100 MB too, and if it is not UTF-8.
    """
    return read_regular(path, most=LARGEST_TEXT).decode("utf-8-sig")


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "folder"
    return "pipe" if stat.S_ISFIFO(mode) else "device"
