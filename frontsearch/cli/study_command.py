"""``frontsearch study`` and ``frontsearch report``: run a study or a collection, print its table and the next steps."""

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontsearch.cli.interruption import importing
from frontsearch.cli.picking import picks_json
from frontsearch.cli.printing import pasteable, print_json, print_line, print_row, print_table
from frontsearch.cli.shared_options import name_and_value
from frontsearch.comparison import Comparison
from frontsearch.errors import UserError
from frontsearch.folder import Folder, check_no_link, cores
from frontsearch.ledger import hide_password, storage_option, study_names
from frontsearch.report import network_figures, verdict, write_collection_report
from frontsearch.selection import Pick, default_rule, pick
from frontsearch.study import (
    Collection,
    StudyConfig,
    locate_study,
    member_study,
    names_study,
    output_folder,
    read_collection,
    read_study,
    study_as_run,
    study_files,
)
from frontsearch.target import Target

if TYPE_CHECKING:
    from frontsearch.workers import Cluster


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """The options of the ``study`` command; :class:`~frontsearch.study.Session` explains them."""

    overrides: Mapping[str, Any] = field(default_factory=dict)
    out: Path | None = None
    storage: str | None = None
    cluster: "Cluster | None" = None
    jobs: int | None = 1
    device: str = "auto"
    compile: bool = False
    report_only: bool = False
    quiet: bool = False
    json: bool = False


def run(name: str, options: StudyOptions) -> None:
    """Runs a study, or every study of a collection; ``name`` is a name or the path of a file."""
    if not name:
        raise UserError(f"Name a study ({', '.join(study_files())}) or the path of a .toml file.")
    options = replace(options, jobs=options.jobs or (None if options.cluster else cores()))
    if options.compile:
        options = replace(options, compile=_can_compile())
    collection = read_collection(name)
    if collection is None:
        _print_results(*_run_study(*_study(name, options), options), options)
    else:
        _run_collection(name, collection, options)


def cluster_of(dask: str | None, *, mpi_command: str | None) -> "Cluster | None":
    """The cluster to train on; None trains on this machine.

    Args:
        dask: Address of a Dask scheduler.
        mpi_command: The command that starts an MPI job, if this is one.

    Raises:
        UserError: If both are given, or the cluster cannot be used.
    """
    if dask is None and mpi_command is None:
        return None
    if dask is not None and mpi_command is not None:
        raise UserError("--dask and --mpi are two different clusters; choose one.")
    with importing():
        from frontsearch.workers import dask_cluster, mpi_cluster  # noqa: PLC0415 - imports torch
    return dask_cluster(dask) if dask is not None else mpi_cluster(mpi_command or "")


def names_of(text: str | None) -> list[str] | None:
    """The names in a list with commas; None if there is no text."""
    return None if text is None else [name.strip() for name in text.split(",")]


def target_of(text: str | None) -> dict[str, float] | None:
    """The target that ``METRIC=VALUE`` gives, as a study file has it; None if there is no text.

    Raises:
        UserError: When it is no target.
    """
    if text is None:
        return None
    try:
        return Target.of(dict([name_and_value(text)])).as_mapping()
    except ValueError as error:
        raise UserError(f"--target: {error}") from error


def report(run: str, options: StudyOptions) -> None:
    """Reports a study that was run, or every study of a collection."""
    collection = read_collection(run) if names_study(run) else None
    if collection is None:
        _print_results(*_run_study(*locate_study(run, out=options.out), options), options)
    else:
        _run_collection(run, collection, options)


def check_was_run(config: StudyConfig, folder: Folder, storage: str | None) -> None:
    """Checks that a study has results.

    Raises:
        UserError: When the folder holds another study, or neither it nor the storage has a run of this one.
    """
    folder.check_owner(config.name)
    if storage is None:
        if not folder.journal.exists():
            raise UserError(
                f"There is no ledger at {folder.journal}; was the study {config.name} run into this folder, and "
                "without --storage?"
            )
    elif not any(name.startswith(f"{config.name}/") for name in study_names(storage)):
        raise UserError(
            f"--storage {hide_password(storage)!r} has no run of the study {config.name}; has it been run there?"
        )


def _run_study(config: StudyConfig, folder: Folder, options: StudyOptions) -> tuple[Comparison, Folder]:
    if options.report_only:
        check_was_run(config, folder, options.storage)
    with importing():
        from frontsearch.study import Session  # noqa: PLC0415 - imports torch

    session = Session(
        config=config, folder=folder, storage=options.storage, cluster=options.cluster, jobs=options.jobs,
        device=options.device, compile=options.compile, report_only=options.report_only, quiet=options.quiet,
    )  # fmt: skip
    return session.run(), folder


def _print_results(comparison: Comparison, folder: Folder, options: StudyOptions) -> None:
    """Prints the results of a study: as JSON, or as a table and the next steps."""
    if options.json:
        print_json(_as_json(comparison, folder))
    else:
        print_table(comparison)
        _print_next_steps(comparison, folder, storage=options.storage)


def _as_json(comparison: Comparison, folder: Folder) -> dict[str, Any]:
    """The content of ``summary.json``, with the verdict and the network that the rule without a name takes."""
    summary = json.loads((folder.path / "summary.json").read_text(encoding="utf-8"))
    rule = default_rule(comparison.target)
    picked = pick(rule, comparison.runs, measures=comparison.measures, folder=folder.path)
    found = [picked] if isinstance(picked, Pick) else []
    network = picks_json(found, folder, comparison) | {"rule": rule.description(comparison.measures)}
    return {**summary, **network, "report": str(folder.report), "verdict": verdict(comparison)}


def _run_collection(name: str, collection: Collection, options: StudyOptions) -> None:
    """Runs the studies one after the other, each in its own subfolder, then writes the collection's report."""
    folder = Folder(options.out or Path("runs") / collection.name)
    folder.check_owner(collection.name, "of a collection")
    for study in collection.studies:
        check_no_link(folder.path / study)
    results: dict[str, tuple[Comparison, Folder]] = {}
    for study in collection.studies:
        member = replace(options, out=folder.path / study)
        results[study] = _run_study(*_study(member_study(name, study), member), member)
        if not options.json:
            _print_results(*results[study], member)
    comparisons = {study: comparison for study, (comparison, _) in results.items()}
    summaries = {study: json.loads((folder.path / study / "summary.json").read_text()) for study in results}
    write_collection_report(collection.name, folder, summaries=summaries, comparisons=comparisons)
    if options.json:
        studies = {study: _as_json(*result) for study, result in results.items()}
        print_json({"run": str(folder.path), "report": str(folder.report), "studies": studies})
    else:
        print_line(f"\nReport of all {len(results)} studies:  {folder.report}")


def _study(name: str, options: StudyOptions) -> tuple[StudyConfig, Folder]:
    """The study and its folder; a report written again without other options is of the study as it was run."""
    config = read_study(name, options.overrides)
    folder = output_folder(config, options.out)
    if options.report_only and not options.overrides:
        config = study_as_run(config, folder)
    return config, folder


def _can_compile() -> bool:
    """Whether torch.compile works here; a warning on stderr says why not."""
    with importing():
        from frontsearch.training import compiler_error  # noqa: PLC0415 - imports torch

    if fault := compiler_error():
        print(f"--compile is ignored, because torch.compile does not work here: {fault}", file=sys.stderr)  # noqa: T201
    return fault is None


def _print_next_steps(comparison: Comparison, folder: Folder, *, storage: str | None) -> None:
    picked = pick(default_rule(comparison.target), comparison.runs, measures=comparison.measures, folder=folder.path)
    found = picked if isinstance(picked, str) else _recommended(picked, comparison)
    print_line()
    print_row("Network:", found, width=len("Dashboard:  "))
    print_line(f"Report:     {folder.report}")
    run = f"{shlex.quote(str(folder.path))}{storage_option(storage)}"
    print_line(f"Dashboard:  {pasteable(f'frontsearch dashboard {run}')}")
    if isinstance(picked, Pick):
        print_line(f"Show it:    {pasteable(f'frontsearch pick {run}')}")
        print_line(f"Export it:  {pasteable(f'{picked.export}{storage_option(storage)}')}")


def _recommended(picked: Pick, comparison: Comparison) -> str:
    """The network that the rule without a name takes, in words."""
    figures = network_figures(picked.trial.metrics, comparison.measures)
    return f"{picked.trial.key[:8]} by {picked.result.run.method}, {figures}"
