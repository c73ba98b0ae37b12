"""A study from its file to its report: the only place that puts the pieces together."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from frontsearch.comparison import Comparison, compare, read_published
from frontsearch.errors import UserError
from frontsearch.folder import Folder
from frontsearch.front import Front
from frontsearch.ledger import INITIAL_TRIALS, Ledger, open_storage
from frontsearch.progress import watching
from frontsearch.report import write_report
from frontsearch.selection import Choice, choice
from frontsearch.study.boxes import boxes
from frontsearch.study.config import StudyConfig, resolved, study_files
from frontsearch.study.finished_runs import FinishedRuns
from frontsearch.study.plans import RunPlan, run_plans, setting
from frontsearch.study.previous_run import PreviousRun, origin
from frontsearch.study.recorded_runs import recorded_runs, seeded_words
from frontsearch.study.runner import Runner
from frontsearch.tasks import TASKS, Task, exact_front
from frontsearch.training import Checkpoints, default_reference_point
from frontsearch.trial import Run, Trial
from frontsearch.workers import Cluster, RemoteExecutor, Size, WorkerSetup, certify, device_of, evaluate, local_executor


@dataclass(frozen=True, kw_only=True)
class Session:
    """A study and how to run it this time.

    Attributes:
        config: The study.
        folder: Where everything goes.
        storage: URL of an Optuna storage; None is the journal in the folder.
        cluster: Who trains instead of processes of this machine.
        jobs: Worker processes; on a cluster how many trainings it is handed at once, where None is one a worker.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``, of whichever machine trains.
        compile: Whether torch compiles the networks.
        report_only: Whether nothing is trained and only what the ledger has is reported.
        quiet: Whether nothing is said while it runs.
    """

    config: StudyConfig
    folder: Folder
    storage: str | None = None
    cluster: Cluster | None = None
    jobs: int | None = 1
    device: str = "auto"
    compile: bool = False
    report_only: bool = False
    quiet: bool = False

    def run(self) -> Comparison:
        """The comparison of all runs, after their budgets are spent and every file is written.

        Raises:
            UserError: For whatever the user can mend; trainings that had finished are in the ledger.
        """
        device = self.device if self.cluster else device_of(self.device)
        task = task_of(self.config)
        config = _with_task(self.config, task)
        linear, log = boxes(config)
        compared = partial(
            compare, linear=linear, log=log, split=task.objective_split,
            exact=exact_front(task, reach=linear.high[1]) if config.exact else None,
            published=read_published(config.published) if config.published else None,
        )  # fmt: skip
        there = self.folder.claim(config.name, task.fingerprint)
        config = config.model_copy(update={"seed_from": origin(config.seed_from, there)})
        storage = open_storage(self.folder.journal if self.storage is None else self.storage, to_write=True)
        ledger = Ledger(storage, config.name, fingerprint=task.fingerprint, space=config.search_space())
        if self.report_only:
            if not there:
                self._settle(config)
            runs = recorded_runs(config, ledger)
            return self._reported(compared(runs, certificates=ledger.certificates), config, ledger, task=task)
        planned = run_plans(config, initial_trials=self._first(config, ledger, noted="seed_from" in there))
        with self._leased(ledger, planned):
            self._settle(config)
            runs = self._spend(config, ledger, task=task, device=device, planned=planned)
            comparison = self._reported(compared(runs, certificates=ledger.certificates), config, ledger, task=task)
            self.folder.sweep(_living(comparison) | ledger.keys_outside(figures.run for figures in comparison.runs))
        return comparison

    def _settle(self, config: StudyConfig) -> None:
        """Notes the study in the folder, which is its own from here on and has its seeds whole."""
        if config.published:
            self.folder.write(config.published.name, config.published.read_text(encoding="utf-8"))
        self.folder.write("study.toml", resolved(config))

    def _reported(self, compared: Comparison, config: StudyConfig, ledger: Ledger, *, task: Task) -> Comparison:
        """The comparison, after every file is written and the dashboard has it."""
        from frontsearch.dashboard import publish  # noqa: PLC0415 - no training need wait for it

        seeded = seeded_words(config, ledger)
        comparison = replace(compared, notes=(*compared.notes, seeded)) if seeded else compared
        write_report(
            comparison, self.folder, name=config.name, task=task.name, settings=resolved(config),
            penalised=sorted(task.penalised), choice=_choice(comparison, self.folder, config, image=task.image),
        )  # fmt: skip
        publish(comparison, ledger, self.folder, export=Checkpoints(self.folder.checkpoints).export)
        return comparison

    def _first(self, config: StudyConfig, ledger: Ledger, *, noted: bool) -> tuple[Trial, ...]:
        """The first population: as the ledger has it, or else of the former run."""
        if config.seed_from is None:
            return ()
        if noted and (known := ledger.trials(INITIAL_TRIALS, 0)):
            return known
        former = PreviousRun.at(config.seed_from, fingerprint=ledger.fingerprint)
        former.check(
            {name: config.method(name) for name in config.methods}, setting(config, 0, initial_trials=former.trials)
        )
        former.lend(self.folder, ledger)
        return former.trials

    def _leased(self, ledger: Ledger, planned: Sequence[RunPlan]) -> AbstractContextManager[None]:
        """What keeps other coordinators from the runs that are not over, and from the folder."""
        settled = FinishedRuns(ledger)
        going = [(plan.name, plan.repeat) for plan in planned if settled.run(plan) is None]
        return ledger.leased(going, folder=self.folder.path)

    def _spend(
        self, config: StudyConfig, ledger: Ledger, *, task: Task, device: str, planned: Sequence[RunPlan]
    ) -> tuple[Run, ...]:
        settled = FinishedRuns(ledger)
        over = [settled.run(plan) for plan in planned]
        going = [plan for plan, run in zip(planned, over, strict=True) if run is None]
        runs = [plan.begin() for plan in going]
        workshop = WorkerSetup(
            task=config.task.name,
            options=_options(self.config),
            device=device,
            checkpoints=self.folder.checkpoints.resolve(),
            curves=self.folder.curves.resolve(),
            compile=self.compile,
        )
        watched = watching(runs, box=boxes(config)[0], quiet=self.quiet)
        with watched as on_trial, self._hired(workshop, task) as (executor, jobs):
            runner = Runner(
                ledger=ledger,
                fingerprint=ledger.fingerprint,
                executor=executor,
                evaluate=evaluate,
                workers=jobs,
                on_trial=on_trial,
            )
            spent = runner.run(runs)
            fresh = iter(spent)
            every = tuple(run or next(fresh) for run in over)
            for plan, run in zip(going, spent, strict=True):
                settled.note(plan, run)
            _certify(every, ledger, executor)
            return every

    @contextmanager
    def _hired(self, workshop: WorkerSetup, task: Task) -> Iterator[tuple[Executor, Size]]:
        """Who trains, and how many trainings they are handed at once."""
        if self.cluster:
            with self.cluster() as (send, size):
                yield RemoteExecutor(send, workshop, task.fingerprint), lambda: self.jobs or size()
        else:
            with local_executor(workshop, task, self.jobs or 1) as executor:
                yield executor, lambda: self.jobs or 1


def task_of(config: StudyConfig) -> Task:
    """The study's task.

    Raises:
        UserError: When the study was made with another one of this name, or its data cannot be had.
    """
    task = TASKS[config.task.name](**_options(config))
    if config.fingerprint not in {None, task.fingerprint}:
        raise UserError(
            f"The study {config.name} was made with the task {config.fingerprint}; this {task.name} is "
            f"{task.fingerprint}: its data, split, network or penalised weights differ."
        )
    return task


def _choice(comparison: Comparison, folder: Folder, config: StudyConfig, *, image: tuple[int, int] | None) -> Choice:
    from frontsearch.study.ped_anova import importances  # noqa: PLC0415 - no training need wait for it

    study, out = _address(folder, config.name)
    mattered = importances([figures.run for figures in comparison.runs], config.search_space())
    return choice(comparison, folder, study=study, out=out, image=image, importances=mattered)


def _address(folder: Folder, name: str) -> tuple[str, Path | None]:
    """A finished study as the command line takes it: its name in the folder of that name, else its file and folder."""
    if name in study_files() and folder.path == Path("runs") / name:
        return name, None
    return str(folder.study), folder.path


def _options(config: StudyConfig) -> dict[str, object]:
    return config.task.model_dump(exclude={"name"})


def _with_task(config: StudyConfig, task: Task) -> StudyConfig:
    """The study with everything the task decides written in."""
    reference_point = config.reference_point or default_reference_point(task)
    return config.model_copy(update={"fingerprint": task.fingerprint, "reference_point": reference_point})


def _certify(runs: Sequence[Run], ledger: Ledger, executor: Executor) -> None:
    """Has the certificates that fronts are without computed and recorded, run by run."""
    for run in runs:
        points = Front.of_trials(run.trials).trials
        wanted = [trial for trial in points if trial.key not in ledger.certificates]
        found = {trial.key: executor.submit(certify, trial) for trial in wanted}
        values = {key: future.result() for key, future in found.items()}
        ledger.record_certificates(
            run.method, run.repeat, {key: value for key, value in values.items() if value is not None}
        )


def _living(comparison: Comparison) -> set[str]:
    """Keys whose checkpoints still matter: points of a front, and whatever some training started from or yet may."""
    living = {point.trial.key for figures in comparison.runs for point in (*figures.points, *figures.sparse)}
    for figures in comparison.runs:
        trials = figures.run.trials
        parents = {parent for trial in trials for parent in trial.recipe.parents}
        # With more epochs, a run that was cut may start from any of its trials, if it starts warm at all.
        living |= parents | {trial.key for trial in trials if parents and figures.run.cut}
    return living
