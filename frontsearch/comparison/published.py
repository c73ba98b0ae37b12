"""Points reported in a publication: reading them from a CSV file, and counting those that our networks dominate."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from frontsearch.errors import LARGEST, UserError, shown
from frontsearch.folder import read_text
from frontsearch.names import CROSS_ENTROPY, L1, L1_RAW, NONZEROS, REGULARISATION, TEST_CROSS_ENTROPY, TEST_ERROR

LOSSES, ERRORS = PLANES = ((TEST_CROSS_ENTROPY, L1_RAW), (TEST_ERROR, NONZEROS))  # papers report l1 as the plain sum


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """Points reported in a publication, measured on test data.

    Attributes:
        source: Where the points come from: the comment lines of the file.
        points: Points by plane, that is, by the names of their two metrics. Both metrics are minimised; errors are
            shares.
    """

    source: str
    points: Mapping[tuple[str, str], tuple[tuple[float, float], ...]]

    def dominated(self, plane: tuple[str, str], metrics: Sequence[Mapping[str, float]]) -> int:
        """Number of points in a plane that at least one network dominates.

        Args:
            plane: Names of the two metrics, one of ``PLANES``.
            metrics: Metrics of each network.
        """
        networks = [(values[plane[0]], values[plane[1]]) for values in metrics if values.keys() >= set(plane)]
        return sum(any(_dominates(network, point) for network in networks) for point in self.points[plane])

    def dominated_regularised(self, metrics: Sequence[Mapping[str, float]]) -> int | None:
        """Number of points of cross entropy and l1 that are dominated if both include what weight decay adds.

        Args:
            metrics: Metrics of each network.

        Returns:
            The number, or None if the networks were trained without weight decay.
        """
        decayed = [values for values in metrics if {*LOSSES, REGULARISATION} <= values.keys()]
        added = [{name: values[name] + values[REGULARISATION] for name in LOSSES} for values in decayed]
        return self.dominated(LOSSES, added) if added else None


def _dominates(first: tuple[float, float], second: tuple[float, float]) -> bool:
    return first[0] <= second[0] and first[1] <= second[1] and first != second


def read_published(path: Path) -> Published:
    """Reads published points from a CSV file.

    A row has ``cross_entropy`` and ``l1``, ``accuracy`` (a share) and ``nonzeros``, or all four. Other columns are
    ignored. Lines that begin with ``#`` name the source.

    Raises:
        UserError: When the file cannot be read, a column is missing or a value is not a number in its range.
    """
    try:
        lines = read_text(path).splitlines()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    except (OSError, ValueError, csv.Error) as error:  # ValueError: an invalid path, or text that is not UTF-8
        raise UserError(f"The published front {path} could not be read: {error}.") from error
    source = " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))
    losses = tuple(_pair(path, row, (CROSS_ENTROPY, L1)) for row in rows if row.get(CROSS_ENTROPY))
    accuracies = (_pair(path, row, ("accuracy", NONZEROS)) for row in rows if row.get("accuracy"))
    errors = tuple((1 - accuracy, nonzeros) for accuracy, nonzeros in accuracies)
    if not losses and not errors:
        raise UserError(
            f"The published front {path} must have columns cross_entropy and l1, or accuracy and nonzeros, with "
            "numbers in at least one row; found none."
        )
    return Published(source=source, points=dict(zip(PLANES, (losses, errors), strict=True)))


def _pair(path: Path, row: Mapping[str, str], names: tuple[str, str]) -> tuple[float, float]:
    try:
        x, y = (float(row[name]) for name in names)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"Every row of {path} with {names[0]} must have {names[1]} too, both as numbers; found {shown(dict(row))}."
        ) from error
    largest = 1.0 if names[0] == "accuracy" else LARGEST
    if not (0 <= x <= largest and 0 <= y <= LARGEST):
        raise UserError(
            f"Every number in {path} must be finite and not negative, at most {LARGEST:g}, an accuracy at most 1; "
            f"found {shown(dict(row))}."
        )
    return x, y
