"""Writes a small digits study as a TOML file, runs it in processes of its own and reads its fronts."""

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
    """Writes the study file and returns its path."""
    path = folder / "shared.toml"
    path.write_text(TEXT)
    return path


def begin(study, out, *options, by=(sys.executable,)):
    """Starts a process that runs the study, with this Python or with the command ``by``."""
    command = [*by, "-m", "frontsearch.study", str(study), "--quiet", "--out", str(out), *options]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def ended(process):
    """Waits for a process and returns its exit code and stderr."""
    _, stderr = process.communicate()
    return process.returncode, stderr


def fronts(*folders):
    """The points of the fronts in several output folders, without their times."""
    rows = [row for folder in folders for row in csv.DictReader((folder / "fronts.csv").read_text().splitlines())]
    return sorted(tuple(item for item in row.items() if "seconds" not in item[0]) for row in rows)
