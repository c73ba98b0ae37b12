"""``Restorer``: trains again what left files that are damaged, or missing where another training starts from them."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass, replace

from frontsearch.folder import Folder, changed_checkpoint, changed_files
from frontsearch.ledger import Ledger
from frontsearch.recipe import Recipe
from frontsearch.trial import Run, Trial


@dataclass(frozen=True, kw_only=True)
class Restorer:
    """Trains again what left files that are damaged, or missing where another training starts from them.

    A training gives the same weights again where versions, threads and machine are the same. Where it does not, its
    new figures are recorded and count.

    Attributes:
        ledger: The study's ledger.
        folder: The study's output folder.
        executor: Where trainings happen.
        evaluate: Trains recipes and returns their trials.
        machine: The machine or cluster that trains.
    """

    ledger: Ledger
    folder: Folder
    executor: Executor
    evaluate: Callable[[Sequence[Recipe]], Sequence[Trial]]
    machine: str

    def restore_parents(self, recipes: Iterable[Recipe]) -> None:
        """Trains again the trials that these recipes start from and whose weights are missing or damaged."""
        for key in dict.fromkeys(parent for recipe in recipes for parent in recipe.parents):
            trial = self.ledger.find(key)
            if trial and (self.folder.weights.find(key) is None or changed_checkpoint(trial, self.folder)):
                self._train_again(trial)

    def restored(self, runs: Sequence[Run]) -> tuple[Run, ...]:
        """The runs after their trials whose files are damaged were trained again."""
        trials = {trial.key: trial for run in runs for trial in run.trials}
        kept = {key for files in (self.folder.weights, self.folder.learning_curves) for key in files.among(trials)}
        for key, trial in trials.items():
            if key in kept and any(changed_files(trial, self.folder)):
                self._train_again(trial)
        return tuple(
            replace(run, trials=tuple(self.ledger.find(trial.key) or trial for trial in run.trials)) for run in runs
        )

    def _train_again(self, trial: Trial) -> None:
        self.restore_parents([trial.recipe])
        try:
            (again,) = self.executor.submit(self.evaluate, [trial.recipe]).result()
        except BrokenExecutor:  # a training that starts from it will say what is missing
            return
        files = again.checkpoint_sha256, again.curve_sha256
        if again.objectives and trial.checkpoint_sha256 and files != (trial.checkpoint_sha256, trial.curve_sha256):
            self.ledger.replace(replace(again, machine=self.machine))
