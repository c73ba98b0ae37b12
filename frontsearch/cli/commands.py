"""What each command of the console script does.

What imports torch, which takes seconds, is imported where it is used: help, mistakes and picking do without.
"""

import inspect
import json
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from frontsearch.cli.interruption import importing
from frontsearch.comparison import Comparison
from frontsearch.errors import UserError, allowed
from frontsearch.folder import Folder
from frontsearch.ledger import hide_password, open_storage, study_names
from frontsearch.methods import METHODS, Method
from frontsearch.report import collection_html, collection_json, indicator_rows, verdict
from frontsearch.selection import export_command
from frontsearch.study import Collection, StudyConfig, beside, output_folder, read_collection, read_study, study_files

if TYPE_CHECKING:
    from frontsearch.workers import Cluster

FILE_WIDTH = 120  # of the table where no terminal says how wide it is


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """The command line of a study, as :class:`Session` takes it but for the study itself."""

    overrides: Mapping[str, Any] = field(default_factory=dict)
    out: Path | None = None
    storage: str | None = None
    cluster: "Cluster | None" = None
    jobs: int | None = 1
    device: str = "auto"
    compile: bool = False
    report_only: bool = False
    quiet: bool = False


def list_everything() -> None:
    """Prints every study and every method with its first sentence."""
    console = Console(highlight=False)
    studies = {name: (read_collection(name) or read_study(name)).description for name in study_files()}
    methods = {name: _first_sentence(method) for name, method in METHODS.items()}
    for title, entries in (("Studies", studies), ("Methods", methods)):
        console.print(title, style="bold")
        grid = Table.grid(padding=(0, 2))
        for name, sentence in entries.items():
            grid.add_row(Text(f"  {name}"), Text(sentence))
        console.print(grid)


def _first_sentence(method: type[Method]) -> str:
    """What a method's docstring begins with, without its citations."""
    paragraph = " ".join((inspect.getdoc(method) or "").split("\n\n")[0].split())
    return re.sub(r",? \[\w+\]_", "", paragraph)


def run(name: str, options: StudyOptions) -> None:
    """Runs a study, or every study of a collection."""
    if not name:
        raise UserError(f"A study must be named: {', '.join(study_files())}, or the path of a .toml file.")
    if options.compile:
        options = replace(options, compile=_compiles())
    collection = read_collection(name)
    if collection is None:
        run_study(name, options)
    else:
        run_collection(name, collection, options)


def _compiles() -> bool:
    """Whether torch compiles anything here; where it does not, one sentence says so."""
    with importing():
        from frontsearch.training import compiler_fault  # noqa: PLC0415

    if fault := compiler_fault():
        print(f"--compile: torch compiles nothing here, so networks are trained without: {fault}", file=sys.stderr)  # noqa: T201
    return fault is None


def run_collection(name: str, collection: Collection, options: StudyOptions) -> None:
    """Runs the studies one after the other, each in a folder of its own inside the collection's, then sums them up."""
    folder = Folder(options.out or Path("runs") / collection.name)
    folder.claim(collection.name, "of a collection")
    comparisons = {
        study: run_study(beside(name, study), replace(options, out=folder.path / study)) for study in collection.studies
    }
    summaries = {study: json.loads((folder.path / study / "summary.json").read_text()) for study in comparisons}
    folder.write("summary.json", collection_json(collection.name, summaries, comparisons))
    folder.write("report.html", collection_html(collection.name, comparisons))
    print(f"\nAll of {collection.name}:  {folder.report}")  # noqa: T201


def run_study(name: str, options: StudyOptions) -> Comparison:
    """Runs a study, prints its table and the commands that come next."""
    config = _config(name, options.out, options.overrides, report_only=options.report_only)
    folder = output_folder(config, options.out)
    if options.report_only:
        _check_was_run(config, folder, options.storage)
    with importing():
        from frontsearch.study import Session  # noqa: PLC0415

    session = Session(
        config=config, folder=folder, storage=options.storage, cluster=options.cluster, jobs=options.jobs,
        device=options.device, compile=options.compile, report_only=options.report_only, quiet=options.quiet,
    )  # fmt: skip
    comparison = session.run()
    _print_end(name, comparison, folder=folder, options=options)
    return comparison


def compare_runs(runs: Sequence[str], imports: Sequence[Path], *, out: Path) -> None:
    """Compares finished runs and fronts from files, prints their table and where the report is."""
    from frontsearch.study import Across  # noqa: PLC0415 - no other command need wait for it

    comparison = Across.at(runs, imports).write(out)
    console = _console()
    _print_table(comparison, console)
    console.print(f"\nReport:     {Folder(out).report}", markup=False, soft_wrap=True)


def serve_dashboard(name: str, *, out: Path | None, storage: str | None, port: int) -> None:
    """Serves until interrupted."""
    from frontsearch.dashboard import HOST, serving  # noqa: PLC0415 - no other command need wait for it

    config = read_study(name)
    folder = output_folder(config, out)
    _check_was_run(config, folder, storage)
    opened = open_storage(folder.journal if storage is None else storage, to_write=False)
    with serving(opened, folder.artifacts, port=port) as server, suppress(KeyboardInterrupt):
        print(f"Dashboard: http://{HOST}:{server.server_port}/dashboard/  (Ctrl-C ends it)", flush=True)  # noqa: T201
        server.serve_forever()


def _check_was_run(config: StudyConfig, folder: Folder, storage: str | None) -> None:
    folder.claim(config.name)
    if storage is None:
        if not folder.journal.exists():
            raise UserError(
                f"There is no ledger at {folder.journal}; was the study {config.name} run, and with this --out?"
            )
    elif not any(name.startswith(f"{config.name}/") for name in study_names(storage)):
        raise UserError(
            f"--storage {hide_password(storage)!r} has no run of the study {config.name}; was it run there?"
        )


def export_network(name: str, key: str, *, out: Path | None, to: Path) -> None:
    """Writes a trial's weights as a plain state dict."""
    folder = output_folder(read_study(name), out)
    there = sorted(path.stem for path in folder.checkpoints.glob("*.safetensors"))
    found = [stem for stem in there if stem.startswith(key)] if key.isalnum() else []
    if not there:
        raise UserError(f"There are no checkpoints in {folder.checkpoints}; was {name} run, and with this --out?")
    if len(found) != 1:
        what = "More than one checkpoint begins" if found else "No checkpoint begins"
        raise UserError(f"{what} with {key!r} in {folder.checkpoints}; fronts.csv has the keys of those that are kept.")
    with importing():
        from frontsearch.training import Checkpoints  # noqa: PLC0415

    Checkpoints(folder.checkpoints).export(found[0], to)
    print(f"Wrote {to}, a state dict for torch's load_state_dict.")  # noqa: T201


def fetch_data(name: str) -> None:
    """Fetches a data set."""
    with importing():
        from frontsearch.tasks import (  # noqa: PLC0415
            MNIST,
            cache_folder,
            fetch,
        )

    data_sets = {MNIST.name: MNIST}
    if name not in data_sets:
        raise UserError(f"There is no data set {name!r} to fetch: {allowed(name, data_sets)}")
    fetch(data_sets[name])
    print(f"{name} is in {cache_folder()}.")  # noqa: T201


def _config(name: str, out: Path | None, overrides: Mapping[str, Any], *, report_only: bool) -> StudyConfig:
    """The study; what a report is written again of is the study as it was run."""
    config = read_study(name, overrides)
    folder = output_folder(config, out)
    if report_only and not overrides and folder.claim(config.name):
        return read_study(str(folder.study))
    return config


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return console


def _print_table(comparison: Comparison, console: Console) -> None:
    header, *rows = indicator_rows(comparison)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for number, title in enumerate(header):
        first = number == 0
        table.add_column(title, justify="left" if first else "right", no_wrap=first, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)
    for words in (verdict(comparison), *comparison.notes):
        console.print(words, markup=False)


def _print_end(name: str, comparison: Comparison, *, folder: Folder, options: StudyOptions) -> None:
    console = _console()
    _print_table(comparison, console)
    where = f" --out {shlex.quote(str(options.out))}" if options.out else ""
    stored = f" --storage {shlex.quote(hide_password(options.storage))}" if options.storage else ""
    knee = comparison.typical(comparison.ranking[0]).knee
    console.print(f"\nReport:     {folder.report}", markup=False, soft_wrap=True)
    console.print(f"Dashboard:  frontsearch dashboard {shlex.quote(name)}{where}{stored}", markup=False, soft_wrap=True)
    if knee:
        export = export_command(name, knee.trial.key, out=options.out)
        console.print(f"A network:  {export}", markup=False, soft_wrap=True)
