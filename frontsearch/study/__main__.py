"""``python -m frontsearch.study NAME``: the same as ``frontsearch study NAME``."""

from frontsearch.cli.entry import main_study

if __name__ == "__main__":
    main_study()
