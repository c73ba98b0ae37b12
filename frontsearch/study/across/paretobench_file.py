"""A program that prints the content of ParetoBench's HDF5 file as JSON; ``paretobench_table.py`` starts it.

The HDF5 library may crash on a damaged file, or never come back, so it reads in a process of its own. This file imports
nothing of frontsearch, so that the process starts within a second.
"""

import json
import math
import sys
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

MOST_NUMBERS = 10**7
RUN = "run_"
OLD_DIRECTIONS = {"1.0.0": ">"}  # of constraints, by the version of files that do not state them


def content(path: str) -> dict[str, Any]:
    """The experiment's name and its runs, in the order of their numbers.

    A run has its ``name``, ``problem`` and ``metadata``, the ``names`` of its objectives or None, their
    ``directions``, the ``count`` of all points, and the ``points`` that meet all constraints with their ``places``.
    """
    with h5py.File(path, "r") as file:
        version = str(file.attrs["file_version"])
        runs = sorted((group for group in file if group.startswith(RUN)), key=lambda group: (len(group), group))
        return {"name": str(file.attrs["name"]), "runs": [_run(file[group], version) for group in runs]}


def _run(run: h5py.Group, version: str) -> dict[str, Any]:
    objectives, constraints = _matrix(run, "f"), _matrix(run, "g")
    names, metadata = run["f"].attrs.get("names"), run["metadata"].attrs
    places = np.flatnonzero(_feasible(run["g"].attrs, constraints, version))
    return {
        "name": run.name.strip("/"),
        "problem": str(run.attrs["problem"]),
        "metadata": {name: str(metadata[name]) for name in ("method", "repeat") if name in metadata},
        "names": None if names is None else list(map(str, names)),
        "directions": str(run["f"].attrs.get("directions", "-" * objectives.shape[-1])),
        "count": len(objectives),
        "places": places.tolist(),
        "points": objectives[places].tolist(),
    }


def _matrix(run: h5py.Group, name: str) -> NDArray[np.float64]:
    """One of a run's matrices; whatever would be read from another file, or is too large, is refused."""
    found = run[name]
    if found.file != run.file or found.external or found.is_virtual:
        raise ValueError(f"{name} must lie in the file itself")
    if math.prod(found.shape) > MOST_NUMBERS:
        raise ValueError(f"{name} must have at most {MOST_NUMBERS:,} numbers; it has {math.prod(found.shape):,}")
    matrix = np.asarray(found[()], dtype=np.float64)
    return matrix if matrix.ndim == 2 else np.empty((0, 0))  # a run without generations has a number


def _feasible(attributes: Any, constraints: NDArray[np.float64], version: str) -> NDArray[np.bool_]:  # noqa: ANN401
    count = constraints.shape[-1]
    directions = str(attributes.get("directions", OLD_DIRECTIONS.get(version, "<") * count))
    targets = np.asarray(attributes.get("targets", np.zeros(count)), dtype=np.float64)
    signs = np.array([1.0 if direction == "<" else -1.0 for direction in directions])
    met: NDArray[np.bool_] = np.logical_and.reduce(signs * (constraints - targets) <= 0, axis=-1)
    return met


if __name__ == "__main__":
    json.dump(content(sys.argv[1]), sys.stdout)
