"""Bars on a terminal, plain lines elsewhere."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from rich.console import Console

from frontsearch.comparison import Box
from frontsearch.progress.found import Found, RunProgress, Watch, title
from frontsearch.progress.terminal import bars
from frontsearch.trial import Trial


@contextmanager
def watching(runs: Sequence[RunProgress], *, box: Box, quiet: bool) -> Iterator[Watch]:
    """A watch over these runs that says what is spent and found, hypervolume being that in ``box``."""
    console = Console(stderr=True)
    if quiet:
        yield _say_nothing
    elif console.is_terminal:
        with bars(runs, box=box, console=console) as watch:
            yield watch
    else:
        yield _Lines(box)


class _Lines:
    """A plain line a training."""

    def __init__(self, box: Box) -> None:
        self._found = defaultdict[str, Found](partial(Found, box))

    def __call__(self, run: RunProgress, trial: Trial) -> None:
        found = self._found[title(run)]
        found.add(trial)
        spent = f"{title(run)}  {run.epochs_done:g} of {run.budget:g} epochs  {_outcome(trial)}"
        print(f"{spent}  front {len(found)}, hypervolume {found.hypervolume:.4f}", file=sys.stderr, flush=True)  # noqa: T201


def _outcome(trial: Trial) -> str:
    if trial.objectives is None:
        return trial.status.value
    return f"cross entropy {trial.objectives[0]:.4f}, l1 {trial.objectives[1]:.5g}"


def _say_nothing(run: RunProgress, trial: Trial) -> None:
    """For --quiet."""
