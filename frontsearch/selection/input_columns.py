"""``used_inputs``: which columns of a table a network uses, from the zeros of the weights that read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class InputColumns:
    """The columns of a task's inputs.

    Attributes:
        weights: Names of the weights that read the columns, each ``(units, columns)``; none if that is unknown.
        feature_names: Names of the columns; None calls them ``x0``, ``x1`` and so on, as scikit-learn does.
    """

    weights: tuple[str, ...]
    feature_names: tuple[str, ...] | None = None

    def name(self, number: int) -> str:
        """Name of a column."""
        return f"x{number}" if self.feature_names is None else self.feature_names[number]


@dataclass(frozen=True, kw_only=True, slots=True)
class UsedInputs:
    """The columns that a network uses.

    Attributes:
        support: For each column, whether the network uses it.
        names: Names of the used columns, in their order.
    """

    support: tuple[bool, ...]
    names: tuple[str, ...]


def used_inputs(kernels: Mapping[str, NDArray[Any]], columns: InputColumns) -> UsedInputs | None:
    """The columns that have a nonzero weight; the network's outputs do not depend on the others.

    Args:
        kernels: The network's weights by name, or which of them are not zero.
        columns: The columns, and the names of the weights that read them.

    Returns:
        The columns in use; None if that is unknown.
    """
    if not columns.weights or not kernels.keys() >= set(columns.weights):
        return None
    support = np.any([np.any(kernels[name] != 0, axis=0) for name in columns.weights], axis=0)
    names = tuple(columns.name(int(number)) for number in np.flatnonzero(support))
    return UsedInputs(support=tuple(support.tolist()), names=names)
