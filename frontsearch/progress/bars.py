"""``progress_bars`` and ``notebook_bars``: one bar for each run, on a terminal as many as fit."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column, Table
from rich.text import Text

from frontsearch.comparison import Box
from frontsearch.progress.run_progress import FrontSoFar, RunProgress, TrialCallback, title
from frontsearch.trial import Trial

OTHER_LINES = 3  # the header, the total and the line of the cursor
DRAWN_PER_SECOND = 2
NOTEBOOK_WIDTH, NOTEBOOK_HEIGHT = 90, 40  # in characters
NOTEBOOK_HTML = '<pre style="line-height: normal; overflow-x: auto">{code}</pre>'


@contextmanager
def progress_bars(runs: Sequence[RunProgress], *, box: Box, console: Console) -> Iterator[TrialCallback]:
    """Yields a callback that draws a bar for each run and one for all of them.

    If the terminal is too short, it draws those runs that have not finished and that had a trial most recently.
    """
    with _progress(console) as progress:
        yield _RunBars(progress, runs, box)


@contextmanager
def notebook_bars(runs: Sequence[RunProgress], *, box: Box) -> Iterator[TrialCallback]:
    """Yields a callback that draws the same bars in the output of a notebook's cell, one version over the other.

    rich itself draws them there only with ipywidgets installed.
    """
    from IPython.display import display  # noqa: PLC0415 - there is one where there is a notebook

    console = Console(file=StringIO(), record=True, width=NOTEBOOK_WIDTH, height=NOTEBOOK_HEIGHT, force_jupyter=False)
    progress = _progress(console)  # never started, so that it draws nothing itself
    bars, handle = _RunBars(progress, runs, box), display(_drawn(progress), raw=True, display_id=True)
    last_drawn = progress.get_time()

    def on_trial(run: RunProgress, trial: Trial) -> None:
        nonlocal last_drawn
        bars(run, trial)
        if progress.get_time() - last_drawn >= 1 / DRAWN_PER_SECOND:
            handle.update(_drawn(progress), raw=True)
            last_drawn = progress.get_time()

    try:
        yield on_trial
    finally:
        handle.update(_drawn(progress), raw=True)


def _progress(console: Console) -> "_ProgressWithHeader":
    numbers = [
        TextColumn(
            f"{{task.fields[{name}]}}", justify="right", table_column=Column(header, justify="right", no_wrap=True)
        )
        for name, header in (("epochs", "epochs"), ("front", "front size"), ("hypervolume", "hypervolume"))
    ]
    return _ProgressWithHeader(
        TextColumn("{task.description}", table_column=Column("run", no_wrap=True)),
        BarColumn(bar_width=None, table_column=Column(ratio=1)),
        *numbers,
        _TimeLeftColumn(table_column=Column("time left", justify="right", no_wrap=True)),
        console=console,
        expand=True,
        refresh_per_second=DRAWN_PER_SECOND,
    )


def _drawn(progress: Progress) -> dict[str, str]:
    """The bars as a notebook takes them: with colours as HTML, and as plain text."""
    progress.console.print(progress.get_renderable())
    html = progress.console.export_html(inline_styles=True, code_format=NOTEBOOK_HTML, clear=False)
    return {"text/html": html, "text/plain": progress.console.export_text()}


class _Bar:
    """One line: the progress of one run, or of all runs together, and the time at which they are expected to end."""

    def __init__(self, progress: Progress, runs: Sequence[RunProgress]) -> None:
        self._progress, self._runs = progress, runs
        self._task = progress.add_task("", visible=False, epochs="", front="", hypervolume="", end_time=None)
        self._start_time, self._epochs_at_start = progress.get_time(), 0.0

    @property
    def finished(self) -> int:
        """Number of its runs that have finished."""
        return sum(run.finished for run in self._runs)

    def draw(self, name: str, *, front: str = "", hypervolume: str = "") -> None:
        """Draws the line again with this name, front size and hypervolume."""
        done, budget = sum(run.epochs_done for run in self._runs), sum(run.budget for run in self._runs)
        # A method may finish before its budget is spent.
        total = sum(run.epochs_done if run.finished else run.budget for run in self._runs)
        self._progress.update(
            self._task,
            description=name,
            completed=done,
            total=total,
            epochs=f"{done:.6g} of {budget:.6g}",
            front=front,
            hypervolume=hypervolume,
            end_time=self._end_time(done, total),
        )

    def show(self, *, visible: bool) -> None:
        """Shows or hides the line."""
        self._progress.update(self._task, visible=visible)

    def _end_time(self, done: float, total: float) -> float | None:
        """Expected time at which ``total`` epochs are done, from the trainings alone: lookups take no time."""
        now = self._progress.get_time()
        if not any(run.training_started for run in self._runs):
            self._start_time, self._epochs_at_start = now, done
        trained = done - self._epochs_at_start
        return now + (now - self._start_time) * (total - done) / trained if trained > 0 else None


class _RunBars:
    """The callback: a bar for each run and one for all of them."""

    def __init__(self, progress: Progress, runs: Sequence[RunProgress], box: Box) -> None:
        self._console, self._count = progress.console, len(runs)
        self._fronts = {title(run): FrontSoFar(box) for run in runs}
        self._bars = {title(run): _Bar(progress, [run]) for run in runs}  # the most recently updated run last
        self._total = _Bar(progress, runs)
        self._total.show(visible=len(runs) > 1)
        for run in reversed(runs):
            self._draw(title(run))

    def __call__(self, run: RunProgress, trial: Trial) -> None:
        self._fronts[title(run)].add(trial)
        self._draw(title(run))

    def _draw(self, name: str) -> None:
        self._bars[name] = self._bars.pop(name)
        front = self._fronts[name]
        self._bars[name].draw(name, front=str(len(front)), hypervolume=f"{front.hypervolume:.4f}")
        self._total.draw(f"{self._total.finished} of {self._count} ended")
        self._show_those_that_fit()

    def _show_those_that_fit(self) -> None:
        latest_first = list(self._bars.values())[::-1]
        latest_first.sort(key=lambda bar: bar.finished)
        for place, bar in enumerate(latest_first):
            bar.show(visible=place < self._console.height - OTHER_LINES)


class _ProgressWithHeader(Progress):
    """rich's ``Progress`` with the titles of its columns above them."""

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        table = super().make_tasks_table(tasks)
        table.show_header = True
        return table


class _TimeLeftColumn(ProgressColumn):
    """Counts down to the expected end of a task."""

    def render(self, task: Task) -> Text:
        end_time = task.fields["end_time"]
        left = "-:--:--" if end_time is None else str(timedelta(seconds=max(0, round(end_time - task.get_time()))))
        return Text(left, style="progress.remaining")
