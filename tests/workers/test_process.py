"""``prepare_process`` keeps subnormal numbers, which slow a processor tenfold, from arising."""

import pytest
import torch

from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.workers import prepare_process

# Nearly all weights die in the first steps; then, over a thousand steps, their moments decay to subnormal numbers.
DYING = Recipe(descent=WeightedSum(l1_weight=10.0), batch_size=8, epochs=7, learning_rate=1e-2)


def subnormal(tensor):
    """Counts subnormal numbers by their bits, as a processor that flushes them compares them as zeros."""
    bits = tensor.view(torch.int32)
    return int(((bits & 0x7F800000 == 0) & (bits & 0x007FFFFF != 0)).sum())


def subnormal_after_training(trainer):
    """Counts subnormal numbers among the weights and moments of the nearly dead network."""
    trial = trainer(DYING)
    assert trial.metrics["nonzeros"] < 10
    network, state = trainer.load_checkpoint(trial.key)
    return sum(subnormal(tensor) for tensors in (network, state) for tensor in tensors.values() if tensor.ndim)


def test_a_nearly_dead_network_leaves_no_subnormal_numbers(trainer):
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor flushes nothing")
    torch.set_flush_denormal(False)
    assert subnormal_after_training(trainer) > 100  # so there is something to flush
    prepare_process()
    assert subnormal_after_training(trainer) == 0
