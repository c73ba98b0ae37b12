"""``Session``: runs a study from its file to its report; the only module that puts the pieces together."""

from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from optuna.storages import BaseStorage

from frontsearch.comparison import Comparison
from frontsearch.folder import Folder
from frontsearch.ledger import INITIAL_TRIALS, Ledger, open_storage, storage_option
from frontsearch.progress import show_notes, show_progress
from frontsearch.recipe import Recipe
from frontsearch.report import target_sentences, write_report
from frontsearch.selection import ChosenNetworks, chosen_networks
from frontsearch.study.boxes import hypervolume_boxes, input_columns
from frontsearch.study.certifying import Certifier
from frontsearch.study.comparing import comparing
from frontsearch.study.config import StudyConfig, files_beside, to_toml
from frontsearch.study.damage import damage_notes, file_notes
from frontsearch.study.derived import with_derived
from frontsearch.study.earlier_ledgers import check_continuable
from frontsearch.study.executing import executor, machine_of
from frontsearch.study.finished_runs import FinishedRuns
from frontsearch.study.loading import (
    check_fingerprint,
    check_trainable,
    load_task,
    start_weights,
    task_options,
)
from frontsearch.study.needless_checkpoints import keys_of_needless_checkpoints
from frontsearch.study.notes import earlier_notes, limit_notes, measure_notes, study_notes, undefined_notes
from frontsearch.study.ownership import check_kind_of_ledger, claim
from frontsearch.study.plans import RunPlan, method_setting, run_plans
from frontsearch.study.previous_run import PreviousRun, resolve_seed_from
from frontsearch.study.recorded_runs import recorded_runs
from frontsearch.study.restoring import Restorer
from frontsearch.study.runner import Runner
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints, stacked_task
from frontsearch.trial import Run
from frontsearch.workers import Cluster, WorkerSetup, device_of, evaluate


@dataclass(frozen=True, kw_only=True)
class Session:
    """One execution of a study, with the options of the command line.

    Attributes:
        config: The study.
        task: The study's task if a program made it; None loads it from the study.
        folder: Output folder.
        storage: URL of an Optuna storage, or the storage itself; None is the journal in the folder.
        cluster: Cluster that trains; None trains in processes of this machine.
        jobs: Number of worker processes. On a cluster, the number of trainings submitted at once; None is one for each
            worker.
        device: Where workers train: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        compile: Whether networks are compiled with ``torch.compile``.
        report: Whether to write the report and what the dashboard shows.
        report_only: Whether to report what the ledger has without training anything.
        quiet: Whether to print no progress.
    """

    config: StudyConfig
    folder: Folder
    task: Task | None = None
    storage: str | BaseStorage | None = None
    cluster: Cluster | None = None
    jobs: int | None = 1
    device: str = "auto"
    compile: bool = False
    report: bool = True
    report_only: bool = False
    quiet: bool = False

    def run(self) -> Comparison:
        """Spends the budgets of all runs, writes every file and returns the comparison.

        Raises:
            UserError: For any mistake the user can mend; finished trainings are in the ledger by then.
        """
        device = self.device if self.cluster else device_of(self.device)
        task = self._task()
        config = with_derived(self.config, task)
        check_trainable(config, task)
        compare_runs = comparing(config, task)
        study_file = self.folder.check_owner(config.name, task.fingerprint)
        self.folder.check_free()
        check_kind_of_ledger(self.folder, self.storage)
        config = config.model_copy(update={"seed_from": resolve_seed_from(config.seed_from, study_file)})
        location = self.folder.journal if self.storage is None else self.storage
        storage = location if isinstance(location, BaseStorage) else open_storage(location, to_write=True)
        ledger = Ledger(
            storage, config.name, fingerprint=task.fingerprint, space=config.search_space(),
            objectives=task.measures.objectives,
        )  # fmt: skip
        measure = measure_notes(task, compiled=self.compile)
        if self.report_only:
            claim(self.folder, ledger, self.storage)
            if not study_file:
                self._write_study(config)
            compared = compare_runs(recorded_runs(config, ledger, self.folder), certificates=ledger.certificates)
            return self._write_report(compared, config, ledger, task=task, measure=measure)
        check_continuable(ledger.recorded, config, self.folder, fingerprint=ledger.fingerprint)
        show_notes((*damage_notes(ledger), *measure), quiet=self.quiet)
        previous = self._previous_run(config, ledger, complete="seed_from" in study_file)
        initial_trials = ledger.trials(INITIAL_TRIALS, 0) if config.seed_from and not previous else ()
        plans = run_plans(config, initial_trials=previous.trials if previous else initial_trials)
        claim(self.folder, ledger, self.storage)
        with self._leased(ledger, plans):
            self.folder.sweep()
            if previous:
                previous.copy_into(self.folder, ledger)
            self._write_study(config)
            runs = self._run(plans, config, ledger, task=task, device=device)
            compared = compare_runs(runs, certificates=ledger.certificates)
            comparison = self._write_report(compared, config, ledger, task=task, measure=measure)
            self.folder.delete(keys_of_needless_checkpoints(comparison, ledger))
            self.folder.sweep()  # workers of a killed command may have been writing when this one began
        return comparison

    def _task(self) -> Task:
        if self.task is None:
            return load_task(self.config)
        check_fingerprint(self.config, self.task)
        return self.task

    def _write_study(self, config: StudyConfig) -> None:
        """Writes the resolved study file, which makes the folder the study's and its initial trials complete."""
        for path in files_beside(config).values():
            self.folder.write(path.name, path.read_bytes())
        self.folder.write("study.toml", to_toml(config))

    def _write_report(
        self, compared: Comparison, config: StudyConfig, ledger: Ledger, *, task: Task, measure: Sequence[str]
    ) -> Comparison:
        """Writes every file of the report, updates the dashboard and returns the comparison with its notes."""
        runs = [result.run for result in compared.runs]
        undefined = tuple(undefined_notes(runs, task.measures))
        show_notes(undefined, quiet=self.quiet)
        notes = (
            *target_sentences(compared), *compared.notes, *damage_notes(ledger),
            *file_notes(compared.runs, self.folder), *study_notes(config, ledger), *measure, *earlier_notes(runs),
            *undefined, *limit_notes(compared.runs),
        )  # fmt: skip
        comparison = replace(compared, notes=notes)
        if not self.report:
            return comparison
        from frontsearch.dashboard import publish  # noqa: PLC0415 - trainings can start before it is imported

        settings = config.model_copy(update={"inputs": None})  # a wide table has many names
        write_report(
            comparison, self.folder, name=config.name, task=task.name, settings=to_toml(settings),
            penalised=sorted(task.penalised), choice=self._chosen(comparison, config, image=task.image),
        )  # fmt: skip
        export = Checkpoints(self.folder.checkpoints).exported
        publish(comparison, ledger, self.folder, export=export, in_python=config.in_python)
        return comparison

    def _chosen(self, comparison: Comparison, config: StudyConfig, *, image: tuple[int, int] | None) -> ChosenNetworks:
        from frontsearch.study.ped_anova import importances  # noqa: PLC0415 - trainings can start before it is imported

        by_search = importances([result.run for result in comparison.runs], config.search_space())
        option = storage_option(self.storage if isinstance(self.storage, str) else None)
        return chosen_networks(
            comparison, self.folder, image=image, columns=input_columns(config), importances=by_search,
            storage_option=option, template=config.template(), in_python=config.in_python,
        )  # fmt: skip

    def _previous_run(self, config: StudyConfig, ledger: Ledger, *, complete: bool) -> PreviousRun | None:
        """The earlier run whose trials are the first population; None if there is none, or the ledger has them all."""
        if config.seed_from is None or (complete and ledger.trials(INITIAL_TRIALS, 0)):
            return None
        previous = PreviousRun.at(config.seed_from, fingerprint=ledger.fingerprint)
        check_continuable(previous.trials, config, previous.folder, fingerprint=ledger.fingerprint)
        previous.check_usable(
            {name: config.method(name) for name in config.methods},
            method_setting(config, 0, initial_trials=previous.trials),
        )
        return previous

    def _leased(self, ledger: Ledger, plans: Sequence[RunPlan]) -> AbstractContextManager[None]:
        """The lease on the folder and on all unfinished runs, which keeps other coordinators from them."""
        finished = FinishedRuns(ledger)
        unfinished = [(plan.name, plan.repeat) for plan in plans if finished.lookup(plan) is None]
        return ledger.leased(unfinished, folder=self.folder.path)

    def _run(
        self, plans: Sequence[RunPlan], config: StudyConfig, ledger: Ledger, *, task: Task, device: str
    ) -> tuple[Run, ...]:
        """The runs of these plans, after unfinished ones were run to their end."""
        finished = FinishedRuns(ledger)
        known = [finished.lookup(plan) for plan in plans]
        unfinished = [plan for plan, run in zip(plans, known, strict=True) if run is None]
        states, folder = [plan.start() for plan in unfinished], Folder(self.folder.path.resolve())
        machine, setup = machine_of(self.cluster, device), self._worker_setup(folder, device)
        deadline = self.config.training.deadline
        executing = executor(setup, task, cluster=self.cluster, jobs=self.jobs, deadline=deadline)
        progress = show_progress(states, box=hypervolume_boxes(config)[0], measures=task.measures, quiet=self.quiet)
        with progress as on_trial, executing as (pool, workers):
            restorer = Restorer(
                ledger=ledger,
                folder=self.folder,
                executor=pool,
                evaluate=evaluate,
                machine=machine,
            )
            certifier = Certifier(ledger=ledger, executor=pool, folder=self.folder)
            runner = Runner(
                ledger=ledger,
                fingerprint=ledger.fingerprint,
                executor=pool,
                evaluate=evaluate,
                workers=workers,
                on_trial=on_trial,
                before_training=restorer.restore_parents,
                when_idle=certifier.submit_one,
                company=self._company(task),
                machine=machine,
            )
            new_runs = runner.run(states)
            remaining = iter(new_runs)
            runs = tuple(run or next(remaining) for run in known)
            for plan, run in zip(unfinished, new_runs, strict=True):
                finished.add(plan, run)
            runs = restorer.restored(runs)
            certifier.record(runs)
            return runs

    def _worker_setup(self, folder: Folder, device: str) -> WorkerSetup:
        return WorkerSetup(
            task=self.config.task.name,
            options=task_options(self.config),
            module_folder=self.config.module_folder,
            start=start_weights(self.config),
            complexity=self.config.complexity,
            device=device,
            checkpoints=folder.checkpoints,
            curves=folder.curves,
            compile=self.compile,
        )

    def _company(self, task: Task) -> Callable[[Recipe], Hashable | None]:
        """What is equal for recipes that are trained side by side."""
        stacked = None if self.compile else stacked_task(task)
        return stacked.company if stacked else lambda _: None
