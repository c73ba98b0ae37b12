"""Names of temporary files, which say who writes them, so that what a killed process left is known."""

import hashlib
import os
import re
import secrets
import time
from pathlib import Path

from frontsearch.folder.processes import has_ended, machine

PATTERN = re.compile(r"\.frontsearch-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}")
DAY = 86_400.0  # seconds; a write takes less, so whatever process it is, it has ended


def temporary_name() -> str:
    """A name that no other write takes; hidden, and short whatever the name it stands for."""
    return f".frontsearch-{_scope()}-{os.getpid()}-{secrets.token_hex(4)}"


def is_left_behind(path: Path) -> bool:
    """Whether this is a temporary file or folder whose process has ended.

    Of processes of other machines, or of this one before it was started last, only the age says so.
    """
    named = PATTERN.fullmatch(path.name)
    if named is None:
        return False
    if named[1] == _scope() and has_ended(int(named[2])):
        return True
    try:
        return time.time() - path.lstat().st_mtime > DAY
    except FileNotFoundError:
        return False


def _scope() -> str:
    """The scope of process ids, in few characters."""
    return hashlib.sha256(machine().encode()).hexdigest()[:8]
