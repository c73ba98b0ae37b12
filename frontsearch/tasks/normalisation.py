"""The normalisation that a task declares, which exported files carry; nothing here is applied."""

from collections.abc import Mapping

import numpy as np
import torch

from frontsearch.errors import check
from frontsearch.names import Split
from frontsearch.tasks.examples import Examples
from frontsearch.tasks.feature_names import ONE_TABLE
from frontsearch.tasks.on_demand import ExamplesOnDemand

Numbers = tuple[float, ...]


def resolved_normalisation(
    given: object, examples: Mapping[Split, Examples | ExamplesOnDemand]
) -> tuple[Numbers, Numbers] | None:
    """Means and standard deviations, each one number or as many as channels; None if none are given.

    Args:
        given: What the user gave: a pair of numbers, or of sequences, arrays or tensors of them.
        examples: The examples by split, which are normalised already.

    Raises:
        ValueError: If this is no such pair, or the inputs are not one tensor of floating-point numbers.
    """
    if given is None:
        return None
    mean, std = map(_numbers, given if isinstance(given, tuple | list) and len(given) == 2 else (None, None))
    rule = "a pair (mean, std), each a number or a sequence of numbers, or None"
    check("normalisation", given, rule, holds=bool(mean and std))
    forms = examples["train"].forms
    shape, dtype = forms.get(ONE_TABLE, ((), torch.int64))
    found = f"{str(dtype).removeprefix('torch.')} inputs" if shape else "several inputs"
    rule = "None, as only inputs that are one tensor of floating-point numbers can be normalised"
    check("normalisation", found, rule, holds=dtype.is_floating_point)
    channels = shape[1] if len(shape) > 1 else 1
    rule = f"of one mean and std, or {channels} of each, one for each column or channel of the inputs"
    counts = {len(mean), len(std)}
    check("normalisation", f"{len(mean)} and {len(std)}", rule, holds=counts <= {1, channels})
    valid = bool(np.isfinite([*mean, *std]).all()) and min(std) > 0
    check("normalisation", given, "of finite numbers, with every std above 0", holds=valid)
    return mean, std


def _numbers(found: object) -> Numbers:
    """These numbers as plain ones; none if they are something else."""
    try:
        array = np.asarray(found)
    except (TypeError, ValueError, RuntimeError):  # rows of different lengths; a tensor on a GPU or with a gradient
        return ()
    return tuple(array.astype(np.float64).ravel().tolist()) if array.dtype.kind in "fiu" else ()
