"""A line a run on a terminal, as many as it has room for."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column, Table
from rich.text import Text

from frontsearch.comparison import Box
from frontsearch.progress.found import Found, RunProgress, Watch, title
from frontsearch.trial import Trial

BESIDE = 3  # lines that are no run's: the titles, the sum and the one that the cursor waits on


@contextmanager
def bars(runs: Sequence[RunProgress], *, box: Box, console: Console) -> Iterator[Watch]:
    """A watch that draws a line for each of these runs and one for all of them.

    Where the terminal is too short for that, the runs are drawn that have not finished and last had news.
    """
    figures = [
        TextColumn(
            f"{{task.fields[{name}]}}", justify="right", table_column=Column(name, justify="right", no_wrap=True)
        )
        for name in ("epochs", "front", "hypervolume")
    ]
    with _Titled(
        TextColumn("{task.description}", table_column=Column("run", no_wrap=True)),
        BarColumn(bar_width=None, table_column=Column(ratio=1)),
        *figures,
        _TimeLeft(table_column=Column("time left", justify="right", no_wrap=True)),
        console=console,
        expand=True,
        refresh_per_second=2,
    ) as progress:
        yield _Bars(progress, runs, box)


class _Line:
    """One line: how far some runs are, and when they are expected to end."""

    def __init__(self, progress: Progress, runs: Sequence[RunProgress]) -> None:
        self._progress, self._runs = progress, runs
        self._task = progress.add_task("", epochs="", front="", hypervolume="", ends=None)
        self._began, self._before = progress.get_time(), 0.0

    @property
    def ended(self) -> int:
        """How many of its runs have ended."""
        return sum(run.finished for run in self._runs)

    def draw(self, name: str, *, front: str = "", hypervolume: str = "") -> None:
        """Draws it anew, with this name and these figures."""
        done, budget = sum(run.epochs_done for run in self._runs), sum(run.budget for run in self._runs)
        total = sum(
            run.epochs_done if run.finished else run.budget for run in self._runs
        )  # some end before their budget
        self._progress.update(
            self._task,
            description=name,
            completed=done,
            total=total,
            epochs=f"{done:.6g} of {budget:.6g}",
            front=front,
            hypervolume=hypervolume,
            ends=self._ends(done, total),
        )

    def show(self, *, visible: bool) -> None:
        """Shows or hides it."""
        self._progress.update(self._task, visible=visible)

    def _ends(self, done: float, total: float) -> float | None:
        """When ``total`` epochs will be done; what was only looked up took no time and foretells none."""
        now = self._progress.get_time()
        if not any(run.training_started for run in self._runs):
            self._began, self._before = now, done
        fresh = done - self._before
        return now + (now - self._began) * (total - done) / fresh if fresh > 0 else None


class _Bars:
    """Every run's line, those with the latest news last, and one for all of them."""

    def __init__(self, progress: Progress, runs: Sequence[RunProgress], box: Box) -> None:
        self._console, self._count = progress.console, len(runs)
        self._found = {title(run): Found(box) for run in runs}
        self._lines = {title(run): _Line(progress, [run]) for run in runs}
        self._all = _Line(progress, runs)
        self._all.show(visible=len(runs) > 1)
        for run in reversed(runs):
            self._draw(title(run))

    def __call__(self, run: RunProgress, trial: Trial) -> None:
        self._found[title(run)].add(trial)
        self._draw(title(run))

    def _draw(self, name: str) -> None:
        self._lines[name] = self._lines.pop(name)
        found = self._found[name]
        self._lines[name].draw(name, front=str(len(found)), hypervolume=f"{found.hypervolume:.4f}")
        self._all.draw(f"{self._all.ended} of {self._count} ended")
        self._make_room()

    def _make_room(self) -> None:
        by_news = list(self._lines.values())[::-1]
        by_news.sort(key=lambda line: line.ended)
        for place, line in enumerate(by_news):
            line.show(visible=place < self._console.height - BESIDE)


class _Titled(Progress):
    """With titles above its columns."""

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        table = super().make_tasks_table(tasks)
        table.show_header = True
        return table


class _TimeLeft(ProgressColumn):
    """Counts down to when a task is expected to end."""

    def render(self, task: Task) -> Text:
        ends = task.fields["ends"]
        left = "-:--:--" if ends is None else str(timedelta(seconds=max(0, round(ends - task.get_time()))))
        return Text(left, style="progress.remaining")
