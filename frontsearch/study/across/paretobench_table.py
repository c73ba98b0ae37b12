"""``paretobench_table``: a table from ParetoBench's HDF5 file, read without ParetoBench."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from frontsearch.errors import UserError, one_line
from frontsearch.folder import read_regular
from frontsearch.names import METHOD, REPEAT
from frontsearch.study.across.table import Row, Table

MOST_BYTES = 10**8
SECONDS = 60  # that reading may take; a file of MOST_BYTES takes few
PROGRAM = Path(__file__).with_name("paretobench_file.py")

Run = Mapping[str, Any]


def paretobench_table(path: Path) -> Table:
    """The feasible points of all generations of all runs in a file of ParetoBench's ``Experiment.save``.

    Objectives are columns by their names or, without those, by their numbers. The experiment's name is the method and
    the runs are its repeats, unless a run's metadata has ``method`` and ``repeat``, as in files of frontsearch.

    Raises:
        UserError: When h5py is missing, or the file cannot be read, is of several problems, has no feasible point, or
            has other objectives than two that are minimised.
    """
    if find_spec("h5py") is None:
        raise UserError(f"--import {path} needs h5py: pip install 'frontsearch[paretobench]' brings it.")
    try:
        read_regular(path, most=MOST_BYTES)
        content = _content(path)
    except (OSError, ValueError) as error:
        raise UserError(
            f"--import {path} must be an HDF5 file that ParetoBench wrote; it cannot be read: {one_line(str(error))}."
        ) from error
    runs = content["runs"]
    _check(runs, path)
    method = one_line(content["name"]) or path.stem
    rows = [row for repeat, run in enumerate(runs) for row in _rows(run, path, method=method, repeat=repeat)]
    columns = tuple(dict.fromkeys(column for row in rows for column in row.cells))
    return Table(source=str(path), columns=columns, rows=rows)


def _content(path: Path) -> dict[str, Any]:
    """What the program that reads the file prints.

    Raises:
        ValueError: If it fails, crashes or does not end in time.
    """
    command = [sys.executable, "-P", str(PROGRAM), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)  # noqa: S603 - ours
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"the HDF5 library did not end within {SECONDS:g} seconds; is the file damaged?") from error
    except subprocess.CalledProcessError as error:
        if error.returncode < 0:
            raise ValueError("the HDF5 library crashed; is the file damaged?") from error
        raise ValueError(error.stderr.strip().rpartition("\n")[2].partition(": ")[2]) from error
    return found


def _check(runs: list[Run], path: Path) -> None:
    problems = {run["problem"] for run in runs}
    if len(problems) > 1:
        raise UserError(
            f"--import {path} must have runs on one problem, the task of the other runs; found "
            f"{', '.join(map(repr, sorted(problems)))}."
        )
    for run in runs:
        if "+" in run["directions"] or len(run["directions"]) not in {0, 2}:  # 0 without generations
            raise UserError(
                f"--import {path} must minimise two objectives, the loss and the norm; in {run['name']} the directions "
                f"are {run['directions']!r}."
            )
    if not any(run["points"] for run in runs):
        count = sum(run["count"] for run in runs)
        raise UserError(f"--import {path} must have a point that meets all constraints; found none among {count:,}.")


def _rows(run: Run, path: Path, *, method: str, repeat: int) -> Iterator[Row]:
    names = {METHOD: method, REPEAT: str(repeat), **{name: one_line(text) for name, text in run["metadata"].items()}}
    columns = run["names"] or list(map(str, range(len(run["directions"]))))
    for place, point in zip(run["places"], run["points"], strict=True):
        cells = dict(zip(columns, map(repr, point), strict=True))
        where = f"{path}, {run['name']}, point {place}"
        yield Row(where=where, key=f"#{run['name'].rpartition('_')[2]}.{place}", cells={**names, **cells})
