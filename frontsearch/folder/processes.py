"""Which process of which machine wrote something, and whether it still runs."""

import os
import socket
import uuid
from pathlib import Path


def machine() -> str:
    """Identifies the scope in which process ids are unique: boot and PID namespace on Linux, the host elsewhere."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return f"{socket.gethostname()}:{uuid.getnode()}"


def cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_ended(process: int) -> bool:
    """Whether a process of this machine is known to have ended."""
    if os.name != "posix":  # on Windows signal 0 is Ctrl-C
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass
    return False
