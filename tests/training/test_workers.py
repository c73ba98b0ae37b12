"""Trainers in other processes give what one in this process gives, and a dead one is the user's to hear of."""

import multiprocessing
import os

import pytest

from frontsearch.errors import UserError
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.training import Workshop, evaluate, workers

RECIPES = [Recipe(descent=WeightedSum(l1_weight=weight), epochs=20, seed=7) for weight in (0.1, 0.5, 2.0)]


def workshop(folder):
    return Workshop(task="lasso", options={}, device="cpu", checkpoints=folder, curves=folder)


def objectives(folder, jobs):
    with workers(workshop(folder), jobs) as executor:
        return [future.result()[0].objectives for future in [executor.submit(evaluate, [recipe]) for recipe in RECIPES]]


def test_two_processes_find_what_one_finds(tmp_path):
    assert objectives(tmp_path / "two", 2) == objectives(tmp_path / "one", 1)
    names = [{path.name for path in (tmp_path / folder).iterdir()} for folder in ("one", "two")]
    assert names[0] == names[1]
    for name in names[0]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_worker_that_dies_is_one_sentence_and_leaves_no_other_behind(tmp_path):
    sentence = r"worker process died, .* again continues\.$"
    with pytest.raises(UserError, match=sentence), workers(workshop(tmp_path), 2) as executor:
        executor.submit(os._exit, 1).result()
    for process in multiprocessing.active_children():
        process.join(timeout=60)
    assert not multiprocessing.active_children()
