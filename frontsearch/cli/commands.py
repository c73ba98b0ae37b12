"""The commands that work on finished studies and data: ``compare``, ``dashboard`` and ``fetch``.

Modules that import torch, which takes seconds, are imported where they are used; help and mistakes need none.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from frontsearch.cli.interruption import importing
from frontsearch.cli.printing import print_line, print_table
from frontsearch.cli.study_command import check_was_run
from frontsearch.errors import UserError, allowed_names
from frontsearch.folder import Folder
from frontsearch.ledger import comparison_name, open_storage
from frontsearch.study import locate_study


def compare_runs(runs: Sequence[str], imports: Sequence[Path], *, out: Path) -> None:
    """Compares finished runs and imported fronts, and prints their table and the path of the report."""
    with importing():
        from frontsearch.study import CrossStudyComparison  # noqa: PLC0415 - imports torch

    comparison = CrossStudyComparison.at(runs, imports).write(out)
    print_table(comparison)
    print_line(f"\nReport:     {Folder(out).report}")


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
