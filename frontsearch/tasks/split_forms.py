"""The three splits of a task from what people have: any form of examples; validation and test are drawn if missing."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from frontsearch.errors import check, one_line
from frontsearch.names import SPLITS, Split
from frontsearch.tasks.examples import Examples
from frontsearch.tasks.on_demand import CHUNK, ExamplesOnDemand, fits_in_memory
from frontsearch.tasks.reading import UnreadableItemError, as_examples
from frontsearch.tasks.splits import stratified_split

SPLIT_SEED = 0
FORMS = "a pair of inputs and targets (tensors, arrays, a tuple or dictionary of them) or a torch Dataset of such pairs"


AnyExamples = Examples | ExamplesOnDemand


def resolved_splits(splits: Mapping[Any, object], held_out: float, *, floats: torch.dtype) -> dict[Split, AnyExamples]:
    """The examples of every split; one that is missing is drawn from the training examples.

    Drawn splits are the same in every run. They keep the shares of the classes if every class has enough examples.

    Args:
        splits: Examples by split, in any form that ``Task`` takes.
        held_out: Share of the training examples in each split that is drawn.
        floats: The dtype of floating-point numbers that are in no tensor yet.

    Raises:
        ValueError: If ``train`` is missing, a split is unknown, empty or not made of examples, inputs and targets
            differ in number, a number is NaN or infinite, or splits differ in shapes or dtypes.
    """
    found = list(splits) if isinstance(splits, Mapping) else type(splits).__name__
    named = isinstance(splits, Mapping) and set(splits) <= set(SPLITS) and "train" in splits
    check("splits", found, "a mapping of train and, if you have them, validation and test", holds=named)
    valid = isinstance(held_out, float) and 0 < held_out < 0.5
    check("held_out", held_out, "a share between 0 and 0.5", holds=valid)
    given = [split for split in SPLITS if split in splits]
    examples: dict[Split, AnyExamples] = {split: _read(split, splits[split], floats) for split in given}
    _check_alike(examples)
    missing = [split for split in SPLITS if split not in examples]
    count = round(held_out * len(examples["train"].targets))
    for split in missing:
        examples["train"], examples[split] = _drawn(examples["train"], count)
    return {split: examples[split] for split in SPLITS}


def _read(split: str, found: object, floats: torch.dtype) -> AnyExamples:
    name = f"splits[{split!r}]"
    check_piece = partial(_check_finite, name)
    try:
        examples = as_examples(found, check_piece, floats)
    except UnreadableItemError as error:
        raise ValueError(f"`{name}` must be a Dataset whose items can all be read; {error}") from error.__cause__
    except (TypeError, RuntimeError) as error:
        detail = one_line(str(error)).rstrip(".") or type(found).__name__
        raise ValueError(f"`{name}` must be {FORMS}; found {detail}.") from error
    counts = {part: shape[0] if shape else 0 for part, (shape, _) in examples.forms.items()}
    rule = "as many inputs as targets, at least one of each"
    check(name, counts, rule, holds=len(set(counts.values())) == 1 and min(counts.values()) > 0)
    if isinstance(examples, Examples):
        for piece in examples.pieces(CHUNK):
            check_piece(piece)
    return examples


def _check_finite(name: str, piece: Examples) -> None:
    for part, tensor in piece.tensors.items():
        finite = not tensor.is_floating_point() or bool(torch.isfinite(tensor).all())
        check(f"{name}.{part}", "NaN or infinity", "finite numbers; fill or drop the others", holds=finite)


def _check_alike(examples: Mapping[Split, AnyExamples]) -> None:
    """Raises unless all splits have the training examples' parts, shapes and dtypes."""
    for split, found in examples.items():
        form, expected = _form(found), _form(examples["train"])
        rule = f"of the parts, shapes and dtypes of the training examples, {expected}"
        check(f"splits[{split!r}]", form, rule, holds=form == expected)


def _form(examples: AnyExamples) -> dict[str, str]:
    return {part: f"{shape[1:]} {str(dtype).removeprefix('torch.')}" for part, (shape, dtype) in examples.forms.items()}


def _drawn(examples: AnyExamples, count: int) -> tuple[AnyExamples, AnyExamples]:
    """The examples in two parts, the second of this size; read on demand if a copy would not fit into memory."""
    rows, targets = np.arange(len(examples.targets)), examples.targets
    check("splits['train']", len(rows), "enough examples to hold some out, or all splits given", holds=count > 0)
    if _can_stratify(targets, count):
        parts = stratified_split(rows, targets.cpu().numpy(), count=count, seed=SPLIT_SEED)
    else:
        shuffled = np.random.default_rng(SPLIT_SEED).permutation(rows)
        parts = np.sort(shuffled[count:]), np.sort(shuffled[:count])
    if isinstance(examples, Examples) and not fits_in_memory(sum(each.nbytes for each in examples.tensors.values())):
        examples = ExamplesOnDemand(examples, torch.as_tensor(rows), targets)
    return examples.rows(parts[0]), examples.rows(parts[1])


def _can_stratify(targets: Tensor, count: int) -> bool:
    """Whether the targets are classes with two examples or more, and fewer than the drawn examples."""
    if targets.is_floating_point() or targets.ndim != 1:
        return False
    counts = torch.unique(targets, return_counts=True)[1]
    return int(counts.min()) >= 2 and len(counts) <= min(count, len(targets) - count)
