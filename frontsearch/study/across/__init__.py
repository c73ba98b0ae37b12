"""Comparison across studies: finished runs of several studies, and fronts from elsewhere, in one report.

In: paths of finished runs, of files of fronts, and URLs of Optuna storages. Out: one comparison and its report. Read
``across.py`` first; ``studies.py`` and ``files.py`` read the two kinds of sources, the latter through a ``Table`` of
each kind of file, and ``consistency.py`` checks that they can be compared.
"""

from frontsearch.study.across.across import CrossStudyComparison

__all__ = ["CrossStudyComparison"]
