"""The columns of a table that a network of this process uses."""

from collections.abc import Mapping

from torch import Tensor

from frontsearch.selection import InputColumns, UsedInputs, used_inputs
from frontsearch.tasks import Task, input_weights


def input_columns(task: Task) -> InputColumns:
    """The columns of a task's inputs."""
    return InputColumns(weights=input_weights(task), feature_names=task.feature_names)


def used_inputs_of(state_dict: Mapping[str, Tensor], columns: InputColumns) -> UsedInputs | None:
    """The columns that a network with these weights uses; None if that is unknown."""
    weights = {name: state_dict[name] for name in columns.weights}
    return used_inputs({name: weight.ne(0).numpy(force=True) for name, weight in weights.items()}, columns)
