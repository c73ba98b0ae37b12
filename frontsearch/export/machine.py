"""What was measured on: processor, cores, system and versions, in one line."""

import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from frontsearch.folder import cores

PACKAGES = ("torch", "onnxruntime", "scipy")


def machine_line() -> str:
    """The machine that this runs on, and the versions of what runs networks."""
    counted = cores()
    words = [_processor(), f"{counted} core{'s'[: counted != 1]}", platform.system()]
    return ", ".join([*words, *(f"{name} {found}" for name in PACKAGES if (found := _version(name)))])


def _processor() -> str:
    """Its name on Linux, where Python knows only its architecture; elsewhere what Python knows."""
    try:
        named = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except (OSError, ValueError):
        named = None
    return named[1] if named else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
