"""Times trainings side by side: steps against those of the same trainings alone, and whole studies against older ones.

    python tests/benchmarks/side_by_side.py [--against c8da809] [--rounds 3] [--studies digits,iris,convex,mnist]

First prints microseconds of the processor for a step of one network, alone and in stacks of several. With ``--against``
whole commands follow with two jobs, as ratios to those of an older commit of this repository that takes turns with this
one; run them on a machine that does nothing else.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from _against import HEADER, ROOT, checked_out, take_turns
from torch import nn

from frontsearch.recipe import Pruning, Recipe
from frontsearch.tasks import Task, digits, iris
from frontsearch.training import Trainer
from frontsearch.training.batches import steps_per_epoch
from frontsearch.workers import prepare_process

STUDIES = {
    "digits": ["digits", "--epochs", "2400"],
    "iris": ["iris"],
    "convex": ["convex"],
    "mnist": ["mnist"],
}


def images() -> Task:
    """The digits as images, for a small network of convolutions."""
    splits = {name: (each.inputs.view(-1, 1, 8, 8), each.targets) for name, each in digits().splits.items()}
    build = lambda: nn.Sequential(  # noqa: E731
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.1), nn.Linear(32, 10),
    )  # fmt: skip
    return Task(name="images", splits=splits, build=build)


TASKS = {
    "digits, 64-32-10, batch 64": (digits(), 64, 20),
    "digits, 64-10, batch 1197": (digits(network="linear", objective="train"), 1197, 200),
    "iris, 4-4-4-3, batch 30": (iris(), 30, 500),
    "digits, convolutions, batch 32": (images(), 32, 6),
}
COMPANIES = (1, 2, 4, 8, 16, 32)


def microseconds(trainer: Trainer, recipes: Sequence[Recipe]) -> float:
    """Processor time of a step of one network; loading, evaluation and one epoch more are taken off."""
    short = [Recipe(batch_size=each.batch_size, epochs=1, pruning=each.pruning, seed=each.seed) for each in recipes]
    seconds = []
    for batch in (short, recipes):
        begun = time.process_time()
        trainer.train(batch)
        seconds.append(time.process_time() - begun)
    steps = steps_per_epoch(trainer.task, recipes[0].batch_size) * (recipes[0].epochs - 1)
    return (seconds[1] - seconds[0]) / steps / len(recipes) * 1e6


def print_steps(name: str, task: Task, batch_size: int, epochs: float) -> None:
    """Prints a row: alone, then in stacks."""
    recipes = [
        Recipe(batch_size=batch_size, epochs=epochs, pruning=Pruning(threshold=1e-3), seed=seed)
        for seed in range(max(COMPANIES))
    ]
    alone, together = Trainer(task), Trainer(task)
    vars(alone)["stacked"] = None
    for trainer in (alone, together):
        trainer.train(recipes[:2])
    found = [microseconds(alone, recipes[:1]), *(microseconds(together, recipes[:count]) for count in COMPANIES)]
    print(f"{name:<32}{''.join(f'{each:8.0f}' for each in found)}")  # noqa: T201 - a script's own channel


def compare(commit: str, studies: Sequence[str], rounds: int) -> None:
    """Prints whole commands of both versions, which take turns."""
    print(HEADER)  # noqa: T201 - a script's own channel
    with checked_out(commit) as older, TemporaryDirectory() as folder:
        trees = {ROOT: Path(folder) / "new", older: Path(folder) / "old"}
        for name in studies:
            number = iter(range(2 * rounds))
            take_turns(
                name, trees, rounds=rounds,
                arguments=lambda out, name=name, number=number: [  # type: ignore[misc]
                    "-m", "frontsearch.study", *STUDIES[name], "--jobs", "2", "--quiet",
                    "--out", str(out / f"{name}-{next(number)}"),
                ],
            )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", help="commit of an older version, such as c8da809")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--studies", default=",".join(STUDIES))
    options = parser.parse_args()
    prepare_process()
    print(f"{'networks in a stack':<32}   alone{''.join(f'{count:8}' for count in COMPANIES)}")  # noqa: T201
    for name, (task, batch_size, epochs) in TASKS.items():
        print_steps(name, task, batch_size, epochs)
    if options.against:
        compare(options.against, options.studies.split(","), options.rounds)
