"""The runs of a method as ParetoBench's HDF5 file, for its metrics, tables and plots."""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontsearch.comparison import Comparison, RunResult
from frontsearch.errors import UserError
from frontsearch.folder import Folder
from frontsearch.front import Front
from frontsearch.names import EPOCHS, METHOD, REPEAT, SECONDS
from frontsearch.trial import Outcome

PARETOBENCH = "paretobench"  # the subfolder
FILE_VERSION = "1.2.0"  # of ParetoBench 0.9
FILE_FORMAT = "ParetoBench Multi-Objective Optimization Data"

Generations = list[tuple[int, NDArray[np.float64]]]


def write_paretobench(comparison: Comparison, folder: Folder, *, problem: str) -> None:
    """Writes a file of each method to the subfolder ``paretobench``: an ``Experiment`` whose runs are the repeats.

    A generation is the front after a training that changed it, and its number of evaluations is that of trainings so
    far; an imported front is one generation. There are no decision variables, as methods differ in theirs.

    Args:
        comparison: The runs to write.
        folder: Output folder.
        problem: Name of the problem, equal in all files that ParetoBench should compare.

    Raises:
        UserError: If h5py is missing or the folder is not writable.
    """
    subfolder = Folder(folder.path / PARETOBENCH)
    for method, file in file_names(comparison.methods).items():
        subfolder.write(file, _experiment(comparison, method, problem=problem))


def file_names(methods: Sequence[str]) -> Mapping[str, str]:
    """A file's name for each method, without characters that a file system may refuse; no two are equal."""
    names: dict[str, str] = {}
    for method in methods:
        plain = re.sub(r"[^\w.-]+", "-", method).strip("-.")[:80] or "method"
        taken = {name.lower() for name in names.values()}
        numbered = (f"{plain}{suffix}.h5" for suffix in ("", *(f"-{number}" for number in range(2, len(methods) + 2))))
        names[method] = next(name for name in numbered if name.lower() not in taken)
    return names


def _experiment(comparison: Comparison, method: str, *, problem: str) -> bytes:
    try:
        import h5py  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UserError("--paretobench needs h5py: pip install 'frontsearch[paretobench]' brings it.") from error
    content, results = io.BytesIO(), comparison.of_method(method)
    with h5py.File(content, "w") as file:
        file.attrs.update({
            "name": method, "author": "", "software": "frontsearch", "software_version": version("frontsearch"),
            "comment": f"{' and '.join(comparison.measures.objectives)} on the {comparison.split} split",
            "creation_time": datetime.now(UTC).isoformat(), "file_version": FILE_VERSION, "file_format": FILE_FORMAT,
        })  # fmt: skip
        digits = len(str(len(results) - 1))
        for number, result in enumerate(results):
            group = file.create_group(f"run_{number:0{digits}d}")
            _write_run(group, result, problem=problem, names=comparison.measures.objectives)
    return content.getvalue()


def _write_run(group: Any, result: RunResult, *, problem: str, names: Sequence[str]) -> None:  # noqa: ANN401
    generations = _generations(result)
    sizes = [len(front) for _, front in generations]
    group.attrs.update({"problem": problem, "pop_sizes": sizes, "fevals": [trained for trained, _ in generations]})
    known = {} if result.imported else {EPOCHS: result.epochs, SECONDS: result.seconds}
    group.create_group("metadata").attrs.update({METHOD: result.run.method, REPEAT: result.run.repeat, **known})
    empty = np.empty((sum(sizes), 0))
    group["x"], group["g"] = empty, empty
    group["f"] = np.concatenate([front for _, front in generations]) if generations else np.empty((0, len(names)))
    group["f"].attrs.update({"names": list(names), "directions": "-" * len(names)})
    group["g"].attrs.update({"directions": "", "targets": np.empty(0)})
    group["x"].attrs.update({"lower_bounds": np.empty(0), "upper_bounds": np.empty(0)})


def _generations(result: RunResult) -> Generations:
    """The fronts after each training that changed it and after the last one, with the number of trainings so far."""
    if result.imported:
        return [(len(result.points), result.front)]
    front: Front[Outcome] = Front.of_trials(())
    generations: Generations = []
    for number, trial in enumerate(result.run.trials, start=1):
        grown = Front.of_trials((*front.trials, trial))
        if len(grown.trials) and not np.array_equal(grown.points, front.points):
            front = grown
            generations.append((number, front.points))
    if generations and generations[-1][0] < len(result.run.trials):
        generations.append((len(result.run.trials), front.points))
    return generations
