"""Examples from the many forms in which people have them."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset, default_collate

from frontsearch.errors import in_words
from frontsearch.tasks.examples import Examples, Inputs
from frontsearch.tasks.on_demand import CHUNK, ExamplesOnDemand, fits_in_memory
from frontsearch.tasks.seeding import seeded

CheckPiece = Callable[[Examples], None]


def as_examples(found: object, check_piece: CheckPiece, floats: torch.dtype) -> Examples | ExamplesOnDemand:
    """Examples from a pair of inputs and targets, or from a torch ``Dataset`` of such pairs.

    Whatever NumPy can read as an array becomes a tensor: floating-point numbers of one dtype, whole numbers as 64-bit
    integers. Tensors stay as they are. A ``Dataset`` is read into memory once, or on demand if its first
    example times its length is more than a quarter of the machine's memory.

    Args:
        found: The data.
        check_piece: Called with all examples of a ``Dataset`` that is read on demand, piece by piece.
        floats: The dtype of floating-point numbers that are in no tensor yet.

    Raises:
        TypeError: If it is neither.
        RuntimeError: If the examples of a ``Dataset`` differ in shape.
        UnreadableItemError: If an item of a ``Dataset`` raises an error.
    """
    if isinstance(found, ExamplesOnDemand):
        return found
    if isinstance(found, TensorDataset):
        *inputs, targets = found.tensors
        found = (inputs[0] if len(inputs) == 1 else tuple(inputs), targets) if inputs else found.tensors
    if isinstance(found, Dataset):
        return _of_dataset(found, check_piece, floats)
    if not isinstance(found, tuple | list) or len(found) != 2:
        batches = "; give its `dataset`, as batches are made here" if isinstance(found, DataLoader) else ""
        raise TypeError(f"{type(found).__name__}{batches}")
    inputs, targets = found
    return Examples(_as_inputs(inputs, floats), _as_targets(targets, floats))


def _of_dataset(
    dataset: Any,  # noqa: ANN401 - of any items
    check_piece: CheckPiece,
    floats: torch.dtype,
) -> Examples | ExamplesOnDemand:
    with seeded(0):  # for what an item draws from torch's global generator
        if isinstance(dataset, IterableDataset):
            return collated(list(_iterated(dataset)), floats)
        count = len(dataset)
        first = collated([_item(dataset, 0)] if count else [], floats)
        size = count * sum(tensor.nbytes for tensor in first.tensors.values())
        if fits_in_memory(size):
            return collated([_item(dataset, number) for number in range(count)], floats)
        return _on_demand(DatasetSource(dataset, floats), count, check_piece)


class UnreadableItemError(Exception):
    """An item of a ``Dataset`` that raised an error; the message is the end of a sentence."""


def _item(dataset: Any, number: int) -> object:  # noqa: ANN401 - of any items
    try:
        return dataset[number]
    except Exception as error:  # anything may go wrong in code of the user's
        raise UnreadableItemError(f"item {number} raised {in_words(error)}") from error


def _iterated(dataset: IterableDataset[Any]) -> Iterator[object]:
    number = 0
    try:
        for item in dataset:
            yield item
            number += 1
    except Exception as error:
        raise UnreadableItemError(f"item {number} raised {in_words(error)}") from error


@dataclass(frozen=True, eq=False)
class DatasetSource:
    """Reads examples from a map-style ``Dataset``, in this process."""

    dataset: Dataset[Any]
    floats: torch.dtype

    def rows(self, rows: Tensor) -> Examples:
        """The examples with these numbers, in this order."""
        return collated([_item(self.dataset, number) for number in rows.tolist()], self.floats)


def _on_demand(source: DatasetSource, count: int, check_piece: CheckPiece) -> ExamplesOnDemand:
    """Reads all targets once, and looks at the inputs in passing."""
    targets, numbers = [], torch.arange(count)
    for rows in numbers.split(CHUNK):
        piece = source.rows(rows)
        check_piece(piece)
        targets.append(piece.targets)
    return ExamplesOnDemand(source, numbers, torch.cat(targets))


def collated(items: Sequence[object], floats: torch.dtype) -> Examples:
    """Examples from items of a ``Dataset``.

    Raises:
        TypeError: If an item is no pair of inputs and targets, or there is none.
    """
    if not items:
        raise TypeError("no items at all")
    inputs, targets = default_collate([_pair(item, floats) for item in items])
    return Examples(tuple(inputs) if isinstance(inputs, list) else inputs, targets)


def _pair(item: object, floats: torch.dtype) -> tuple[Inputs, Tensor]:
    if isinstance(item, tuple | list) and len(item) == 2:
        return _as_inputs(item[0], floats), _as_targets(item[1], floats)
    kind = f"a {type(item).__name__}"
    if isinstance(item, Mapping):
        kind += f" with the keys {', '.join(map(str, item))}"
    elif isinstance(item, tuple | list):
        kind += f" of {len(item)}"
    raise TypeError(f"items that are each {kind}: wrap the Dataset in one whose items are (inputs, targets)")


def _as_inputs(found: object, floats: torch.dtype) -> Inputs:
    if isinstance(found, Mapping):
        return {str(name): _as_tensor(value, floats) for name, value in found.items()}
    several = isinstance(found, tuple | list) and all(hasattr(value, "shape") for value in found)
    if several and isinstance(found, tuple | list):
        return tuple(_as_tensor(value, floats) for value in found)
    return _as_tensor(found, floats)


def _as_targets(found: object, floats: torch.dtype) -> Tensor:
    try:
        return _as_tensor(found, floats)
    except TypeError as error:
        if isinstance(found, Mapping) or (isinstance(found, tuple | list) and any(hasattr(v, "shape") for v in found)):
            raise TypeError("several targets; make them columns of one, which `loss` takes apart again") from error
        raise


def _as_tensor(found: object, floats: torch.dtype) -> Tensor:
    if isinstance(found, Tensor):
        return found
    array = _as_array(found)
    if array.dtype.kind not in "fiub":
        kind = "texts or other objects" if array.dtype.kind == "O" else array.dtype
        remedy = ", such as by `.cat.codes`" if hasattr(found, "cat") else ""
        raise TypeError(f"an array of {kind}; encode them as numbers{remedy}")
    with warnings.catch_warnings():  # of arrays that cannot be written, such as a file mapped for reading
        warnings.simplefilter("ignore", UserWarning)
        tensor = torch.as_tensor(array)
    return tensor.to(floats) if array.dtype.kind == "f" else tensor.to(torch.int64)


def _as_array(found: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401 - of any type
    """An array; of a pandas table, one of floating-point numbers if its columns differ in type or are all boolean."""
    if hasattr(found, "toarray"):
        raise TypeError(f"a sparse {type(found).__name__}; make it dense by `.toarray()`")
    if hasattr(found, "select_dtypes"):
        texts = list(found.select_dtypes(exclude=["number", "bool"]).columns)
        if texts:
            raise TypeError(f"the columns {', '.join(map(str, texts))}, which are no numbers: encode or drop them")
    try:
        array = np.asarray(found)
    except ValueError as error:
        raise TypeError(str(error)) from error
    numbers = array.dtype.kind in "Ob" and hasattr(found, "select_dtypes")
    return found.to_numpy(dtype=float, na_value=np.nan) if numbers else array
