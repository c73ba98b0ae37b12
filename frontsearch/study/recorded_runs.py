"""What a study's storage has of its runs, and its output folder as a comparison; nothing is trained or written."""

from collections.abc import Sequence
from typing import NoReturn

from frontsearch.comparison import Comparison, compare
from frontsearch.errors import UserError
from frontsearch.folder import Folder
from frontsearch.ledger import INITIAL_TRIALS, Ledger, open_storage
from frontsearch.methods import AcceptsInitialTrials, undebiased
from frontsearch.recipe import Recipe
from frontsearch.space import Space
from frontsearch.study.boxes import boxes
from frontsearch.study.config import StudyConfig, read_study
from frontsearch.study.finished_runs import FinishedRuns
from frontsearch.study.plans import run_plans
from frontsearch.study.runner import Runner
from frontsearch.trial import Run


def recorded(folder: Folder, *, storage: str | None = None) -> Comparison:
    """All runs of the study that a folder belongs to; of one that is not over, as far as it is recorded.

    Neither data nor networks are needed, so there are no exact and no published fronts.

    Args:
        folder: The output folder.
        storage: URL of the Optuna storage; None is the journal in the folder.

    Raises:
        UserError: When the folder belongs to no study, or there is no ledger.
    """
    for file in (folder.study, *([] if storage else [folder.journal])):
        if not file.is_file():
            raise UserError(f"{folder.path} must be a study's output folder; it has no {file.name}. Was the study run?")
    config = read_study(str(folder.study))
    ledger = read_ledger(folder, config, storage=storage)
    linear, log = boxes(config)
    split = getattr(config.task, "objective", "train")  # the toy has one example, whatever the split
    runs = recorded_runs(config, ledger)
    return compare(runs, linear=linear, log=log, split=split, certificates=ledger.certificates)


def read_ledger(folder: Folder, config: StudyConfig, *, storage: str | None = None) -> Ledger:
    """The ledger of a study that was run, only to be read; arguments as of :func:`recorded`.

    Raises:
        UserError: When there is none, or it is of another task than the study says.
    """
    opened = open_storage(folder.journal if storage is None else storage, to_write=False)
    return Ledger(opened, config.name, fingerprint=config.fingerprint or "", space=Space({}))


def recorded_runs(config: StudyConfig, ledger: Ledger) -> tuple[Run, ...]:
    """The runs that the study as it stands would make, each as far as the ledger has its trainings.

    Trainings of other budgets, seeds or options, which a ledger may hold as well, are none of theirs. One that was over
    is as it was told, whatever version of the program told it; the others' methods are asked again.
    """
    settled, planned = (
        FinishedRuns(ledger),
        run_plans(config, initial_trials=ledger.trials(INITIAL_TRIALS, 0) if config.seed_from else ()),
    )
    over = [settled.ever(plan) for plan in planned]
    going = [plan.begin() for plan, run in zip(planned, over, strict=True) if run is None]
    runner = Runner(
        ledger=ledger, fingerprint=ledger.fingerprint, executor=None, evaluate=_nothing, workers=lambda: 1,
        on_trial=lambda *_: None,
    )  # fmt: skip
    asked = iter(runner.run(going))
    return tuple(run or next(asked) for run in over)


def seeded_words(config: StudyConfig, ledger: Ledger) -> str:
    """Which methods began with what a former run had paid for, in a sentence; nothing where none did."""
    first = ledger.trials(INITIAL_TRIALS, 0) if config.seed_from else ()
    takers = [name for name in config.methods if isinstance(undebiased(config.method(name)), AcceptsInitialTrials)]
    if not first or not takers:
        return ""
    return (
        f"{' and '.join(takers)} began with {len(first)} trials of a former run, which had cost "
        f"{sum(trial.epochs for trial in first):g} epochs and are charged to nobody here."
    )


def _nothing(_: Sequence[Recipe]) -> NoReturn:
    raise AssertionError("Without an executor nothing is evaluated.")
