"""The console script: words in, words out.

In: a command line. Out: what it prints and its exit code. Read ``app.py`` first; ``entry.py`` answers Ctrl-C while
the rest is still being imported.
"""

from frontsearch.cli.entry import main, main_study

__all__ = ["main", "main_study"]
