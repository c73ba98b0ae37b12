"""``Result``: what a search found, as networks of this process."""

import json
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from frontsearch.comparison import Comparison, RunResult
from frontsearch.errors import UserError, allowed_names, in_words, told_to_python
from frontsearch.folder import Folder
from frontsearch.front import Front
from frontsearch.library.checks import checked_path
from frontsearch.library.front_point import FrontPoint, Networks
from frontsearch.report import result_html
from frontsearch.selection import default_rule, pick, representative_networks, rule_of, study_savings, with_remedy
from frontsearch.tasks import Task
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """What a search found. A notebook shows it as the figure of its fronts and its table of results.

    Attributes:
        task: The task.
        folder: The output folder.
        comparison: The numbers of the report.
    """

    task: Task
    folder: Path
    comparison: Comparison

    @cached_property
    def front(self) -> Networks:
        """The networks that no other one of this search beats in loss and l1, from the lowest loss to the lowest l1."""
        trials = [point.trial for result in self.comparison.runs for point in result.points]
        front = Front.of_trials(trial for trial in trials if isinstance(trial, Trial))
        return Networks(map(self._point, front.trials))

    @told_to_python()
    def pick(self, *, method: str | None = None, **rule: float | str | None) -> FrontPoint:
        """The network that a rule chooses by validation figures; without a rule the default one.

        Args:
            method: Consider this method's networks only.
            **rule: At most one of ``max_error`` (the sparsest network whose error is at most so many percent),
                ``max_error_increase`` (the sparsest network whose first metric is at most so many
                points worse than the best: percentage points of an error, hundredths of any other metric),
                ``max_metric_gap`` (the same in the metric's own unit; without a metric, both compare the loss),
                ``max_l1``, ``max_nonzeros``, ``max_units``, ``max_multiply_adds`` (the network of lowest loss within so
                much), ``max_bytes``, ``max_microseconds`` (the same among those that
                ``frontsearch bench`` measured) and ``knee`` (``chord`` or ``weights``). With group l1, the network of
                fewest multiply-adds counts as the sparsest.

        Raises:
            UserError: If there is no such network, method or rule.
        """
        runs = self._runs(method)
        picked = pick(
            rule_of(rule, target=self.comparison.target), runs, measures=self.comparison.measures, folder=self.folder
        )
        if isinstance(picked, str):
            raise UserError(with_remedy(picked, runs))
        return self._point(picked.trial)

    @told_to_python(representatives="number")
    def representatives(self, number: int, *, method: str | None = None) -> Networks:
        """So many networks that stand for the front, the lowest loss first; fewer where no other one adds anything.

        Together they dominate as much of what the front dominates as so many networks can, by the hypervolume on log
        axes. Dead networks are left out.

        Args:
            number: Number of networks.
            method: Consider this method's networks only.

        Raises:
            UserError: If there is no such method or no living network, or the number is below 1.
        """
        picks = representative_networks(self._runs(method), number, comparison=self.comparison, folder=self.folder)
        return Networks(self._point(picked.trial) for picked in picks)

    def one_point_more(self, point: FrontPoint) -> FrontPoint | None:
        """The smallest network whose first metric is at most one point worse than this one's; None if none is smaller.

        A point is a percentage point of an error, a hundredth of any other metric; without a metric, of the loss. The
        difference of both ``metrics["nonzeros"]`` is what one more point of error would save.

        Args:
            point: A network on the front of any run of this search.
        """
        saving = study_savings(self.comparison, self.folder).get(point.key)
        smaller = saving.smaller.trial if saving and saving.smaller else None
        return self._point(smaller) if isinstance(smaller, Trial) else None

    def report(self, path: str | Path) -> None:
        """Copies the report, one HTML page, to this path, whose folder is made if there is none.

        Raises:
            UserError: If the report is no longer in the folder, or the file cannot be written.
        """
        source, target = _kept(Folder(self.folder).report), checked_path("path", path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        except OSError as error:
            raise UserError(f"`path` must be a file that can be written; {target}: {in_words(error)}") from error

    def summary(self) -> dict[str, Any]:
        """The content of ``summary.json``.

        Raises:
            UserError: If it is no longer in the folder.
        """
        content: dict[str, Any] = json.loads(_kept(self.folder / "summary.json").read_text(encoding="utf-8"))
        return content

    def __repr__(self) -> str:
        methods = ", ".join(self.comparison.methods)
        return f"<Result of {self.task.name}: {len(self.front)} networks on the front, by {methods}, in {self.folder}>"

    def _repr_html_(self) -> str:
        """The fronts and the table of results, as a notebook shows them."""
        comparison = self.comparison
        rule = default_rule(comparison.target)
        picked = pick(rule, comparison.runs, measures=comparison.measures, folder=self.folder)
        told = with_remedy(picked, comparison.runs) if isinstance(picked, str) else picked
        return result_html(comparison, told, report=Folder(self.folder).report)

    def _runs(self, method: str | None) -> tuple[RunResult, ...]:
        if method is None:
            return self.comparison.runs
        if method not in self.comparison.methods:
            names = allowed_names(str(method), self.comparison.methods)
            raise UserError(f"The search has no method {method!r}: {names}")
        return self.comparison.of_method(method)

    def _point(self, trial: Trial) -> FrontPoint:
        return FrontPoint(task=self.task, trial=trial, folder=self.folder)


def _kept(path: Path) -> Path:
    """The path of a file of the output folder, which must still be there."""
    if not path.is_file():
        raise UserError(f"{path.name} must be in {path.parent} and is missing; the same `search` writes it again.")
    return path
