"""What this process runs on, in words."""

import platform
import re
from pathlib import Path

from frontsearch.folder.processes import cores


def hardware() -> str:
    """Processor, number of cores that may be used, and system, such as ``AMD EPYC 7B13, 2 cores, Linux``."""
    counted = cores()
    return ", ".join([_processor(), f"{counted} core{'s'[: counted != 1]}", platform.system()])


def _processor() -> str:
    """Its name on Linux, where Python knows only its architecture; elsewhere what Python knows."""
    try:
        named = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except (OSError, ValueError):
        named = None
    return named[1] if named else platform.processor() or platform.machine()
