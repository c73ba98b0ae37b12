"""Comparison across studies: finished runs of several studies, and fronts from CSV files, in one report.

In: paths of finished runs and of CSV files. Out: one comparison and its report. Read ``across.py`` first;
``studies.py`` and ``files.py`` read the two kinds of sources, ``consistency.py`` checks that they can be compared.
"""

from frontsearch.study.across.across import CrossStudyComparison

__all__ = ["CrossStudyComparison"]
