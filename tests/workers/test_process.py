"""What a process is told before it trains: numbers that slow a processor tenfold do not arise."""

import pytest
import torch

from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.workers import prepare_process

# Nearly dead from the first steps on; over a thousand more the first moments decay to the least numbers there are.
DYING = Recipe(descent=WeightedSum(l1_weight=10.0), batch_size=8, epochs=7, learning_rate=1e-2)


def subnormal(tensor):
    """How many there are, by their bits: a processor that flushes them compares them as zeros."""
    bits = tensor.view(torch.int32)
    return int(((bits & 0x7F800000 == 0) & (bits & 0x007FFFFF != 0)).sum())


def left(trainer):
    """The subnormal numbers among the weights and moments of the nearly dead network."""
    trial = trainer(DYING)
    assert trial.metrics["nonzeros"] < 10
    network, state = trainer.load_checkpoint(trial.key)
    return sum(subnormal(tensor) for tensors in (network, state) for tensor in tensors.values() if tensor.ndim)


def test_a_nearly_dead_network_leaves_no_subnormal_numbers(trainer):
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor flushes nothing")
    torch.set_flush_denormal(False)
    assert left(trainer) > 100  # so there is something to flush
    prepare_process()
    assert left(trainer) == 0
