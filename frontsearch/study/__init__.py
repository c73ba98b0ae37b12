"""A study, from its file to its report; ``python -m frontsearch.study NAME`` runs one.

In: a study file. Out: every run it asks for, and the output folder with the report. Read ``session.py`` first;
``config/`` reads study files, ``runner.py`` is the one loop that spends budgets, ``across/`` compares finished runs
of several folders.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frontsearch.study.across import Across
    from frontsearch.study.config import (
        Collection,
        StudyConfig,
        beside,
        output_folder,
        read_collection,
        read_study,
        study_files,
    )
    from frontsearch.study.recorded_runs import recorded
    from frontsearch.study.session import Session

# Imported on first use: reading a study file needs no torch, and Ctrl-C is answered from the first import on.
_HOMES = {
    "across": ("Across",),
    "config": (
        "Collection", "StudyConfig", "beside", "output_folder", "read_collection", "read_study", "study_files",
    ),
    "recorded_runs": ("recorded",),
    "session": ("Session",),
}  # fmt: skip

__all__ = [
    "Across", "Collection", "Session", "StudyConfig", "beside", "output_folder", "read_collection", "read_study",
    "recorded", "study_files",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """A public name, its module imported on first use."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"frontsearch.study.{home}"), name)
    raise AttributeError(f"module 'frontsearch.study' has no attribute {name!r}")
