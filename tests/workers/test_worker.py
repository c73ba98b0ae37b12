"""Trainers in other processes give what one in this process gives, and a dead one is the user's to hear of."""

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import BrokenExecutor
from pathlib import Path

import pytest

from frontsearch.errors import UserError
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.tasks import TASKS, lasso
from frontsearch.workers import WorkerSetup, evaluate, local_executor
from frontsearch.workers.pool import ProcessPool, no_interrupt
from frontsearch.workers.shared_task import shared_task
from frontsearch.workers.worker import _trainers

RECIPES = [Recipe(descent=WeightedSum(l1_weight=weight), epochs=20, seed=7) for weight in (0.1, 0.5, 2.0)]


def workshop(folder):
    return WorkerSetup(task="lasso", options={}, device="cpu", checkpoints=folder, curves=folder)


def hired(folder, jobs):
    return local_executor(workshop(folder), lasso(), jobs)


def objectives(folder, jobs):
    with hired(folder, jobs) as executor:
        return [future.result()[0].objectives for future in [executor.submit(evaluate, [recipe]) for recipe in RECIPES]]


def test_two_processes_find_what_one_finds(tmp_path):
    assert objectives(tmp_path / "two", 2) == objectives(tmp_path / "one", 1)
    names = [{path.name for path in (tmp_path / folder).iterdir()} for folder in ("one", "two")]
    assert names[0] == names[1]
    for name in names[0]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def mapping():
    """The process, and the inode of the file that its training inputs lie in; 0 where they lie in memory of its own."""
    place = _trainers[0].task.splits["train"].inputs.data_ptr()
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, _, _, _, inode, *_ = line.split()
        first, last = (int(address, 16) for address in addresses.split("-"))
        if first <= place < last:
            return os.getpid(), int(inode)
    raise AssertionError(f"no mapping has the address {place:x}")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux says where memory lies")
def test_all_processes_have_one_copy_of_the_data(tmp_path):
    with hired(tmp_path, 2) as executor:
        futures = [executor.submit(mapping) for _ in range(2)]
        (one, its), (other, others) = [future.result() for future in futures]
        assert one != other
        assert its == others != 0


@pytest.mark.parametrize("name", sorted(TASKS.keys() - {"mnist"}))
def test_a_task_is_the_same_after_it_was_mapped(tmp_path, name):
    own = WorkerSetup(task=name, options={}, device="cpu", checkpoints=tmp_path, curves=tmp_path)
    same = TASKS[name]()
    with shared_task(same) as mapped:
        task = own.trainer(mapped.task()).task
    assert task.fingerprint == same.fingerprint
    assert (task.chain, task.error, task.loss) == (same.chain, same.error, same.loss)


def test_no_room_for_the_data_is_the_users_to_hear_of(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match=r"temporary folder .*nowhere.* TMPDIR"), hired(tmp_path, 2):
        pass


def die_once(mark):
    """Kills its process the first time."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def test_what_a_worker_died_over_is_done_again(tmp_path):
    with hired(tmp_path, 2) as executor:
        first = executor.submit(die_once, tmp_path / "mark")
        others = [executor.submit(evaluate, [recipe]) for recipe in RECIPES]
        assert first.result() == "alive"
        assert [other.result()[0].objectives for other in others] == objectives(tmp_path / "one", 1)


def bare():
    """Two processes that import no torch, and so begin in a fraction of the time."""
    return ProcessPool(2, initializer=os.getpid, initargs=())


def test_what_kills_two_workers_is_lost_alone_and_leaves_none_behind():
    with bare() as crew:
        lost, kept = crew.submit(os._exit, 1), crew.submit(os.getpid)
        with pytest.raises(BrokenExecutor, match="died twice"):
            lost.result()
        assert kept.result() != os.getpid()
    for process in multiprocessing.active_children():
        process.join(timeout=60)
    assert not multiprocessing.active_children()


def die_while_beginning(mark):
    """An initialiser that only lets the first process begin, and those after the second death."""
    mark.write_text(mark.read_text() + "x" if mark.exists() else "x")
    if len(mark.read_text()) == 2:
        os._exit(1)


def test_a_worker_that_dies_as_it_takes_over_from_a_dead_one_ends_nothing(tmp_path):
    with ProcessPool(1, initializer=die_while_beginning, initargs=(tmp_path / "begun",)) as crew:
        assert crew.submit(die_once, tmp_path / "mark").result() == "alive"
    assert (tmp_path / "begun").read_text() == "xxx"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux says which files are open")
def test_a_worker_that_has_nothing_to_do_opens_no_file():
    def files():
        return len(list(Path("/proc/self/fd").iterdir()))

    before = files()
    with ProcessPool(500, initializer=os.getpid, initargs=()) as crew:
        assert crew.submit(abs, -1).result() == crew.submit(abs, 1).result() == 1
        assert files() < before + 50


def test_a_worker_that_hears_nothing_is_killed(monkeypatch):
    monkeypatch.setattr("frontsearch.workers.pool.GRACE_SECONDS", 0.2)
    crew = bare()
    os.kill(crew.submit(os.getpid).result(), signal.SIGSTOP)
    crew.terminate()
    assert not multiprocessing.active_children()


def test_a_worker_killed_while_it_waits_costs_nothing():
    killed = []
    with bare() as crew:
        for _ in range(3):
            killed.append(crew.submit(os.getpid).result())
            os.kill(killed[-1], signal.SIGKILL)
        assert crew.submit(os.getpid).result() not in killed


def test_a_worker_that_cannot_begin_is_the_users_to_hear_of(tmp_path):
    crew = ProcessPool(2, initializer=os._exit, initargs=(1,))
    with pytest.raises(UserError, match=r"died before it had begun, .* again continues\.$"):
        crew.submit(os.getpid).result()
    crew.shutdown()


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot be blocked here")
def test_ctrl_c_is_put_off_even_where_another_thread_hears_it():
    over, reached = threading.Event(), []
    other = threading.Thread(target=over.wait)
    other.start()  # it blocks nothing
    try:
        with pytest.raises(KeyboardInterrupt), no_interrupt():  # noqa: PT012 - what happens inside is the matter
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
            reached.append(True)
        assert reached
    finally:
        over.set()
        other.join()


def test_leaving_by_an_exception_ends_the_workers_at_once(tmp_path):
    with pytest.raises(KeyboardInterrupt), hired(tmp_path, 2) as executor:  # noqa: PT012 - the work begins
        slow = [executor.submit(time.sleep, 600) for _ in range(3)]
        raise KeyboardInterrupt
    assert not multiprocessing.active_children()
    assert all(one.done() for one in slow)
