"""Mini-batches of a split."""

from collections.abc import Iterator

import torch

from frontsearch.tasks import Examples


def batches(examples: Examples, size: int, *, seed: int) -> Iterator[Examples]:
    """Endless mini-batches, shuffled anew in each epoch.

    The last batch of an epoch may be smaller. A single example that would be left joins the batch before it, as batch
    normalisation needs two.
    """
    generator = torch.Generator().manual_seed(seed)
    count = len(examples.targets)
    sizes = batch_sizes(count, size)
    while True:
        order = torch.randperm(count, generator=generator).to(examples.targets.device)
        for rows in order.split(sizes):
            yield examples.rows(rows)


def batch_sizes(count: int, size: int) -> list[int]:
    """Sizes of the batches of one epoch over ``count`` examples."""
    full, rest = divmod(count, size)
    if rest == 1 and full and size > 1:
        return [size] * (full - 1) + [size + 1]
    return [size] * full + [rest] * (rest > 0)
