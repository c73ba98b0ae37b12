"""The runs and the comparison of a study as far as its storage has them; nothing is trained or written."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

from frontsearch.comparison import Comparison, compare
from frontsearch.errors import UserError, option
from frontsearch.folder import Folder
from frontsearch.ledger import INITIAL_TRIALS, Ledger, open_storage
from frontsearch.recipe import Recipe
from frontsearch.space import Space
from frontsearch.study.boxes import chance_of, hypervolume_boxes, measures_in
from frontsearch.study.config import StudyConfig, read_study
from frontsearch.study.damage import damage_notes, file_notes
from frontsearch.study.earlier_ledgers import measured_anew, recorded_trainer
from frontsearch.study.finished_runs import FinishedRuns
from frontsearch.study.plans import run_plans
from frontsearch.study.runner import Runner
from frontsearch.trial import Run


def recorded_comparison(folder: Folder, *, storage: str | None = None) -> Comparison:
    """The comparison of all runs of the study in a folder; unfinished runs are compared by the trials they have.

    Data and networks are not loaded, so the comparison has neither the exact nor the published front.

    Args:
        folder: Output folder of the study.
        storage: URL of the Optuna storage; None is the journal in the folder.

    Raises:
        UserError: When the folder has no study file or no ledger.
    """
    for file in (folder.study, *([] if storage else [folder.journal])):
        if not file.is_file():
            hint = f" If its trials are in another storage, name it with {option('storage')}." * folder.study.is_file()
            raise UserError(
                f"{folder.path} must be a study's output folder; it has no {file.name}. Was the study run?{hint}"
            )
    config = read_study(str(folder.study))
    ledger = read_ledger(folder, config, storage=storage)
    linear, log = hypervolume_boxes(config)
    runs = recorded_runs(config, ledger, folder)
    comparison = compare(
        runs, linear=linear, log=log, measures=measures_in(config), certificates=ledger.certificates,
        chance=chance_of(config), target=config.target,
    )  # fmt: skip
    return replace(comparison, notes=(*comparison.notes, *damage_notes(ledger), *file_notes(comparison.runs, folder)))


def read_ledger(folder: Folder, config: StudyConfig, *, storage: str | None = None) -> Ledger:
    """The ledger of a study that was run, opened for reading; arguments as in :func:`recorded_comparison`.

    Raises:
        UserError: When there is none, or its task is not the study's.
    """
    if config.fingerprint is None or config.reference_point is None:
        raise UserError(
            f"{folder.study} must be the study file that a run writes; it lacks `fingerprint` or `reference_point`. "
            "Run the study into this folder, or restore the file."
        )
    opened = open_storage(folder.journal if storage is None else storage, to_write=False)
    objectives = measures_in(config).objectives
    return Ledger(opened, config.name, fingerprint=config.fingerprint, space=Space({}), objectives=objectives)


def recorded_runs(config: StudyConfig, ledger: Ledger, folder: Folder) -> tuple[Run, ...]:
    """The runs of the study in a folder with the trials that its ledger has of each.

    Trials in the same ledger with other budgets, seeds or options are ignored. A finished run is returned as it was
    recorded, whichever version of the program made it; the methods of other runs are replayed to find their trials.
    """
    finished = FinishedRuns(ledger)
    plans = run_plans(config, initial_trials=ledger.trials(INITIAL_TRIALS, 0) if config.seed_from else ())
    known = [finished.lookup_any_version(plan) for plan in plans]
    unfinished = [plan.start() for plan, run in zip(plans, known, strict=True) if run is None]
    runner = Runner(
        ledger=ledger, fingerprint=ledger.fingerprint, executor=None, evaluate=_never_called, workers=lambda: 1,
        on_trial=lambda *_: None, trainer=recorded_trainer(ledger.recorded, ledger.fingerprint),
    )  # fmt: skip
    replayed = iter(runner.run(unfinished))
    return measured_anew([run or next(replayed) for run in known], config, folder)


def _never_called(_: Sequence[Recipe]) -> NoReturn:
    raise AssertionError("Without an executor nothing is evaluated.")
