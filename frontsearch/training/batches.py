"""Mini-batches of a split."""

from collections.abc import Iterator

import torch

from frontsearch.tasks import Examples


def batches(examples: Examples, size: int, *, seed: int) -> Iterator[Examples]:
    """Endless mini-batches, shuffled anew in each epoch; the last batch of an epoch may be smaller."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(len(examples.targets), generator=generator).to(examples.targets.device)
        for rows in order.split(size):
            yield Examples(*(tensor.index_select(0, rows) for tensor in examples))
