"""Learning curves, saved as one small JSON file per trial."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from frontsearch.errors import UserError, check
from frontsearch.folder.digests import sha256
from frontsearch.folder.trial_files import TrialFiles
from frontsearch.names import CROSS_ENTROPY, EPOCHS, GROUP_L1, L1, NONZEROS


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningCurve:
    """The learning curve of one training; all tuples have the same length, one entry per recorded epoch.

    Attributes:
        epochs: Epochs trained so far, from 0 to the recipe's.
        loss: Mean loss of the batches since the previous entry; the first entry is the loss of the first batch with
            the initial weights.
        complexity: Norm of the penalised weights.
        nonzeros: Number of nonzero penalised weights.
        loss_name: Name of the loss in files.
        complexity_name: Name of the complexity in files, ``l1`` or ``group_l1``.
    """

    epochs: tuple[float, ...]
    loss: tuple[float, ...]
    complexity: tuple[float, ...]
    nonzeros: tuple[int, ...]
    loss_name: str = CROSS_ENTROPY
    complexity_name: str = L1

    def __post_init__(self) -> None:
        for name, values in self.columns.items():
            rule = f"as long as `epochs`, which has {len(self.epochs)} entries, and not empty"
            check(name, len(values), rule, holds=len(values) == len(self.epochs) > 0)
            check(name, values, "finite numbers", holds=all(map(math.isfinite, values)))

    @property
    def columns(self) -> dict[str, tuple[float, ...]]:
        """The tuples by their names in files."""
        return {
            EPOCHS: self.epochs, self.loss_name: self.loss, self.complexity_name: self.complexity,
            NONZEROS: self.nonzeros,
        }  # fmt: skip


@dataclass(frozen=True)
class Curves:
    """The learning curves in a folder, one file per trial, named by trial key."""

    folder: Path

    def __init__(self, folder: Path | str) -> None:
        object.__setattr__(self, "folder", Path(folder))

    def save(self, key: str, curve: LearningCurve) -> str:
        """Writes a trial's curve atomically and returns the file's SHA-256.

        Raises:
            UserError: If the file cannot be written.
        """
        content = json.dumps(curve.columns) + "\n"
        self._files.write(key, content)
        return sha256(content.encode())

    def load(self, key: str) -> LearningCurve | None:
        """A trial's curve; None if it has none because it diverged, was not trained or its file was deleted.

        Raises:
            UserError: If the file is damaged or a link.
        """
        path = self._files.find(key)
        if path is None:
            return None
        try:
            columns = {name: tuple(values) for name, values in json.loads(path.read_text(encoding="utf-8")).items()}
            complexity = GROUP_L1 if GROUP_L1 in columns else L1
            (loss,) = columns.keys() - {EPOCHS, complexity, NONZEROS}
            return LearningCurve(
                loss_name=loss, loss=columns.pop(loss),
                complexity_name=complexity, complexity=columns.pop(complexity), **columns,
            )  # fmt: skip
        except (OSError, ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError) as error:
            raise UserError(f"The learning curve of trial {key} at {path} is damaged: {error}.") from error

    @property
    def _files(self) -> TrialFiles:
        return TrialFiles(self.folder, ".json")
