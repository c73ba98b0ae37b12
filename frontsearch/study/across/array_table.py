"""``array_table``: a table from numpy's files, such as the ``F`` of a pymoo ``Result``; never from a pickle."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontsearch.errors import UserError
from frontsearch.folder import read_regular
from frontsearch.study.across.table import Row, Table

OBJECTIVES = "F"  # pymoo's name of the matrix of objectives
MOST_BYTES = 10**8
MAGIC = (b"\x93NUMPY", b"PK")  # that .npy and .npz files begin with; numpy takes others for pickles


def array_table(path: Path) -> Table:
    """The table in an ``.npy`` or ``.npz`` file.

    A matrix, which an archive must call ``F``, has a point in each row; its columns are called 0, 1, 2, ... Further
    arrays of an archive that have a number for each point are columns by their own names.

    Raises:
        UserError: When the file cannot be read or has no such arrays.
    """
    try:
        if not read_regular(path, most=MOST_BYTES).startswith(MAGIC):
            raise ValueError("it is neither an .npy nor an .npz file")  # noqa: TRY301 - one sentence for all mistakes
        arrays = _arrays(path)
    except (OSError, ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, RuntimeError) as error:
        raise UserError(
            f"--import {path} must be a file of numbers that numpy's save or savez wrote; it cannot be read: {error}."
        ) from error
    matrix = arrays.get(OBJECTIVES)
    if matrix is not None and matrix.ndim == 2 and matrix.shape[1] != 2:
        raise UserError(
            f"--import {path} must have two objectives in {OBJECTIVES!r}, the loss and the norm; found "
            f"{matrix.shape[1]}: save those two columns alone."
        )
    columns = _columns(arrays)
    if not columns:
        raise UserError(
            f"--import {path} must have an array {OBJECTIVES!r} with a row for each point, or an array for each column;"
            f" found {', '.join(f'{name!r} of shape {array.shape}' for name, array in arrays.items()) or 'none'}."
        )
    rows = (
        Row(where=f"{path}, row {place}", key=f"#{place}", cells=dict(zip(columns, map(repr, numbers), strict=True)))
        for place, numbers in enumerate(np.column_stack(list(columns.values())).tolist())
    )
    return Table(source=str(path), columns=tuple(columns), rows=rows)


def _arrays(path: Path) -> dict[str, NDArray[np.float64]]:
    """The arrays of numbers in a file, by name; the only one of an ``.npy`` file is ``F``."""
    loaded = np.load(path, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return {OBJECTIVES: _floats(loaded)}
    with loaded:
        _check_size(loaded.zip)
        return {name: _floats(array) for name in loaded.files if (array := loaded[name]).dtype.kind in "fiub"}


def _check_size(archive: "zipfile.ZipFile | None") -> None:
    """Refuses an archive whose content is much larger than itself."""
    size = sum(member.file_size for member in archive.infolist()) if archive else 0
    if size > MOST_BYTES:
        raise ValueError(f"it must have at most {MOST_BYTES / 1e6:,.0f} MB; unpacked it has {size / 1e6:,.0f}")


def _floats(array: NDArray[Any]) -> NDArray[np.float64]:
    if array.dtype.kind not in "fiub":
        raise ValueError(f"it must have numbers; found {array.dtype}")
    return array.astype(np.float64)


def _columns(arrays: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """The columns by name, all as long as the matrix or, without one, as the first."""
    matrix = arrays.get(OBJECTIVES)
    found = {} if matrix is None or matrix.ndim != 2 else {str(place): row for place, row in enumerate(matrix.T)}
    vectors = {name: array for name, array in arrays.items() if array.ndim == 1}
    length = next((len(column) for column in (*found.values(), *vectors.values())), 0)
    return found | {name: array for name, array in vectors.items() if len(array) == length}
