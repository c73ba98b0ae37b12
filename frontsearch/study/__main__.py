"""``python -m frontsearch.study NAME``: the ``study`` command by itself."""

from frontsearch.cli.entry import main_study

if __name__ == "__main__":
    main_study()
