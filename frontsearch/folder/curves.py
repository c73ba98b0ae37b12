"""Learning curves by trial key: what a training went through, one small JSON file each."""

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from frontsearch.errors import UserError, check
from frontsearch.folder.folder import Folder


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningCurve:
    """One training from its start to its end; every attribute has an entry for each moment noted.

    Attributes:
        epochs: Passes over the training split by then, rising from 0 to the recipe's.
        cross_entropy: Mean loss of the batches since the entry before, in nats per example; the first entry's is that
            of the first batch, on the weights that the training started from.
        l1: Sum of absolute penalised weights at that moment.
        nonzeros: Penalised weights that were not zero then.
    """

    epochs: tuple[float, ...]
    cross_entropy: tuple[float, ...]
    l1: tuple[float, ...]
    nonzeros: tuple[int, ...]

    def __post_init__(self) -> None:
        for field in fields(self):
            found = getattr(self, field.name)
            same = len(found) == len(self.epochs) > 0
            check(field.name, len(found), f"as many entries as `epochs`, {len(self.epochs)}, and some", holds=same)
            check(field.name, found, "finite numbers", holds=all(map(math.isfinite, found)))


@dataclass(frozen=True)
class Curves:
    """The learning curves of a folder, named by trial key."""

    folder: Path

    def save(self, key: str, curve: LearningCurve) -> None:
        """Writes a trial's curve under a temporary name and renames it.

        Raises:
            UserError: When the folder cannot be written to.
        """
        Folder(self.folder).write(f"{key}.json", json.dumps(asdict(curve)) + "\n")

    def load(self, key: str) -> LearningCurve | None:
        """A trial's curve; None where there is none, as of what was not trained or was swept away.

        Raises:
            UserError: When the file is damaged.
        """
        path = self.folder / f"{key}.json"
        if not path.is_file():
            return None
        try:
            columns = json.loads(path.read_text(encoding="utf-8"))
            return LearningCurve(**{name: tuple(values) for name, values in columns.items()})
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise UserError(f"The learning curve of trial {key} at {path} is damaged: {error}.") from error
