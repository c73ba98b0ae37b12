"""A study's output folder: the paths of its files, atomic writes, and learning curves.

In: the folder's path. Out: paths inside it, text files written atomically, learning curves by trial key. Read
``folder.py`` first.
"""

from frontsearch.folder.curves import Curves, LearningCurve
from frontsearch.folder.folder import FILES, OPTIMISER_STATE, Folder

__all__ = ["FILES", "OPTIMISER_STATE", "Curves", "Folder", "LearningCurve"]
