"""Prints the hypervolume of ``path`` after given numbers of epochs of one run, beside paths planned for each of them.

    python tests/benchmarks/anytime_path.py [TASK...] [--epochs 2 4 8 16 44] [--repeats N] [--methods NAME...]

Tasks are ``mnist``, ``digits``, ``iris``, all as in their studies, and ``lenet300``: the mnist study with LeNet-300-100
and all of its kernels penalised. Without ``--epochs``, they are a quarter, half and all of a study's. Seeds are those
of the study's repeats, five by default.

``path`` is one run of the most epochs. ``planned``, which ``--methods`` names as the study's methods are named, is a
run for each number of epochs: the best option before there was any other, one sweep with four fifths of the budget, its
trainings' lengths chosen by hand for the study and shortened with the budget. Any other method is one run, too. Every
run's line comes first, and a table of medians at the end.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from frontsearch.comparison.anytime import Curve
from frontsearch.folder import Folder
from frontsearch.ledger import Ledger, open_storage
from frontsearch.methods import METHODS, Method
from frontsearch.study.boxes import hypervolume_boxes
from frontsearch.study.config import StudyConfig, read_study
from frontsearch.study.derived import with_derived
from frontsearch.study.loading import load_task
from frontsearch.study.plans import run_plan
from frontsearch.study.runner import Runner
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints, Trainer
from frontsearch.workers import prepare_process
from frontsearch.workers.worker import SerialExecutor

PLANNED = "planned"
LENGTHS = {"mnist": (4, 1), "digits": (40, 10), "iris": (400, 40), "lenet300": (4, 1)}  # of a planned path's trainings


def study(name: str) -> tuple[StudyConfig, Task]:
    """A study, with everything that its file does not say, and its task."""
    config = read_study("mnist" if name == "lenet300" else name)
    if name == "lenet300":
        options = {"network": "lenet300", "penalised": "kernels"}
        table = config.task.model_copy(update=options)
        config = config.model_copy(update={"task": table, "reference_point": None, "l1_weights": (1e-5, 6e-4)})
    task = load_task(config)
    return with_derived(config, task), task


def method_of(config: StudyConfig, task: str, name: str, epochs: float) -> Method:
    """A method with the options of the study, or a path planned for so many epochs."""
    if name != PLANNED:
        return config.method(name)
    first, step = (length * min(epochs / config.epochs, 1) for length in LENGTHS[task])
    beyond = config.methods["path"].get("beyond", 1.0)
    return METHODS["path"](sweep=0.8, first_epochs=first, step_epochs=step, beyond=beyond)


def curve(config: StudyConfig, task: Task, name: str, *, method: Method, repeat: int) -> Curve:
    """What one run of a method reached, training by training."""
    plan = replace(run_plan(config, "path" if name == PLANNED else name, repeat), method=method)
    linear, log = hypervolume_boxes(config)
    with TemporaryDirectory() as place:
        folder = Folder(Path(place))
        trainer = Trainer(task, Checkpoints(folder.checkpoints))
        storage = open_storage(folder.journal, to_write=True)
        (run,) = Runner(
            ledger=Ledger(storage, config.name, fingerprint=task.fingerprint, space=config.search_space()),
            fingerprint=task.fingerprint, executor=SerialExecutor(), workers=lambda: 1, on_trial=lambda *_: None,
            evaluate=lambda recipes: list(map(trainer, recipes)),
        ).run([plan.start()])  # fmt: skip
    return Curve.of_trials(run.trials, linear=linear, log=log)


def hypervolume_after(found: Curve, epochs: float) -> float:
    """The hypervolume after so many epochs; 0 before the first training."""
    return float(found.hypervolume[found.epochs <= epochs + 1e-9].max(initial=0.0))


def rows(name: str, methods: Sequence[str], budgets: Sequence[float], repeats: int) -> Iterator[list[str]]:
    """A line for each method on a task: medians after these numbers of epochs; prints every run's meanwhile."""
    config, task = study(name)
    budgets = budgets or [config.epochs / 4, config.epochs / 2, config.epochs]
    say(f"{name}: hypervolume after {', '.join(f'{epochs:g}' for epochs in budgets)} epochs")
    for method in methods:
        values = []
        for repeat in range(repeats):
            found = [0.0] * len(budgets)
            for number, epochs in enumerate(budgets if method == PLANNED else [max(budgets)]):
                spending = config.model_copy(update={"epochs": float(epochs)})
                chosen = method_of(config, name, method, epochs)
                reached = curve(spending, task, method, method=chosen, repeat=repeat)
                if method == PLANNED:
                    found[number] = hypervolume_after(reached, epochs)
                else:
                    found = [hypervolume_after(reached, budget) for budget in budgets]
            say(f"  {method}, repeat {repeat}: {'  '.join(f'{value:.4f}' for value in found)}")
            values.append(found)
        yield [name, method, *(f"{value:.4f}" for value in np.median(values, axis=0))]


def say(text: str) -> None:
    """Prints a line at once."""
    print(text, flush=True)  # noqa: T201 - a script's own channel


def main() -> None:
    """Prints every run's line, then the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", default=["digits"], metavar="TASK")
    parser.add_argument("--epochs", type=float, nargs="+", default=[])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--methods", nargs="+", default=["path", PLANNED])
    options = parser.parse_args()
    prepare_process()
    found = [
        row for task in options.tasks for row in rows(task, options.methods, sorted(options.epochs), options.repeats)
    ]
    for row in found:
        say(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
