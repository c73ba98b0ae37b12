"""``Result``: what a search found, as networks of this process."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import nn

from frontsearch.comparison import Comparison, RunResult
from frontsearch.errors import UserError, allowed_names, in_words, told_to_python
from frontsearch.export import compacted_network, exported, format_of
from frontsearch.folder import Folder, changed_checkpoint, write_file
from frontsearch.front import Front
from frontsearch.library.checks import checked_path
from frontsearch.library.used_inputs import input_columns, used_inputs_of
from frontsearch.recipe import Recipe
from frontsearch.selection import pick, representative_networks, rule_of, study_savings, with_remedy
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontPoint:
    """A trained network of a search.

    Attributes:
        task: The task it was trained on.
        trial: The trial that trained it.
        folder: Output folder that has its weights.
    """

    task: Task
    trial: Trial
    folder: Path

    @property
    def key(self) -> str:
        """The trial's key, 32 hexadecimal digits."""
        return self.trial.key

    @property
    def recipe(self) -> Recipe:
        """The recipe of the training."""
        return self.trial.recipe

    @property
    def objectives(self) -> tuple[float, float]:
        """Loss, on the split that is minimised, and l1."""
        return self.trial.objectives or (float("nan"), float("nan"))

    @property
    def metrics(self) -> Mapping[str, float]:
        """Figures by name: ``validation_error``, ``test_cross_entropy``, ``nonzeros`` and so on."""
        return self.trial.metrics

    @told_to_python()
    def network(self, *, compact: bool = False) -> nn.Module:
        """The network with its weights, in evaluation mode.

        Args:
            compact: Whether units and inputs that its outputs do not depend on are left out.

        Raises:
            UserError: If its weights are no longer in the folder, or were changed; or if the smaller network has other
                outputs on the test split.
        """
        network = self.task.network(0)
        self._check()
        network.load_state_dict(self._checkpoints.load(self.key)[0])
        return compacted_network(self.task, network.eval()).network if compact else network.eval()

    @property
    def features_used(self) -> tuple[str, ...] | None:
        """Names of the input columns with a nonzero weight in the first layer; the outputs depend on no others.

        The names are the task's ``feature_names``, or ``x0``, ``x1`` and so on. It is None unless the inputs are a
        table that nothing but linear layers reads.

        Raises:
            UserError: If the network's weights are no longer in the folder.
        """
        used = used_inputs_of(self._checkpoints.load(self.key)[0], input_columns(self.task))
        return None if used is None else used.names

    @told_to_python()
    def export(self, path: str | Path, *, format: str | None = None, dense: bool = False) -> None:  # noqa: A002 - as onnx and pandas call it
        """Writes the network to a file, without units and inputs that its outputs do not depend on; replaces old files.

        Args:
            path: The file.
            format: ``safetensors``, which :func:`~frontsearch.load_network` reads, and with ``dense`` torch's
                ``load_state_dict``; ``onnx``; or ``torch``, a ``torch.export`` program. None goes by the path's ending:
                ``.onnx``, ``.pt2``, else safetensors.
            dense: Whether the network is written whole, with its zeros.

        Raises:
            UserError: If its weights are no longer in the folder or were changed, the network cannot be written in the
                format or has other outputs there on the test split, or the file cannot be written.
        """
        target = Path(checked_path("path", path))
        self._check()
        metadata = {"trial": self.key, "task": self.task.name}
        done = exported(
            self.task,
            self._checkpoints.load(self.key)[0],
            form=format_of(format, target),
            dense=dense,
            metadata=metadata,
        )
        write_file(target, done.content)

    def _check(self) -> None:
        if sentence := changed_checkpoint(self.trial, Folder(self.folder)):
            raise UserError(sentence)

    @property
    def _checkpoints(self) -> Checkpoints:
        return Checkpoints(Folder(self.folder).checkpoints)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a search found.

    Attributes:
        task: The task.
        folder: The output folder.
        comparison: The numbers of the report.
    """

    task: Task
    folder: Path
    comparison: Comparison

    @cached_property
    def front(self) -> tuple[FrontPoint, ...]:
        """The networks that no other one of this search beats in loss and l1, from the lowest loss to the lowest l1."""
        trials = [point.trial for result in self.comparison.runs for point in result.points]
        front = Front.of_trials(trial for trial in trials if isinstance(trial, Trial))
        return tuple(map(self._point, front.trials))

    @told_to_python()
    def pick(self, *, method: str | None = None, **rule: float | str | None) -> FrontPoint:
        """The network that a rule chooses by validation figures; without a rule the default one.

        Args:
            method: Consider this method's networks only.
            **rule: At most one of ``max_error_increase`` (the sparsest network whose first metric is at most so many
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
    def representatives(self, number: int, *, method: str | None = None) -> tuple[FrontPoint, ...]:
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
        return tuple(self._point(picked.trial) for picked in picks)

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
