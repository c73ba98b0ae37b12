"""A disk that is full: the system refuses every byte of a file beyond a limit."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """In the block this process cannot write files of more than so many bytes; writing more fails half-way."""
    if sys.platform == "win32":
        pytest.skip("this system limits no file sizes")
    import resource  # noqa: PLC0415 - absent on Windows

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
