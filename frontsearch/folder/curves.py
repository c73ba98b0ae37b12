"""Learning curves, saved as one small JSON file per trial."""

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from frontsearch.errors import UserError, check
from frontsearch.folder.folder import Folder


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningCurve:
    """The learning curve of one training; all attributes have the same length, one entry per recorded epoch.

    Attributes:
        epochs: Epochs trained so far, from 0 to the recipe's.
        cross_entropy: Mean loss of the batches since the previous entry, in nats per example; the first entry is the
            loss of the first batch with the initial weights.
        l1: Sum of the absolute values of the penalised weights.
        nonzeros: Number of nonzero penalised weights.
    """

    epochs: tuple[float, ...]
    cross_entropy: tuple[float, ...]
    l1: tuple[float, ...]
    nonzeros: tuple[int, ...]

    def __post_init__(self) -> None:
        for field in fields(self):
            values = getattr(self, field.name)
            rule = f"as long as `epochs`, which has {len(self.epochs)} entries, and not empty"
            check(field.name, len(values), rule, holds=len(values) == len(self.epochs) > 0)
            check(field.name, values, "finite numbers", holds=all(map(math.isfinite, values)))


@dataclass(frozen=True)
class Curves:
    """The learning curves in a folder, one file per trial, named by trial key."""

    folder: Path

    def __init__(self, folder: Path | str) -> None:
        object.__setattr__(self, "folder", Path(folder))

    def save(self, key: str, curve: LearningCurve) -> None:
        """Writes a trial's curve atomically.

        Raises:
            UserError: If the file cannot be written.
        """
        Folder(self.folder).write(f"{key}.json", json.dumps(asdict(curve)) + "\n")

    def load(self, key: str) -> LearningCurve | None:
        """A trial's curve; None if it has none because it diverged, was not trained or its file was deleted.

        Raises:
            UserError: If the file is damaged.
        """
        path = self.folder / f"{key}.json"
        if not path.is_file():
            return None
        try:
            columns = json.loads(path.read_text(encoding="utf-8"))
            return LearningCurve(**{name: tuple(values) for name, values in columns.items()})
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise UserError(f"The learning curve of trial {key} at {path} is damaged: {error}.") from error
