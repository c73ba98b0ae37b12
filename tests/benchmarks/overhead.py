"""Prints what a study on mnist costs beside its training: the study, a worker's memory, every method's own time.

    python tests/benchmarks/overhead.py [--epochs N] [--trainings N] [--methods NAMES] [--jobs N]

The study's share is what the wall seconds of its workers are beyond its trainings' seconds, for ``path`` with one
process and 16 epochs unless options say otherwise. Run again, the same command only imports, reads the data and its
ledger and reports; what is left beyond that are the optimality gaps of the networks on the fronts and, with several
workers, their start and idle time. Memory is the greatest resident set of the study's process.
A method's share is its processor seconds in ``ask`` and ``tell`` of a run of so many trainings of the mnist study's
length, each of them taking what an epoch of that study took here; objectives are made up.
"""

import argparse
import csv
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from frontsearch.methods import METHODS, start
from frontsearch.recipe import MultiGradient, Recipe
from frontsearch.study.config import StudyConfig, read_study
from frontsearch.study.plans import run_plan
from frontsearch.trial import Status, Trial

KIBIBYTES = 1 if sys.platform == "linux" else 1024  # in which the system counts a resident set: macOS has bytes


def study(methods: str, epochs: float, *, jobs: int) -> float:
    """Prints the share, its parts and the memory of a study; seconds of one of its epochs."""
    with TemporaryDirectory() as out:
        options = ["--methods", methods, "--jobs", str(jobs), "--quiet", "--epochs", str(epochs), "--out", out]
        wall, memory = timed(options)
        again, _ = timed(options)
        trials, points = rows(Path(out) / "trials.csv"), rows(Path(out) / "fronts.csv")
    trained = sum(float(row["seconds"]) for row in trials)
    spent = sum(float(row["epochs"]) for row in trials)
    rest = jobs * wall - trained
    say(f"study     {wall:6.1f} s, {trained:.1f} s of training by {jobs}: {rest / jobs / wall:.1%} is not training")
    say(f"again     {again:6.1f} s: imports, data, ledger and report")
    gaps = rest - jobs * again
    say(f"gaps      {gaps:6.1f} s, and idle workers: {gaps / len(points):.2f} s for each of {len(points)} points")
    say(f"process   {memory:6.0f} MB")
    return trained / spent


def timed(options: list[str]) -> tuple[float, float]:
    """Wall seconds of a study on mnist, and its process's greatest resident set in megabytes."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "frontsearch.study", "mnist", *options], stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("The study ended with an error.")
    return time.perf_counter() - begun, used.ru_maxrss / 1024 / KIBIBYTES


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def made_up(recipe: Recipe) -> Trial:
    """A training that nobody made: cross entropy rises and l1 falls with the l1 weight."""
    descent = recipe.descent
    weight = 1e-4 / descent.l1_scale if isinstance(descent, MultiGradient) else descent.l1_weight
    objectives = (0.05 + weight**0.5 + recipe.learning_rate, 0.3 / (weight + 1e-4) ** 0.9 + 10 * recipe.learning_rate)
    return Trial(
        key=recipe.key("made up"), recipe=recipe, status=Status.COMPLETE, objectives=objectives, metrics={},
        epochs=recipe.epochs, seconds=0.0,
    )  # fmt: skip


def chosen(config: StudyConfig, name: str) -> tuple[float, float]:
    """Processor seconds of a method's own over a run, and the epochs that it spent."""
    made = run_plan(config, name, 0)
    begun = time.process_time()
    method, spent = start(made.method, made.setting), 0.0
    while batch := method.ask():
        spent += sum(recipe.epochs for recipe in batch)
        if spent >= made.setting.budget:
            break
        method.tell([made_up(recipe) for recipe in batch])
    return time.process_time() - begun, min(spent, made.setting.budget)


def of_methods(epoch: float, trainings: int) -> None:
    """Prints every method's share of a run of so many trainings."""
    for name in METHODS:
        config = read_study("mnist", {"methods": [name], "epochs": 2.0 * trainings})
        config = config.model_copy(update={"fingerprint": "made up"})
        own, epochs = chosen(config, name)
        say(f"{name:22s} {own:6.2f} s of its own, {own / (own + epochs * epoch):6.2%} of {epochs:g} epochs")


def say(line: str) -> None:
    """Prints at once."""
    print(line, flush=True)  # noqa: T201 - a script's own channel


def main() -> None:
    """Prints all three."""
    options = argparse.ArgumentParser(description="What a study on mnist costs beside its training.")
    options.add_argument("--epochs", type=float, default=16.0, help="of the study")
    options.add_argument("--trainings", type=int, default=22, help="of the run that a method's own time is a share of")
    options.add_argument("--methods", default="path", help="of the study, with commas")
    options.add_argument("--jobs", type=int, default=1, help="of the study")
    given = options.parse_args()
    of_methods(study(given.methods, given.epochs, jobs=given.jobs), given.trainings)


if __name__ == "__main__":
    main()
