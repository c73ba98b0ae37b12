"""Settings of a process: subnormal numbers, which slow a processor tenfold, do not arise; all can be restored."""

import sys
import threading

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.workers import prepare_process, prepared_process

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


def settings():
    pools = sorted((pool["filepath"], pool["num_threads"]) for pool in threadpool_info())
    return torch.get_num_threads(), sys.float_info.min / 2 == 0, pools


@pytest.fixture
def unprepared():
    """Three threads of each kind and subnormal numbers, whatever other tests have set."""
    threads = torch.get_num_threads()
    with threadpool_limits(3):
        torch.set_num_threads(3)
        torch.set_flush_denormal(False)
        yield settings()
    torch.set_num_threads(threads)


def test_a_block_is_prepared_and_what_was_set_before_is_restored(unprepared):
    assert unprepared[:2] == (3, False)
    with prepared_process():
        inside = settings()
    assert settings() == unprepared
    assert {inside[0], *(threads for _, threads in inside[2])} == {1}
    assert inside[1] == torch.set_flush_denormal(False)  # true where the processor can


def test_settings_are_restored_after_an_exception(unprepared):
    with pytest.raises(KeyError), prepared_process():
        raise KeyError
    assert settings() == unprepared


def test_threads_that_take_turns_restore_what_was_set_before(unprepared):
    found = []

    def work():
        for _ in range(20):
            with prepared_process():
                found.append(torch.get_num_threads())
        found.append(torch.get_num_threads())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [1] * 80 + [3] * 4
    assert settings() == unprepared


def test_a_process_that_was_restored_is_prepared_again(unprepared):
    for _ in range(2):
        with prepared_process():
            prepare_process()
        assert settings() == unprepared
    prepare_process()
    assert {threads for _, threads in settings()[2]} == {1}
