"""Prints how long a comparison of many trainings and its report take, and how large the page is.

    python tests/benchmarks/large_report.py [TRAININGS] [--against c8da809] [--rounds 3]

100,000 trainings by default, of 20 methods with 5 repeats each. They are drawn and not trained: every method scatters
around the hyperbola on which cross entropy times l1 is constant. With ``--against``, this script of an older commit
takes turns with this one; the seconds are then of the whole script, drawing included.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from _against import HEADER, ROOT, checked_out, take_turns

from frontsearch.comparison.comparing import compare
from frontsearch.comparison.comparison import Comparison
from frontsearch.comparison.quality import Box
from frontsearch.folder.folder import Folder
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.report.page import report_html
from frontsearch.report.tables import fronts_csv, sparse_fronts_csv, summary_json, trials_csv
from frontsearch.selection.choosing import chosen_networks
from frontsearch.trial import Run, Status, Trial

METHODS, REPEATS = 20, 5
LINEAR = Box(low=(0.0, 0.0), high=(2.3, 1000.0))
LOG = Box(low=(0.01, 1.0), high=(2.3, 1000.0), log=True)


def trial(random: np.random.Generator, number: int, *, scatter: float) -> Trial:
    """A training that somebody might have made."""
    l1 = float(10 ** random.uniform(0, 3))
    cross_entropy = float(4 / l1**0.7 * np.exp(scatter * random.exponential()) + 0.01)
    error = min(0.9, cross_entropy / 3)
    metrics = {
        "l1": l1,
        "nonzeros": int(l1 * 20 * np.exp(0.2 * random.normal())) + 1,
        "prunable": 60000,
        "sparsity": 0.5,
    }
    for split in ("train", "validation", "test"):
        gap = 1 + 0.05 * random.normal()
        metrics |= {f"{split}_cross_entropy": cross_entropy * gap, f"{split}_error": error * gap}
    return Trial(
        key=f"{number:032x}"[::-1],
        recipe=Recipe(descent=WeightedSum(l1_weight=1 / l1), epochs=2.0, seed=number),
        status=Status.COMPLETE,
        objectives=(cross_entropy, l1),
        metrics=metrics,
        epochs=2.0,
        seconds=1.0,
    )


def runs(trainings: int) -> list[Run]:
    """As many trainings in all."""
    random, each = np.random.default_rng(1), trainings // (METHODS * REPEATS)
    made = []
    for place in range(METHODS * REPEATS):
        method, repeat = divmod(place, REPEATS)
        trials = tuple(trial(random, place * each + number, scatter=0.05 + 0.02 * method) for number in range(each))
        made.append(Run(method=f"method-{method}", repeat=repeat, budget=2.0 * each, trials=trials))
    return made


def report(comparison: Comparison) -> int:
    """Characters of the page, after every other file of a report."""
    for table in (trials_csv, fronts_csv, sparse_fronts_csv):
        table(comparison)
    summary_json(comparison, study="large", task="none")
    with TemporaryDirectory() as out:  # of drawn networks there are neither checkpoints nor curves
        found = chosen_networks(comparison, Folder(Path(out)))
        return len(report_html(comparison, name="large", task="none", settings="", choice=found))


def main() -> None:
    """Prints a line each for the comparison and the report, or the whole script's against an older commit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trainings", type=int, nargs="?", default=100_000)
    parser.add_argument("--against", help="the older commit")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.against:
        arguments = [f"tests/benchmarks/{Path(__file__).name}", str(options.trainings)]
        with checked_out(options.against) as old:
            print(HEADER)  # noqa: T201 - a script's own channel
            take_turns(
                f"report {options.trainings:,d}", {ROOT: ROOT, old: old}, lambda _: arguments, rounds=options.rounds
            )
        return
    made = runs(options.trainings)
    start = time.perf_counter()
    comparison = compare(made, linear=LINEAR, log=LOG)
    compared = time.perf_counter()
    characters = report(comparison)
    reported = time.perf_counter()
    lines = (
        f"comparison  {compared - start:6.1f} s",
        f"report      {reported - compared:6.1f} s  {characters / 1e6:6.1f} MB",
    )
    print("\n".join(lines))  # noqa: T201 - a script's own channel


if __name__ == "__main__":
    main()
