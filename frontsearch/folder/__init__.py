"""A study's output folder: its files, written atomically, its owner, learning curves, and files that people name.

In: the folder's path. Out: paths inside it, files written atomically and never outside, learning curves and benchmarks
by trial key. Read ``folder.py`` first. ``directory.py`` is the only module that writes and deletes.
"""

from frontsearch.folder.benchmarks import Benchmark, Benchmarks, Timing
from frontsearch.folder.curves import Curves, LearningCurve
from frontsearch.folder.digests import changed_checkpoint, changed_curve, changed_files, sha256
from frontsearch.folder.directory import Directory, check_no_link, write_file
from frontsearch.folder.folder import OPTIMISER_STATE, STUDY_FILES, SUBFOLDERS, Folder
from frontsearch.folder.owner import Owner
from frontsearch.folder.processes import cores, has_ended, machine
from frontsearch.folder.reading import read_regular, read_text
from frontsearch.folder.temporary import is_left_behind, temporary_name
from frontsearch.folder.this_machine import hardware
from frontsearch.folder.trial_files import TrialFiles

__all__ = [
    "OPTIMISER_STATE", "STUDY_FILES", "SUBFOLDERS", "Benchmark", "Benchmarks", "Curves", "Directory",
    "Folder", "LearningCurve", "Owner", "Timing", "TrialFiles", "changed_checkpoint", "changed_curve", "changed_files",
    "check_no_link", "cores", "hardware", "has_ended", "is_left_behind", "machine", "read_regular", "read_text",
    "sha256", "temporary_name", "write_file",
]  # fmt: skip
