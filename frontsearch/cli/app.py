"""The command lines of ``frontsearch`` and ``python -m frontsearch.study``: options, help texts and exit codes.

Every command imports its module when it is called: help, and mistakes in a command line, need none of them.
"""

from pathlib import Path
from typing import Annotated

import typer

from frontsearch.cli import exits
from frontsearch.cli.export_commands import bench, export
from frontsearch.cli.flags import Command, Group, with_room
from frontsearch.cli.interruption import importing
from frontsearch.cli.pick_command import pick
from frontsearch.cli.shared_options import Json, List, Out, Run, Storage, Version, print_names
from frontsearch.errors import UserError, shown

app = typer.Typer(
    cls=Group,
    help="Find sparse versions of a neural network, from most accurate to smallest, and compare the methods that do.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
study_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

MPI_COMMAND = "mpiexec -n 3 python -m mpi4py.futures -m frontsearch.study NAME --mpi"
FROM_STUDY = "from the study"
MOST_JOBS = 10_000  # more processes than any machine can start
STUDY = "A study's name or the path of its TOML file."
RUNS = (
    "Finished runs of one task: an output folder, a study's name or its TOML file, FOLDER/METHOD or "
    "FOLDER/METHOD/REPEAT. They are not changed."
)
IMPORT = (
    "Fronts from elsewhere: a CSV file with columns cross_entropy (the loss) and l1, an array F in an .npz or .npy "
    "file, ParetoBench's .h5 file, or an Optuna storage, URL or URL#STUDY. May be repeated."
)
COLUMNS = (
    "A column of what --import reads that has another name there, or a number: cross_entropy=0. May be repeated; of "
    "several names for one column, each import takes the first that it has."
)
PARETOBENCH = "Write a ParetoBench file of each method, too, to the subfolder paretobench."
SEED_FROM = (
    "Start the searches from the trials of an earlier run: FOLDER, FOLDER/METHOD or FOLDER/METHOD/REPEAT. "
    "They are not charged to the budget and not reported."
)
JOBS = "Number of worker processes; with --dask or --mpi, number of trainings in flight."
DASK = "Train on a Dask cluster; ADDRESS is its scheduler, tcp://HOST:PORT."
MPI = f"Train on the other processes of an MPI job. Start it with: {MPI_COMMAND}"
COMPILE = (
    "Use torch.compile; ignored where there is no C++ compiler. Slower for the mnist networks on a CPU. It changes the "
    "last bits of a training but not its key, so use a separate output folder."
)
TARGET = (
    "Search near a target: sparsity=0.98, nonzeros=3000, error_increase=0.5 (percentage points) or metric_gap=0.02 (in "
    "the unit of the task's first metric)."
)
EVALUATE = "Compute the figures of the networks on the fronts again from their checkpoints, and compare."


@app.callback(invoke_without_command=True)
def options(context: typer.Context, *, list_: List = False, json: Json = False, _version: Version = False) -> None:
    """Options that need no command."""
    if list_:
        print_names(json=json)
        raise typer.Exit
    if context.invoked_subcommand is None or json:
        raise UserError("Name a command, and its options after it; --help lists the commands.")


@study_app.command(cls=Command)
@app.command(cls=Command)
def study(
    *,
    name: Annotated[str, typer.Argument(help=STUDY, show_default=False)] = "",
    methods: Annotated[str | None, typer.Option(help="Methods, separated by commas.", show_default=FROM_STUDY)] = None,
    epochs: Annotated[
        float | None, typer.Option(help="Budget of each run, in epochs.", show_default=FROM_STUDY)
    ] = None,
    repeats: Annotated[int | None, typer.Option(help="Number of runs of each method.", show_default=FROM_STUDY)] = None,
    seed: Annotated[int | None, typer.Option(help="Root of all random seeds.", show_default=FROM_STUDY)] = None,
    jobs: Annotated[int | None, typer.Option(help=JOBS, show_default="one per core, or per cluster worker")] = None,
    dask: Annotated[str | None, typer.Option(help=DASK, metavar="ADDRESS")] = None,
    mpi: Annotated[bool, typer.Option("--mpi", help=MPI)] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    compile_: Annotated[bool, typer.Option("--compile", help=COMPILE)] = False,
    out: Out = None,
    storage: Storage = None,
    target: Annotated[str | None, typer.Option(help=TARGET, metavar="METRIC=VALUE", show_default=FROM_STUDY)] = None,
    seed_from: Annotated[str | None, typer.Option(help=SEED_FROM, metavar="RUN", show_default=FROM_STUDY)] = None,
    report_only: Annotated[bool, typer.Option("--report-only", help="Report what is there; train nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    json: Json = False,
    list_: List = False,
) -> None:
    """Run a study and write its report. Run it again to continue an interrupted one."""
    if list_:
        print_names(json=json)
        return
    if jobs is not None and not 1 <= jobs <= MOST_JOBS:
        raise UserError(f"--jobs must be from 1 to {MOST_JOBS:,}; found {shown(jobs)}.")
    with importing():
        from frontsearch.cli import study_command  # noqa: PLC0415
    given = {
        "epochs": epochs, "repeats": repeats, "seed": seed, "methods": study_command.names_of(methods),
        "seed_from": seed_from, "target": study_command.target_of(target),
    }  # fmt: skip
    asked = {key: value for key, value in given.items() if value is not None}
    options = study_command.StudyOptions(
        overrides=asked, out=out, storage=storage, jobs=jobs, device=device, compile=compile_, json=json, quiet=quiet,
        report_only=report_only, cluster=study_command.cluster_of(dask, mpi_command=MPI_COMMAND if mpi else None),
    )  # fmt: skip
    study_command.run(name, options)


@app.command(cls=Command)
def report(run: Run, *, out: Out = None, storage: Storage = None, json: Json = False) -> None:
    """Write the report of a study again, from its recorded trials."""
    with importing():
        from frontsearch.cli import study_command  # noqa: PLC0415

    study_command.report(run, study_command.StudyOptions(out=out, storage=storage, report_only=True, json=json))


@app.command(cls=Command)
def compare(
    runs: Annotated[list[str], typer.Argument(help=RUNS, metavar="RUN...", show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help="Output folder, outside the runs.", show_default=False, callback=with_room)],
    import_: Annotated[list[str] | None, typer.Option("--import", help=IMPORT, metavar="FRONT")] = None,
    columns: Annotated[list[str] | None, typer.Option(help=COLUMNS, metavar="NAME=THEIRS")] = None,
    paretobench: Annotated[bool, typer.Option("--paretobench", help=PARETOBENCH)] = False,
) -> None:
    """Compare finished runs of one task, and fronts from elsewhere, in one report."""
    with importing():
        from frontsearch.cli import commands  # noqa: PLC0415

    commands.compare_runs(runs, import_ or [], out=out, columns=columns or [], paretobench=paretobench)


@app.command(cls=Command)
def tables(
    run: Run,
    *,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the files.", show_default="tables in RUN", callback=with_room)
    ] = None,
) -> None:
    """Write every table of a report as LaTeX (with booktabs) and Markdown."""
    with importing():
        from frontsearch.cli import commands  # noqa: PLC0415

    commands.write_report_tables(run, out=out)


@app.command(cls=Command)
def dashboard(
    run: Run,
    *,
    out: Out = None,
    storage: Storage = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 picks a free one.", min=0, max=65535)] = 8080,
) -> None:
    """Serve Optuna's dashboard for a study on 127.0.0.1."""
    with importing():
        from frontsearch.cli import commands  # noqa: PLC0415

    commands.serve_dashboard(run, out=out, storage=storage, port=port)


app.command(cls=Command)(export)
app.command(cls=Command)(bench)


app.command(cls=Command)(pick)


@app.command(cls=Command)
def verify(
    run: Run,
    *,
    out: Out = None,
    storage: Storage = None,
    evaluate: Annotated[bool, typer.Option("--evaluate", help=EVALUATE)] = False,
) -> None:
    """Check that a study's trials, keys, checkpoints and learning curves fit: exit code 0 if all do, 1 if not."""
    with importing():
        from frontsearch.cli import verifying  # noqa: PLC0415

    if not verifying.print_verification(run, out=out, storage=storage, evaluate=evaluate):
        raise typer.Exit(1)


@app.command(cls=Command)
def init(
    name: Annotated[str, typer.Argument(help="Name of the new files, NAME.py and NAME.toml.", show_default=False)],
) -> None:
    """Write a task and a study file to start from with a network and data of your own."""
    with importing():
        from frontsearch.cli import starting  # noqa: PLC0415

    starting.write_example(name)


@app.command(cls=Command)
def fetch(
    name: Annotated[str, typer.Argument(help="A data set: mnist, fashion or cifar10.", show_default=False)],
) -> None:
    """Download a data set into the cache and verify its SHA-256."""
    with importing():
        from frontsearch.cli import commands  # noqa: PLC0415

    commands.fetch_data(name)


def main() -> None:
    """The ``frontsearch`` console script."""
    exits.run(app)


def main_study() -> None:
    """``python -m frontsearch.study``."""
    exits.run(study_app)
