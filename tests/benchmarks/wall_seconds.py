"""Prints the wall seconds to reach a hypervolume on mnist: ``path`` against plain scripts and the same search in here.

    python tests/benchmarks/wall_seconds.py [--cap SECONDS] [--levels 0.9 0.93 0.945] [--seed N] [--only NAME...]

Ratios are to ``path``, of which one run has them all: how long it may go on does not change how it goes. Every
contender is a process of its own with one torch thread, one after the other, that prints a line a training. Its seconds
count from the process's start, imports and data included. Validation chooses; the hypervolume is the mnist study's, its
reference point (ln 10, 3548). The table is Markdown.
"""

import argparse
import math
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from frontsearch.comparison.quality import Box, hypervolume

BOX = Box(low=(0.0, 0.0), high=(math.log(10), 3548.0))
LINE = re.compile(r"cross entropy ([\d.]+), l1 ([\d.e+]+)")
FOLDER = Path(__file__).parent
STUDY = [sys.executable, "-m", "frontsearch.study", "--jobs", "1", "--seed", "{seed}", "mnist"]
CONTENDERS = {
    "path": [*STUDY, "--methods", "path", "--epochs", "32"],
    "plain Optuna, TPE": [sys.executable, str(FOLDER / "plain_optuna.py"), "tpe", "{seed}"],
    "plain Optuna, NSGA-II": [sys.executable, str(FOLDER / "plain_optuna.py"), "nsga2", "{seed}"],
    "plain pymoo, NSGA-II": [sys.executable, str(FOLDER / "plain_pymoo.py"), "{seed}"],
    "optuna-tpe": [*STUDY, "--methods", "optuna-tpe", "--epochs", "100000"],
}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Race(NamedTuple):
    """What came of one contender: seconds from its start to each level that it reached, and to its end or the cap."""

    seconds: dict[float, float]
    end: float

    def cell(self, level: float, path: float | None) -> str:
        """Seconds to a level and how many times those of ``path`` they are, where it is another and has any."""
        beyond, least = ("", self.seconds[level]) if level in self.seconds else ("> ", self.end)
        return f"{beyond}{least:.0f} s" + (f", {beyond}{least / path:.1f} times" if path else "")


def reached(command: Sequence[str], levels: Sequence[float], *, cap: float) -> Race:
    """What comes of this command, which is killed when it has reached every level, or at the cap."""
    points, seconds = [], {}
    with TemporaryDirectory() as folder:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | ONE_THREAD,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        timer = threading.Timer(cap, process.kill)
        timer.start()
        with process:
            for line in process.stdout or ():
                if found := LINE.search(line):
                    points.append([float(figure) for figure in found.groups()])
                    volume, since = hypervolume(np.array(points), box=BOX), time.perf_counter() - begun
                    seconds |= {level: since for level in levels if volume >= level and level not in seconds}
                    say(f"{since:7.1f} s  training {len(points)}, hypervolume {volume:.4f}")
                if len(seconds) == len(levels):
                    break
            end = time.perf_counter() - begun
            process.kill()
        timer.cancel()
    if not points:
        raise SystemExit(f"Nothing came of {' '.join(command)} within {cap:g} seconds.")
    return Race(seconds, end)


def table(found: dict[str, Race], levels: Sequence[float]) -> str:
    """Seconds by level and contender, and how many times those of ``path`` they are."""
    rows = [["hypervolume", *found], ["---"] * (1 + len(found))]
    for level in levels:
        paths = [race.seconds[level] for name, race in found.items() if ours(name) and level in race.seconds]
        path = min(paths, default=None)
        rows.append([f"{level:g}", *(race.cell(level, None if ours(name) else path) for name, race in found.items())])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def ours(name: str) -> bool:
    """Whether a contender is ``path``."""
    return name.startswith("path")


def say(line: str) -> None:
    """Prints at once."""
    print(line, flush=True)  # noqa: T201 - a script's own channel


def main() -> None:
    """Prints what every contender does while it does it, then the table."""
    options = argparse.ArgumentParser(description="Wall seconds to a hypervolume on mnist.")
    options.add_argument("--cap", type=float, default=900.0, help="seconds after which a contender is stopped")
    options.add_argument("--levels", type=float, nargs="+", default=[0.9, 0.93, 0.945], help="hypervolumes")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS), help="beside path")
    given = options.parse_args()
    levels, found = sorted(given.levels), {}
    for name in [name for name in CONTENDERS if ours(name) or name in given.only]:
        say(f"{name}:")
        command = [part.format(seed=given.seed) for part in CONTENDERS[name]]
        found[name] = reached(command, levels, cap=given.cap)
    say(f"\n{table(found, levels)}")


if __name__ == "__main__":
    main()
