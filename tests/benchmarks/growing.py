"""Prints the seconds to load, resume and report ledgers of 1,000, 10,000 and 100,000 trials, and each decade's ratio.

    python tests/benchmarks/growing.py [TRAININGS...] [--against c8da809] [--rounds 3]

The trainings are the digits study's under ``random``, five repeats, drawn and not trained. ``load`` reads the ledger.
``resume`` is the whole command with a budget of one more training a repeat, until it has asked every method again and
the first new training is recorded. ``report`` is ``--report-only`` of the same folder, the page's size beside it. Both
begin with imports, which do not grow and are printed first.

With ``--against``, this version and an older commit take turns, each with a ledger that it wrote: whole commands on a
study that has ended, ``resume`` with nothing left to do and ``report``. Seconds of the processor count least of what
else the machine does; the figures are medians.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from _against import HEADER, ROOT, checked_out, run, take_turns

from frontsearch.folder.folder import Folder
from frontsearch.ledger.ledger import Ledger
from frontsearch.ledger.storage import open_storage
from frontsearch.recipe import Recipe
from frontsearch.study.config import StudyConfig, read_study
from frontsearch.study.derived import with_derived
from frontsearch.study.loading import load_task
from frontsearch.study.plans import run_plans
from frontsearch.study.runner import Runner
from frontsearch.trial import Status, Trial
from frontsearch.workers.worker import SerialExecutor

REPEATS = 5
WRITE = """
import os, sys
from pathlib import Path
os.fsync = lambda _: None
sys.path.insert(0, "tests/benchmarks")
import growing
growing.write(growing.Folder(Path(sys.argv[1])), int(sys.argv[2]))
"""
SPLITS = ("train", "validation", "test")


class Drawing:
    """Stands where trainings happen: objectives scatter around the hyperbola on which their product is constant."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint, self.random = fingerprint, np.random.default_rng(1)

    def __call__(self, recipes: Sequence[Recipe]) -> list[Trial]:
        """What might have come of these recipes."""
        return [self.trial(recipe) for recipe in recipes]

    def trial(self, recipe: Recipe) -> Trial:
        """What might have come of this recipe."""
        l1 = float(10 ** self.random.uniform(0, 3))
        cross_entropy = float(4 / l1**0.7 * np.exp(self.random.exponential()) + 0.01)
        metrics = {"l1": l1, "l1_raw": 2 * l1, "nonzeros": int(2 * l1) + 1, "prunable": 2368, "sparsity": 0.5}
        for split in SPLITS:
            metrics |= {f"{split}_cross_entropy": cross_entropy, f"{split}_error": min(0.9, cross_entropy / 3)}
        return Trial(
            key=recipe.key(self.fingerprint),
            recipe=recipe,
            status=Status.COMPLETE,
            objectives=(cross_entropy, l1),
            metrics=metrics,
            epochs=recipe.epochs,
            seconds=1.0,
        )


def study(trainings: int) -> StudyConfig:
    """The digits study with a budget that pays for so many in all."""
    overrides = {"methods": ["random"], "repeats": REPEATS, "epochs": 20.0 * trainings / REPEATS}
    return read_study("digits", overrides)


def write(folder: Folder, trainings: int) -> None:
    """Writes the ledger of a study with so many trainings that was interrupted as it ended."""
    config = study(trainings)
    config = with_derived(config, task := load_task(config))
    ledger = Ledger(
        open_storage(folder.journal, to_write=True), config.name, fingerprint=task.fingerprint,
        space=config.search_space(),
    )  # fmt: skip
    Runner(
        ledger=ledger, fingerprint=task.fingerprint, executor=SerialExecutor(), evaluate=Drawing(task.fingerprint),
        workers=lambda: 1, on_trial=lambda *_: None,
    ).run([plan.start() for plan in run_plans(config, initial_trials=())])  # fmt: skip


def load(folder: Folder) -> float:
    """Seconds to read the ledger, of a process that has imported everything."""
    begun = time.perf_counter()
    Ledger(open_storage(folder.journal, to_write=False), "digits", fingerprint=load_task(study(REPEATS)).fingerprint,
           space=study(REPEATS).search_space())  # fmt: skip
    return time.perf_counter() - begun


def command(folder: Folder, trainings: int, *options: str) -> list[str]:
    """The study's command in this folder, without Python's own name."""
    epochs = str(study(trainings).epochs)
    return [
        "-m", "frontsearch.study", "digits", "--methods", "random", "--repeats", str(REPEATS),
        "--epochs", epochs, "--jobs", "1", "--out", str(folder.path), *options,
    ]  # fmt: skip


def resume(folder: Folder, trainings: int) -> float:
    """Seconds of the command until it has recorded a training beyond these; it is killed then."""
    begun, lines = time.perf_counter(), 0
    process = subprocess.Popen(
        [sys.executable, *command(folder, trainings + REPEATS)],
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with process:
        for _ in process.stderr or ():
            lines += 1
            if lines > trainings:
                break
        seconds = time.perf_counter() - begun
        process.kill()
    if lines <= trainings:
        raise SystemExit(f"The study was not resumed: {lines} trainings of {trainings}.")
    return seconds


def imports() -> float:
    """Seconds of a process that only imports what a study's command does."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "import frontsearch.cli.app, frontsearch.study.session, sklearn.datasets"], check=True
    )
    return time.perf_counter() - begun


def report(folder: Folder, trainings: int) -> float:
    """Seconds of the command that only reports."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, *command(folder, trainings, "--report-only")], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begun


def measured(trainings: int) -> dict[str, float]:
    """Seconds by what takes them, and the page's megabytes."""
    with TemporaryDirectory() as out:
        folder = Folder(Path(out))
        write(folder, trainings)
        seconds = {"load": load(folder), "resume": resume(folder, trainings), "report": report(folder, trainings)}
        return seconds | {"MB": folder.report.stat().st_size / 1e6}


def against(commit: str, sizes: Sequence[int], *, rounds: int) -> None:
    """Prints the medians of commands on studies of these sizes in this version and in an older commit, and ratios."""
    with checked_out(commit) as old, TemporaryDirectory() as runs:
        print(HEADER)  # noqa: T201 - a script's own channel
        for trainings in sizes:
            trees = {tree: Path(runs) / f"{name}-{trainings}" for name, tree in {"new": ROOT, "old": old}.items()}
            for tree, folder in trees.items():
                run(tree, ["-c", WRITE, str(folder), str(trainings)])
                run(tree, command(Folder(folder), trainings, "--quiet"))
            for name, option in {"resume": "--quiet", "report": "--report-only"}.items():
                take_turns(
                    f"{name} {trainings:,d}", trees,
                    lambda folder, size=trainings, option=option: command(Folder(folder), size, option), rounds=rounds,
                )  # fmt: skip


def ratio(value: float, before: float | None) -> str:
    """How many times the value of the row above, where there is one."""
    return f" (x {value / before:.1f})" if before else ""


def main() -> None:
    """Prints a row for each size, with the ratio to the row above, or for each command against an older commit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trainings", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--against", help="the older commit")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.against:
        against(options.against, options.trainings, rounds=options.rounds)
        return
    os.fsync = lambda _: None  # the trainings are drawn, so that nobody need wait for the disk to have them
    before: dict[str, float] = {}
    print(f"imports {imports():.2f}", flush=True)  # noqa: T201 - a script's own channel
    for trainings in options.trainings:
        found = measured(trainings)
        cells = [f"{name} {value:.2f}{ratio(value, before.get(name))}" for name, value in found.items()]
        print(f"{trainings:7,d} trials: {', '.join(cells)}", flush=True)  # noqa: T201
        before = found


if __name__ == "__main__":
    main()
