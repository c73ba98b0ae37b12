"""The ``frontsearch`` console script, and the command line of ``python -m frontsearch.study``."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from frontsearch.cli import commands
from frontsearch.cli.commands import StudyOptions
from frontsearch.cli.interruption import INTERRUPTED, importing
from frontsearch.cli.picking import pick_network
from frontsearch.errors import UserError, one_line
from frontsearch.ledger import storage_failure

if TYPE_CHECKING:
    from frontsearch.workers import Cluster

app = typer.Typer(
    help="Fronts of sparse networks: cross entropy against l1, searched and compared under one budget.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
study_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Name = Annotated[str, typer.Argument(help="A study's name, or the path of its TOML file.", show_default=False)]
Out = Annotated[Path | None, typer.Option(help="Output folder.", show_default="runs/NAME")]
Storage = Annotated[str | None, typer.Option(help="URL of an Optuna storage.", show_default="a journal in the folder")]
MPI_COMMAND = "mpiexec -n 3 python -m mpi4py.futures -m frontsearch.study NAME --mpi"
Of = "the study's"
RUNS = "Finished runs of one task: each FOLDER, FOLDER/METHOD or FOLDER/METHOD/REPEAT. Nothing in them is changed."
IMPORT = "A CSV file with columns cross_entropy and l1, such as another fronts.csv; once for each file."
SEED_FROM = (
    "A former run whose trials begin the searches: FOLDER, FOLDER/METHOD or FOLDER/METHOD/REPEAT. "
    "They cost no epochs and are not reported."
)
JOBS = "Worker processes; with --dask or --mpi how many trainings are handed out at once."
DASK = "Train on the workers of the Dask cluster whose scheduler is at tcp://HOST:PORT."
MPI = f"Train on the other processes of this MPI job, which is begun by: {MPI_COMMAND}"
COMPILE = (
    "Let torch compile the networks; without a C++ compiler they are trained as they are. Slower for mnist's networks "
    "on a CPU. It changes a training's last bits but not its key: trainings of both kinds would mix in one ledger, so "
    "give it an output folder of its own."
)
SPARSEST = "The sparsest with a validation error at most this many percentage points above the least."


@study_app.command()
@app.command()
def study(
    *,
    name: Annotated[str, typer.Argument(help="A study's name, or the path of its TOML file.", show_default=False)] = "",
    methods: Annotated[str | None, typer.Option(help="Methods to run, with commas.", show_default=Of)] = None,
    epochs: Annotated[float | None, typer.Option(help="Each method's budget per repeat.", show_default=Of)] = None,
    repeats: Annotated[int | None, typer.Option(help="Runs of each method.", show_default=Of)] = None,
    seed: Annotated[int | None, typer.Option(help="Root of all seeds.", show_default=Of)] = None,
    jobs: Annotated[int | None, typer.Option(help=JOBS, show_default="one a core, or a worker")] = None,
    dask: Annotated[str | None, typer.Option(help=DASK, metavar="ADDRESS")] = None,
    mpi: Annotated[bool, typer.Option("--mpi", help=MPI)] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    compile_: Annotated[bool, typer.Option("--compile", help=COMPILE)] = False,
    out: Out = None,
    storage: Storage = None,
    seed_from: Annotated[str | None, typer.Option(help=SEED_FROM, metavar="RUN", show_default=Of)] = None,
    report_only: Annotated[bool, typer.Option("--report-only", help="Train nothing, report what is there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while training.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the studies and the methods.")] = False,
) -> None:
    """Run a study to its end, or on from where it stopped, and report it."""
    if list_:
        commands.list_everything()
        return
    if jobs is not None and jobs < 1:
        raise UserError(f"--jobs must be at least 1; found {jobs}.")
    cluster = _cluster(dask, mpi=mpi)
    named = [method.strip() for method in methods.split(",")] if methods is not None else None
    given = {"epochs": epochs, "repeats": repeats, "seed": seed, "methods": named, "seed_from": seed_from}
    options = StudyOptions(
        overrides={key: value for key, value in given.items() if value is not None},
        out=out,
        storage=storage,
        cluster=cluster,
        jobs=jobs or (None if cluster else _cores()),
        device=device,
        compile=compile_,
        report_only=report_only,
        quiet=quiet,
    )
    commands.run(name, options)


@app.command()
def report(name: Name, *, out: Out = None, storage: Storage = None) -> None:
    """Write the report of a study again, from what its ledger has."""
    commands.run(name, StudyOptions(out=out, storage=storage, report_only=True))


@app.command()
def compare(
    runs: Annotated[list[str], typer.Argument(help=RUNS, metavar="RUN...", show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help="Output folder, outside the runs.", show_default=False)],
    import_: Annotated[list[Path] | None, typer.Option("--import", help=IMPORT, metavar="FRONT.csv")] = None,
) -> None:
    """Compare finished runs of one task, and fronts from outside, in one report."""
    commands.compare_runs(runs, import_ or [], out=out)


@app.command()
def dashboard(
    name: Name,
    *,
    out: Out = None,
    storage: Storage = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 8080,
) -> None:
    """Serve a study's Optuna dashboard on 127.0.0.1 until Ctrl-C."""
    commands.serve_dashboard(name, out=out, storage=storage, port=port)


@app.command()
def export(
    name: Name,
    key: Annotated[str, typer.Argument(help="A trial's key, or its beginning, as in fronts.csv.", show_default=False)],
    *,
    out: Out = None,
    to: Annotated[Path, typer.Option(help="The file to write.")] = Path("network.safetensors"),
) -> None:
    """Write a trial's network as a plain safetensors state dict."""
    commands.export_network(name, key, out=out, to=to)


@app.command()
def pick(
    run: Annotated[str, typer.Argument(help="A study's output folder, or its name.", show_default=False)],
    *,
    knee: Annotated[str | None, typer.Option(help="By this rule: chord or weights.", show_default="chord")] = None,
    max_l1: Annotated[float | None, typer.Option(help="The best cross entropy with this l1 at most.")] = None,
    max_nonzeros: Annotated[int | None, typer.Option(help="The best with so many nonzeros at most.")] = None,
    max_error_increase: Annotated[float | None, typer.Option(help=SPARSEST, metavar="POINTS")] = None,
    method: Annotated[str | None, typer.Option(help="Pick from this method's runs alone.", show_default="all")] = None,
    storage: Storage = None,
) -> None:
    """Pick a network of a finished study by one rule; validation chooses, test is only reported."""
    rule = {"knee": knee, "max_l1": max_l1, "max_nonzeros": max_nonzeros, "max_error_increase": max_error_increase}
    pick_network(run, rule, method=method, storage=storage)


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="A data set: mnist.", show_default=False)]) -> None:
    """Fetch a data set into the cache, checked by SHA-256."""
    commands.fetch_data(name)


def main() -> None:
    """The ``frontsearch`` console script."""
    _guarded(app)


def main_study() -> None:
    """``python -m frontsearch.study``."""
    _guarded(study_app)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cluster(dask: str | None, *, mpi: bool) -> "Cluster | None":
    """Who trains instead of this machine's processes, if somebody does."""
    if dask is None and not mpi:
        return None
    if dask is not None and mpi:
        raise UserError("--dask and --mpi are two clusters; give one of them.")
    with importing():
        from frontsearch.workers import dask_cluster, mpi_cluster  # noqa: PLC0415 - imports torch
    return mpi_cluster(MPI_COMMAND) if dask is None else dask_cluster(dask)


def _guarded(application: typer.Typer) -> None:
    """Ends the process: 0 done, 2 the user's mistake in one sentence, 130 interrupted."""
    try:
        code = application(standalone_mode=False)
    except Exception as error:
        if (ending := _ending(error)) is None:
            raise
        _end(*ending)
    if code == 130:
        _end(INTERRUPTED, 130)
    sys.exit(code or 0)


def _ending(error: BaseException) -> tuple[str, int] | None:
    """Sentence and exit code; None for what is neither an interruption nor the user's mistake."""
    if _interrupted(error):
        return INTERRUPTED, 130
    if isinstance(error, UserError):
        return str(error), 2
    if lost := storage_failure(error):
        return lost, 2
    if isinstance(error, PermissionError) and error.filename:
        return f"{error.filename} must be ours to use: {error.strerror}.", 2
    return (error.format_message(), 2) if isinstance(error, TyperException) else None


def _interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind it: what cleans up after one, as the lock of a journal, may fail over that in turn."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _end(sentence: str, code: int) -> None:
    print(one_line(sentence), file=sys.stderr)  # noqa: T201 - the console's own channel
    sys.exit(code)
