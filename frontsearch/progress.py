"""What a study says while it runs: bars on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from frontsearch.runner import Spending
from frontsearch.trial import Trial


class Watch(Protocol):
    """Called whenever a trial is recorded."""

    def __call__(self, run: Spending, trial: Trial) -> None:
        """Notes the trial."""


@contextmanager
def watching(runs: Sequence[Spending], *, quiet: bool) -> Iterator[Watch]:
    """A watch over these runs that shows what is spent."""
    console = Console(stderr=True)
    if quiet:
        yield _say_nothing
    elif console.is_terminal:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[words]}"), TimeElapsedColumn(),
            console=console,
        ) as progress:  # fmt: skip
            yield _Bars(progress, runs)
    else:
        yield _say_line


class _Bars:
    """One bar a run: epochs told or in training, of its budget."""

    def __init__(self, progress: Progress, runs: Sequence[Spending]) -> None:
        self._progress = progress
        self._bars: dict[tuple[str, int], TaskID] = {
            (run.name, run.repeat): progress.add_task(_title(run), total=run.budget, words="") for run in runs
        }

    def __call__(self, run: Spending, trial: Trial) -> None:
        self._progress.update(self._bars[run.name, run.repeat], completed=run.landed, words=_words(trial))


def _say_line(run: Spending, trial: Trial) -> None:
    print(f"{_title(run)}  {run.landed:g} of {run.budget:g} epochs  {_words(trial)}", file=sys.stderr, flush=True)  # noqa: T201


def _say_nothing(run: Spending, trial: Trial) -> None:
    """For --quiet."""


def _title(run: Spending) -> str:
    return f"{run.name}/{run.repeat}"


def _words(trial: Trial) -> str:
    if trial.objectives is None:
        return "diverged"
    return f"cross entropy {trial.objectives[0]:.4f}, l1 {trial.objectives[1]:.5g}"
