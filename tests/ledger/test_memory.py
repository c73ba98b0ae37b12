"""A ledger keeps the trials of its study in memory, and nothing else that grows with them."""

import gc
import tracemalloc

import pytest

from frontsearch.ledger import Ledger, open_storage
from frontsearch.recipe import Recipe
from frontsearch.space import Space
from frontsearch.trial import Status, Trial

COUNT, TASK = 300, "a" * 16


def opened(journal, *, to_write):
    return Ledger(open_storage(journal, to_write=to_write), "mine", fingerprint=TASK, space=Space({}))


def trials():
    for number in range(COUNT):
        recipe, l1 = Recipe(seed=number, learning_rate=0.1 / (number + 1)), 3.0 * number
        sizes = {"l1": l1, "nonzeros": number, "prunable": COUNT, "sparsity": 1 - number / COUNT}
        yield Trial(
            key=recipe.key(TASK), recipe=recipe, status=Status.COMPLETE, objectives=(1 / (number + 1), l1),
            metrics={**sizes, "validation_error": number / 7}, epochs=1.0, seconds=0.5 + number,
        )  # fmt: skip


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "ledger.journal"


def test_recording_takes_no_more_memory_than_reading_what_was_recorded(journal):
    recorder = opened(journal, to_write=True)
    with recorder.leased([("path", 0)], folder=journal.parent):
        gc.collect()
        tracemalloc.start()
        for trial in trials():
            recorder.record("path", 0, trial)
        gc.collect()
        recorded, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    tracemalloc.start()
    reader = opened(journal, to_write=False)
    gc.collect()
    read, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(reader.recorded) == len(recorder.recorded) == COUNT
    assert recorded < 1.2 * read
