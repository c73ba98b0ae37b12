"""Progress: what a terminal or a notebook shows while a study runs.

In: the state of each run, and every trial as it is recorded. Out: progress bars on a terminal and in a notebook,
plain lines elsewhere.
Read ``display.py`` first.
"""

from frontsearch.progress.display import show_notes, show_progress

__all__ = ["show_notes", "show_progress"]
