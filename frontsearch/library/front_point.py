"""``FrontPoint``: a trained network of a search, and ``Networks``, several of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from frontsearch.errors import UserError, told_to_python
from frontsearch.export import compacted_network, exported, format_of
from frontsearch.folder import Folder, changed_checkpoint, write_file
from frontsearch.library.checks import checked_path
from frontsearch.library.used_inputs import input_columns, used_inputs_of
from frontsearch.recipe import Recipe
from frontsearch.report import network_figures, networks_html
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
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

    def __repr__(self) -> str:
        return f"<FrontPoint {self.key[:8]}: {network_figures(self.metrics, self.task.measures)}>"

    def _repr_html_(self) -> str:
        """The network in a notebook: a table of one row."""
        return networks_html([self.trial], self.task.measures)

    def _check(self) -> None:
        if sentence := changed_checkpoint(self.trial, Folder(self.folder)):
            raise UserError(sentence)

    @property
    def _checkpoints(self) -> Checkpoints:
        return Checkpoints(Folder(self.folder).checkpoints)


class Networks(tuple[FrontPoint, ...]):
    """Networks of a search in order: a tuple that a notebook shows as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """The networks in a notebook: a table with a row for each."""
        return networks_html([point.trial for point in self], self[0].task.measures) if self else "No networks."
