"""Calls that run out of memory, in every way in which Python and torch say so."""

import mmap
import resource
import threading
from contextlib import contextmanager
from pathlib import Path

import torch

MEBIBYTE = 2**20


@contextmanager
def little_memory():
    """Leaves this process 64 MiB more than it has."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 64 * MEBIBYTE, before[1]))
    stack = threading.stack_size(512 * MEBIBYTE)
    try:
        yield
    finally:
        threading.stack_size(stack)
        resource.setrlimit(resource.RLIMIT_AS, before)


KINDS = {
    "tensor": lambda: torch.empty(2**28),
    "python": lambda: bytearray(2**30),
    "thread": lambda: threading.Thread(target=int).start(),
    "system": lambda: mmap.mmap(-1, 2**30),
}


def eat(kind):
    """Runs out of memory; never returns."""
    with little_memory():
        KINDS[kind]()
    raise AssertionError(kind)


def eat_once(kind, mark):
    """Runs out of memory the first time."""
    if not mark.exists():
        mark.touch()
        eat(kind)
    return "alive"
