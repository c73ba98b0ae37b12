"""Runs a study, from its file to its report; so does ``python -m frontsearch.study NAME``.

In: a study file. Out: the runs it asks for, and an output folder with the report. Read ``session.py`` first, which puts
the pieces together. ``config/`` reads study files, ``built_in.py`` finds those that travel with the package,
``plans.py`` lists the runs, ``runner.py`` is the one loop that spends their budgets, ``recorded_runs.py`` reads runs
back without training, and ``across/`` compares finished runs of several studies.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frontsearch.study.across import CrossStudyComparison
    from frontsearch.study.boxes import input_columns
    from frontsearch.study.built_in import study_descriptions, study_files
    from frontsearch.study.config import (
        Collection,
        StudyConfig,
        locate_study,
        member_study,
        names_study,
        output_folder,
        read_collection,
        read_study,
        study_as_run,
        study_of,
    )
    from frontsearch.study.loading import load_task
    from frontsearch.study.recorded_runs import read_ledger, recorded_comparison
    from frontsearch.study.session import Session
    from frontsearch.study.verifying import verify

# Imported on first use, since torch takes seconds to import: reading a study file does not need it, and Ctrl-C during
# the import is handled by the command line.
_MODULES = {
    "boxes": ("input_columns",),
    "built_in": ("study_descriptions", "study_files"),
    "across": ("CrossStudyComparison",),
    "config": (
        "Collection", "StudyConfig", "locate_study", "member_study", "names_study", "output_folder",
        "read_collection", "read_study", "study_as_run", "study_of",
    ),
    "loading": ("load_task",),
    "recorded_runs": ("read_ledger", "recorded_comparison"),
    "session": ("Session",),
    "verifying": ("verify",),
}  # fmt: skip

__all__ = [
    "Collection",
    "CrossStudyComparison",
    "Session",
    "StudyConfig",
    "input_columns",
    "load_task",
    "locate_study",
    "member_study",
    "names_study",
    "output_folder",
    "read_collection",
    "read_ledger",
    "read_study",
    "recorded_comparison",
    "study_as_run",
    "study_descriptions",
    "study_files",
    "study_of",
    "verify",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Imports the module of a public name on first use."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"frontsearch.study.{module}"), name)
    raise AttributeError(f"module 'frontsearch.study' has no attribute {name!r}")
