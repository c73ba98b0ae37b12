"""Thousands of tiny trainings through runner and journal with random kills: does a training's cost or memory grow?

    python tests/faults/endurance.py [--trainings N] [--kills N] [--seed N]

The trainings are closed-form toys under ``random``. A process makes them and is killed at random moments; the next one
continues from the journal. Prints, for every tenth, milliseconds of processor time a training and the resident memory,
both of trainings that were made in that tenth; then what one more training adds to memory, and whether all trials are
those of a run that nobody disturbed.
"""

import argparse
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parents[1]))  # the toys of other tests

import toys
from optuna.storages import InMemoryStorage

from frontsearch.ledger import Ledger, open_storage
from frontsearch.methods import METHODS, start
from frontsearch.study.run_state import RunState
from frontsearch.study.runner import Runner
from frontsearch.workers.worker import SerialExecutor

PAGE = resource.getpagesize()


def run(trainings, *, storage, evaluate):
    """The trials of a run of so many trainings."""
    method = start(METHODS["random"](), toys.setting(budget=float(trainings)))
    ledger = Ledger(storage, "endurance", fingerprint="toy", space=toys.MIXED)
    runner = Runner(
        ledger=ledger, fingerprint="toy", executor=SerialExecutor(), evaluate=evaluate, workers=lambda: 1,
        on_trial=lambda *_: None, trainer=1,  # as the keys of the toys
    )  # fmt: skip
    return runner.run([RunState(name="random", repeat=0, budget=float(trainings), method=method)])[0].trials


def toy(recipes):
    """The trials of recipes."""
    return tuple(toys.Toy()(recipe) for recipe in recipes)


class Observed:
    """The toy, which appends processor seconds and resident bytes to a file before every training."""

    def __init__(self, file):
        self.file, self.number = file.open("a", encoding="utf-8", buffering=1), 0

    def __call__(self, recipes):
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
        self.file.write(json.dumps([os.getpid(), time.process_time(), resident]) + "\n")
        return toy(recipes)


def life(folder, trainings):
    """What a process does until it is killed or has made all trainings."""
    storage = open_storage(folder / "ledger.journal", to_write=True)
    trials = run(trainings, storage=storage, evaluate=Observed(folder / "observed"))
    (folder / "trials.json").write_text(json.dumps([[trial.key, trial.objectives] for trial in trials]))


def endure(folder, trainings, *, kills, seed):
    """Kills processes ``kills`` times while they train, and lets the last one end.

    Returns:
        What was observed before each training: process, processor seconds, resident bytes.
    """
    generator, observed = random.Random(seed), folder / "observed"  # noqa: S311 - moments, not secrets
    ends = sorted(generator.randrange(trainings) for _ in range(kills))
    for end in [*ends, None]:
        command = [sys.executable, __file__, "--trainings", str(trainings), "--life", str(folder)]
        process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
        while process.poll() is None and (end is None or lines(observed) <= end):
            time.sleep(0.01 if end is not None else 0.1)
        if end is not None:
            process.send_signal(signal.SIGKILL)
        code = process.wait()
        if code not in {0, -signal.SIGKILL}:
            sys.exit(f"A process ended with {code}.")
    return [json.loads(line) for line in observed.read_text(encoding="utf-8").splitlines()]


def lines(file):
    """How many lines a file has."""
    return file.read_bytes().count(b"\n") if file.exists() else 0


def tenths(observed):
    """Milliseconds a training and resident bytes of each tenth, medians of what one process did after another."""
    size = max(len(observed) // 10, 2)
    parts = [observed[begin : begin + size + 1] for begin in range(0, size * 10, size)]
    return [(milliseconds(part), statistics.median(resident for _, _, resident in part)) for part in parts]


def milliseconds(observed):
    """Mean processor time of a training without starts of processes, in milliseconds."""
    steps = [after[1] - before[1] for before, after in pairwise(observed) if after[0] == before[0]]
    return 1000 * statistics.mean(steps)


def equals_undisturbed(folder, trainings):
    """Whether the trials are those of a run in memory that nobody disturbed."""
    expected = run(trainings, storage=InMemoryStorage(), evaluate=toy)
    found = json.loads((folder / "trials.json").read_text())
    return found == [[trial.key, list(trial.objectives)] for trial in expected]


def main():
    """Prints the table, or is one of the processes."""
    options = argparse.ArgumentParser(description="Thousands of tiny trainings with random kills.")
    options.add_argument("--trainings", type=int, default=20_000)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--life", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.life:
        life(given.life, given.trainings)
        return
    with tempfile.TemporaryDirectory(prefix="endurance-") as name:
        folder, begun = Path(name), time.monotonic()
        found = tenths(observed := endure(folder, given.trainings, kills=given.kills, seed=given.seed))
        for number, (spent, resident) in enumerate(found, 1):
            say(f"tenth {number:2d}: {spent:6.2f} ms a training, {resident / 2**20:6.1f} MiB resident")
        grown = (found[-1][1] - found[0][1]) / (0.9 * given.trainings)
        say(f"{grown / 1024:.2f} KiB more for each training; {len(observed)} trainings for {given.trainings} trials")
        say(f"{time.monotonic() - begun:.0f} s in all, with {given.kills} kills")
        if not equals_undisturbed(folder, given.trainings):
            sys.exit("The trials are not those of an undisturbed run.")


def say(line):
    """Prints at once."""
    print(line, flush=True)  # noqa: T201 - a script's own channel


if __name__ == "__main__":
    main()
