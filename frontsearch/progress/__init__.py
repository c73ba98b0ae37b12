"""Progress: what a terminal shows while a study runs.

In: the state of each run, and every trial as it is recorded. Out: bars on a terminal, plain lines elsewhere. Read
``watching.py`` first.
"""

from frontsearch.progress.watch import watching

__all__ = ["watching"]
