"""A study's output folder: the paths of its files, atomic writes, learning curves, and files that people name.

In: the folder's path. Out: paths inside it, text files written atomically, learning curves by trial key. Read
``folder.py`` first.
"""

from frontsearch.folder.curves import Curves, LearningCurve
from frontsearch.folder.folder import OPTIMISER_STATE, STUDY_FILES, Folder
from frontsearch.folder.reading import read_regular, read_text

__all__ = ["OPTIMISER_STATE", "STUDY_FILES", "Curves", "Folder", "LearningCurve", "read_regular", "read_text"]
