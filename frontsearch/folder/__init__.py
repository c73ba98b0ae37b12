"""A study's output folder: the paths of its files, atomic writes, and learning curves.

In: the folder's path. Out: paths inside it, text files written atomically, learning curves by trial key. Read
``folder.py`` first.
"""

from frontsearch.folder.curves import Curves, LearningCurve
from frontsearch.folder.digests import changed_checkpoint, changed_curve, changed_files, sha256
from frontsearch.folder.folder import OPTIMISER_STATE, STUDY_FILES, Folder

__all__ = [
    "OPTIMISER_STATE", "STUDY_FILES", "Curves", "Folder", "LearningCurve", "changed_checkpoint", "changed_curve",
    "changed_files", "sha256",
]  # fmt: skip
