"""``show_progress``: progress bars on a terminal and in a notebook, plain lines elsewhere."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from rich.console import Console

from frontsearch.comparison import Box
from frontsearch.measures import Measures
from frontsearch.progress.bars import notebook_bars, progress_bars
from frontsearch.progress.run_progress import FrontSoFar, RunProgress, TrialCallback, title
from frontsearch.trial import Trial


def show_notes(notes: Sequence[str], *, quiet: bool) -> None:
    """Shows sentences on stderr, unless ``quiet``."""
    for note in () if quiet else notes:
        print(note, file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def show_progress(runs: Sequence[RunProgress], *, box: Box, measures: Measures, quiet: bool) -> Iterator[TrialCallback]:
    """Yields a callback that shows the progress of the runs whenever it is given a trial: on stderr or in a notebook.

    Args:
        runs: Runs whose budgets will be spent.
        box: Box in which hypervolumes are measured.
        measures: What the study measures.
        quiet: Whether to show nothing, as where no run is left.
    """
    console = Console(stderr=True)
    if quiet or not runs:
        yield _show_nothing
    elif console.is_jupyter:
        with notebook_bars(runs, box=box) as callback:
            yield callback
    elif console.is_terminal:
        with progress_bars(runs, box=box, console=console) as callback:
            yield callback
    else:
        yield _LinePrinter(box, measures)


class _LinePrinter:
    """Prints a line for each trial."""

    def __init__(self, box: Box, measures: Measures) -> None:
        self._measures = measures
        self._fronts = defaultdict[str, FrontSoFar](partial(FrontSoFar, box))

    def __call__(self, run: RunProgress, trial: Trial) -> None:
        front = self._fronts[title(run)]
        front.add(trial)
        spent = f"{title(run)}  {run.epochs_done:g} of {run.budget:g} epochs  {self._outcome(trial)}"
        print(f"{spent}  front size {len(front)}, hypervolume {front.hypervolume:.4f}", file=sys.stderr, flush=True)  # noqa: T201

    def _outcome(self, trial: Trial) -> str:
        if trial.objectives is None:
            return trial.status.value
        return self._measures.objectives_text(trial.objectives)


def _show_nothing(run: RunProgress, trial: Trial) -> None:
    """The callback for --quiet."""
