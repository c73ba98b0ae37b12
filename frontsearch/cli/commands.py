"""The commands that work on finished studies and data: ``compare``, ``tables``, ``dashboard`` and ``fetch``.

Modules that import torch, which takes seconds, are imported where they are used; help and mistakes need none.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from frontsearch.cli.interruption import importing
from frontsearch.cli.printing import print_line, print_sentence, print_table
from frontsearch.cli.study_command import check_was_run
from frontsearch.errors import UserError, allowed_names, shown
from frontsearch.folder import Folder
from frontsearch.ledger import comparison_name, open_storage
from frontsearch.report import PARETOBENCH, TABLES, best_sentence, repeats_sentence, write_tables
from frontsearch.study import locate_study, names_study, read_collection


def compare_runs(
    runs: Sequence[str],
    imports: Sequence[str | Path],
    *,
    out: Path,
    columns: Sequence[str] = (),
    paretobench: bool = False,
) -> None:
    """Compares finished runs and imported fronts, and prints their table and the path of the report.

    Args:
        runs: Runs, as the user names them.
        imports: Files and Optuna storages with fronts from elsewhere.
        out: Output folder.
        columns: ``NAME=THEIRS`` for columns of the imports that have another name there.
        paretobench: Whether to write ParetoBench's files, too.
    """
    with importing():
        from frontsearch.study import CrossStudyComparison  # noqa: PLC0415 - imports torch

    across = CrossStudyComparison.at(runs, imports, columns=_renamings(columns))
    comparison = across.write(out)
    print_table(comparison)
    for sentence in filter(None, (best_sentence(comparison), repeats_sentence(comparison))):
        print_sentence(sentence)
    print_line(f"\nReport:     {Folder(out).report}")
    if paretobench:
        across.write_paretobench(out)
        print_line(f"ParetoBench: {out / PARETOBENCH}")


def _renamings(columns: Sequence[str]) -> dict[str, list[str]]:
    """Names elsewhere by ours."""
    renamings: dict[str, list[str]] = {}
    for text in columns:
        ours, separator, theirs = (part.strip() for part in text.partition("="))
        if not (ours and separator and theirs):
            raise UserError(f"--columns must be NAME=THEIRS, such as cross_entropy=loss; found {shown(text)}.")
        renamings.setdefault(ours, []).append(theirs)
    return renamings


def serve_dashboard(run: str, *, out: Path | None, storage: str | None, port: int) -> None:
    """Serves Optuna's dashboard until Ctrl-C."""
    from frontsearch.dashboard import HOST, serving  # noqa: PLC0415 - a second of imports that only this command needs

    config, folder = locate_study(run, out=out)
    check_was_run(config, folder, storage)
    opened = open_storage(folder.journal if storage is None else storage, to_write=False)
    comparison = comparison_name(config.name)
    with serving(opened, folder.artifacts, comparison=comparison, port=port) as server, suppress(KeyboardInterrupt):
        print(f"Dashboard: http://{HOST}:{server.server_port}/  (Ctrl-C stops it)", flush=True)  # noqa: T201
        server.serve_forever()


def fetch_data(name: str) -> None:
    """Downloads a data set into the cache."""
    with importing():
        from frontsearch.tasks import DATA_SETS, cache_folder, fetch  # noqa: PLC0415 - imports torch

    if name not in DATA_SETS:
        raise UserError(f"There is no data set {name!r} to fetch: {allowed_names(name, DATA_SETS)}")
    fetch(DATA_SETS[name])
    print_line(f"{name} is in {cache_folder()}.")


def write_report_tables(run: str, *, out: Path | None) -> None:
    """Writes the tables of a report as LaTeX and Markdown, and prints what they are."""
    folder = _report_folder(run)
    target = out or folder / "tables"
    tables = write_tables(folder, target)
    width = max((len(table.name) for table in tables), default=0)
    for table in tables:
        print_line(f"{table.name:<{width}}  {table.title}")
    print_line(f"\n{len(tables)} tables, each as .tex and .md:  {target}")


def _report_folder(run: str) -> Path:
    """The output folder of a study, a collection or a comparison."""
    if (Path(run) / TABLES).is_file():
        return Path(run)
    collection = read_collection(run) if names_study(run) else None
    return Path("runs") / collection.name if collection else locate_study(run)[1].path
