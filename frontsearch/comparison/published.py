"""Published points: read from a CSV file, and which of them a set of networks dominates."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from frontsearch.errors import UserError
from frontsearch.names import CROSS_ENTROPY, L1, NONZEROS, TEST_CROSS_ENTROPY, TEST_ERROR

PLANES = ((TEST_CROSS_ENTROPY, L1), (TEST_ERROR, NONZEROS))


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """Points that somebody else reported, on test data.

    Attributes:
        source: Where they are from, in the file's own words.
        points: By plane, the names of its two metrics, both better when smaller: errors are shares.
    """

    source: str
    points: Mapping[tuple[str, str], tuple[tuple[float, float], ...]]

    def dominated(self, plane: tuple[str, str], metrics: Sequence[Mapping[str, float]]) -> int:
        """How many of the plane's points at least one of these networks dominates."""
        networks = [(one[plane[0]], one[plane[1]]) for one in metrics if plane[0] in one]
        return sum(any(_dominates(network, point) for network in networks) for point in self.points[plane])


def _dominates(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[0] and one[1] <= other[1] and one != other


def read_published(path: Path) -> Published:
    """The points of a CSV file: columns ``cross_entropy`` and ``l1``, or ``accuracy`` (a share) and ``nonzeros``.

    Lines that begin with ``#`` are the source; other columns are for people.

    Raises:
        UserError: When the file cannot be read, a column is missing or a figure is no number that it can be.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    except (OSError, ValueError, csv.Error) as error:  # a ValueError for a path or a text that is none
        raise UserError(f"The published front {path} could not be read: {error}.") from error
    source = " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))
    losses = tuple(_pair(path, row, (CROSS_ENTROPY, L1)) for row in rows if row.get(CROSS_ENTROPY))
    accuracies = (_pair(path, row, ("accuracy", NONZEROS)) for row in rows if row.get("accuracy"))
    errors = tuple((1 - accuracy, nonzeros) for accuracy, nonzeros in accuracies)
    if not losses and not errors:
        raise UserError(
            f"The published front {path} must have columns cross_entropy and l1, or accuracy and nonzeros, with a "
            "figure in at least one row; found none."
        )
    return Published(source=source, points=dict(zip(PLANES, (losses, errors), strict=True)))


def _pair(path: Path, row: Mapping[str, str], names: tuple[str, str]) -> tuple[float, float]:
    try:
        x, y = (float(row[name]) for name in names)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"Every row of {path} with {names[0]} must have {names[1]} too; found {dict(row)}.") from error
    most = 1.0 if names[0] == "accuracy" else math.inf
    if not (0 <= x <= most and 0 <= y < math.inf and math.isfinite(x)):
        raise UserError(
            f"Every figure of {path} must be finite and not negative, an accuracy at most 1; found {dict(row)}."
        )
    return x, y
