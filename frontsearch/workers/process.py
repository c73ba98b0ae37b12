"""What a process must be told before it trains."""

import ctypes
import os
import platform

import torch

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
MEBIBYTE = 2**20


def prepare_process(device: str = "cpu") -> None:
    """Sets this process up for training: one torch thread, subnormal numbers flushed, freed memory kept.

    One thread, because a process a core beats many threads on small networks and because the number of threads changes
    the bits. Weights and moments that decay toward zero become subnormal and would slow a step tenfold.

    Args:
        device: Where it will train; anything but the CPU is also told to use deterministic algorithms.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    # One CPU thread is deterministic as it is, and the switch would cost seconds of imports.
    if device != "cpu":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it cuBLAS refuses to be deterministic
        torch.use_deterministic_algorithms(mode=True)
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Stops glibc from handing each step's activations back to the kernel: a sixth of a step went into page faults."""
    if platform.libc_ver()[0] != "glibc":
        return
    mallopt = ctypes.CDLL(None).mallopt
    mallopt(M_MMAP_THRESHOLD, 32 * MEBIBYTE)  # the greatest value that glibc takes
    mallopt(M_TRIM_THRESHOLD, 1024 * MEBIBYTE)
    mallopt(M_TOP_PAD, 64 * MEBIBYTE)
