"""A small digits study as a TOML file, and running it in processes."""

import csv
import subprocess
import sys

TEXT = """
description = "Digits for a moment."
epochs = 8
l1_weights = [1e-4, 1e-1]
[task]
name = "digits"
[training]
epochs = 2
[space]
l1_weight = { low = 1e-4, high = 1e-1, log = true }
learning_rate = { low = 1e-3, high = 1e-2, log = true }
[methods.path]
first_epochs = 2
step_epochs = 1
[methods.optuna-tpe]
startup = 2
"""


def write(folder):
    """The study file."""
    path = folder / "shared.toml"
    path.write_text(TEXT)
    return path


def begin(study, out, *options, by=(sys.executable,)):
    """A process that runs the study, by this Python or by what begins it."""
    command = [*by, "-m", "frontsearch.study", str(study), "--quiet", "--out", str(out), *options]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def ended(process):
    """Exit code and stderr."""
    _, said = process.communicate()
    return process.returncode, said


def fronts(*folders):
    """The points of the fronts of several folders, without the time they took."""
    rows = [row for folder in folders for row in csv.DictReader((folder / "fronts.csv").read_text().splitlines())]
    return sorted(tuple(item for item in row.items() if "seconds" not in item[0]) for row in rows)
