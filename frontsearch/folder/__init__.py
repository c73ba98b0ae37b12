"""A study's output folder: the names of its files, writes that never leave half a file, and learning curves.

In: a path. Out: paths inside it, texts written whole or not at all, learning curves by trial key. Read ``folder.py``
first.
"""

from frontsearch.folder.curves import Curves, LearningCurve
from frontsearch.folder.folder import FILES, OPTIMISER_STATE, Folder

__all__ = ["FILES", "OPTIMISER_STATE", "Curves", "Folder", "LearningCurve"]
