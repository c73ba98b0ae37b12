"""``paretobench_table``: a table from ParetoBench's HDF5 file, read without ParetoBench."""

import math
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from frontsearch.errors import UserError, one_line
from frontsearch.folder import read_regular
from frontsearch.names import METHOD, REPEAT
from frontsearch.study.across.table import Row, Table

if TYPE_CHECKING:
    import h5py

MOST_BYTES = 10**8
MOST_NUMBERS = 10**7
RUN = "run_"
OLD_DIRECTIONS = {"1.0.0": ">"}  # of constraints, by the version of files that do not state them


def paretobench_table(path: Path) -> Table:
    """The feasible points of all generations of all runs in a file of ParetoBench's ``Experiment.save``.

    Objectives are columns by their names or, without those, by their numbers. The experiment's name is the method and
    the runs are its repeats, unless a run's metadata has ``method`` and ``repeat``, as in files of frontsearch.

    Raises:
        UserError: When h5py is missing, or the file cannot be read, is of several problems or maximises an objective.
    """
    h5py = _h5py(path)
    try:
        read_regular(path, most=MOST_BYTES)
        with h5py.File(path, "r") as file:
            _check_problem(file, path)
            version, name = str(file.attrs["file_version"]), one_line(str(file.attrs["name"])) or path.stem
            runs = sorted((group for group in file if group.startswith(RUN)), key=lambda group: (len(group), group))
            rows = [
                row
                for repeat, group in enumerate(runs)
                for row in _rows(file[group], path, method=name, repeat=repeat, version=version)
            ]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RuntimeError) as error:
        raise UserError(
            f"--import {path} must be an HDF5 file that ParetoBench wrote; it cannot be read: {one_line(str(error))}."
        ) from error
    columns = tuple(dict.fromkeys(column for row in rows for column in row.cells))
    return Table(source=str(path), columns=columns, rows=rows)


def _h5py(path: Path) -> ModuleType:
    try:
        import h5py  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UserError(f"--import {path} needs h5py: pip install 'frontsearch[paretobench]' brings it.") from error
    found: ModuleType = h5py
    return found


def _check_problem(file: "h5py.File", path: Path) -> None:
    problems = {str(file[group].attrs["problem"]) for group in file if group.startswith(RUN)}
    if len(problems) > 1:
        raise UserError(
            f"--import {path} must have runs on one problem, the task of the other runs; found "
            f"{', '.join(map(repr, sorted(problems)))}."
        )


def _rows(run: "h5py.Group", path: Path, *, method: str, repeat: int, version: str) -> Iterator[Row]:
    names = {METHOD: method, REPEAT: str(repeat)}
    objectives, constraints = _matrix(run, "f"), _matrix(run, "g")
    count = objectives.shape[-1]
    _check_minimised(run, path, count)
    feasible = _feasible(run["g"].attrs, constraints, version)
    named = run["f"].attrs.get("names")
    columns = list(map(str, range(count) if named is None else named))
    metadata = {name: one_line(str(run["metadata"].attrs[name])) for name in names if name in run["metadata"].attrs}
    for place in np.flatnonzero(feasible).tolist():
        cells = dict(zip(columns, map(repr, objectives[place].tolist()), strict=True))
        where = f"{path}, {run.name.strip('/')}, point {place}"
        yield Row(where=where, key=f"#{run.name.rpartition('_')[2]}.{place}", cells={**names, **metadata, **cells})


def _matrix(run: "h5py.Group", name: str) -> NDArray[np.float64]:
    """One of a run's matrices; whatever would be read from another file, or is too large, is refused."""
    found = run[name]
    if found.file != run.file or found.external or found.is_virtual:
        raise ValueError(f"{name} must lie in the file itself")
    if math.prod(found.shape) > MOST_NUMBERS:
        raise ValueError(f"{name} must have at most {MOST_NUMBERS:,} numbers; it has {math.prod(found.shape):,}")
    matrix = np.asarray(found[()], dtype=np.float64)
    return matrix if matrix.ndim == 2 else np.empty((0, 0))  # a run without generations has a number


def _check_minimised(run: "h5py.Group", path: Path, count: int) -> None:
    directions = str(run["f"].attrs.get("directions", "-" * count))
    if "+" in directions:
        raise UserError(
            f"--import {path} must minimise every objective; in {run.name.strip('/')} the directions are "
            f"{directions!r}."
        )


def _feasible(attributes: Any, constraints: NDArray[np.float64], version: str) -> NDArray[np.bool_]:  # noqa: ANN401
    count = constraints.shape[-1]
    directions = str(attributes.get("directions", OLD_DIRECTIONS.get(version, "<") * count))
    targets = np.asarray(attributes.get("targets", np.zeros(count)), dtype=np.float64)
    signs = np.array([1.0 if direction == "<" else -1.0 for direction in directions])
    met: NDArray[np.bool_] = np.logical_and.reduce(signs * (constraints - targets) <= 0, axis=-1)
    return met
