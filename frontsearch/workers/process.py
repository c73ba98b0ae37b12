"""Process-wide settings for training: threads, floating point and memory."""

import ctypes
import os
import platform
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch
from threadpoolctl import ThreadpoolController, threadpool_limits

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
MEBIBYTE = 2**20

_settings_lock = threading.RLock()  # most settings are the process's, so two threads would restore each other's


def prepare_process(device: str = "cpu") -> None:
    """Prepares this process for training: one thread, subnormal numbers flushed to zero, freed memory kept.

    One thread, because for small networks one process per core beats many threads, and because the number of threads
    changes the last bits of results. Subnormal numbers, which weights and moments become as they decay to zero, would
    make a step ten times slower.

    Args:
        device: Device to train on. Unless it is the CPU, torch is also set to use deterministic algorithms, and to warn
            of a network's operations that have none.
    """
    _load_libraries()
    torch.set_num_threads(1)
    threadpool_limits(1)  # NumPy's and SciPy's too, as threads of several processes on the same cores would wait
    torch.set_flush_denormal(True)
    # One CPU thread is deterministic anyway, and the switch takes seconds of imports.
    if device != "cpu":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS requires it for determinism
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
    _keep_freed_memory()


@contextmanager
def prepared_process() -> Iterator[None]:
    """Prepares this process for a training on the CPU within the block, and restores its settings afterwards.

    Other threads wait for the block. It gives the bits that :func:`prepare_process` gives, but leaves out what cannot
    be restored, that freed memory is kept.
    """
    with _settings_lock:
        threads, flushed = torch.get_num_threads(), _flushes_subnormal()
        try:
            torch.set_num_threads(1)
            torch.set_flush_denormal(True)
            with _thread_pools().limit(limits=1):
                yield
        finally:
            torch.set_num_threads(threads)
            torch.set_flush_denormal(flushed)


@cache
def _thread_pools() -> ThreadpoolController:
    """The thread pools of NumPy, SciPy and torch; finding them takes milliseconds."""
    _load_libraries()
    return ThreadpoolController()


def _load_libraries() -> None:
    """Imports what trainings import later, as a library's threads are limited only once it is there."""
    import scipy.optimize  # noqa: F401, PLC0415 - long to import, and a study with nothing to train needs it seldom


def _flushes_subnormal() -> bool:
    """Whether this thread flushes subnormal numbers to zero, which torch sets but does not tell."""
    return sys.float_info.min / 2 == 0


def _keep_freed_memory() -> None:
    """Stops glibc from returning the memory of each step to the kernel; page faults took a sixth of a step."""
    if platform.libc_ver()[0] != "glibc":
        return
    mallopt = ctypes.CDLL(None).mallopt
    mallopt(M_MMAP_THRESHOLD, 32 * MEBIBYTE)  # the largest value that glibc accepts
    mallopt(M_TRIM_THRESHOLD, 1024 * MEBIBYTE)
    mallopt(M_TOP_PAD, 64 * MEBIBYTE)
