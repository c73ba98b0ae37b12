"""Worker processes give the results of this process, and their deaths are survived or reported."""

import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import BrokenExecutor
from pathlib import Path

import pytest

from frontsearch.errors import UserError
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.tasks import DATA_SETS, TASKS, digits, lasso
from frontsearch.workers import WorkerSetup, evaluate, local_executor
from frontsearch.workers.pool import ProcessPool
from frontsearch.workers.shared_task import shared_task
from frontsearch.workers.worker import _trainers

RECIPES = [Recipe(descent=WeightedSum(l1_weight=weight), epochs=20, seed=7) for weight in (0.1, 0.5, 2.0)]


def worker_setup(folder):
    return WorkerSetup(task="lasso", options={}, device="cpu", checkpoints=folder, curves=folder)


def executor_of(folder, jobs):
    return local_executor(worker_setup(folder), lasso(), jobs)


def objectives(folder, jobs):
    with executor_of(folder, jobs) as executor:
        return [future.result()[0].objectives for future in [executor.submit(evaluate, [recipe]) for recipe in RECIPES]]


def test_two_processes_give_the_results_of_one(tmp_path):
    assert objectives(tmp_path / "two", 2) == objectives(tmp_path / "one", 1)
    names = [{path.name for path in (tmp_path / folder).iterdir()} for folder in ("one", "two")]
    assert names[0] == names[1]
    for name in names[0]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_this_process_keeps_no_data_after_the_block(tmp_path):
    with executor_of(tmp_path, 1):
        assert _trainers
    assert _trainers == []


def large_modules():
    """What this process has imported of what no training needs; torch's compiler takes as long as torch itself."""
    names = {"frontsearch.study", "frontsearch.workers.mpi", "optuna", "plotly", "pymoo", "sklearn", "torch._dynamo"}
    return names & sys.modules.keys()


def test_a_worker_imports_nothing_that_only_studies_need(tmp_path):
    with local_executor(worker_setup(tmp_path), digits(), 2) as executor:
        executor.submit(evaluate, RECIPES[:1]).result()
        assert executor.submit(large_modules).result() == set()


def mapping():
    """This process's id and the inode of the file that its training inputs are mapped from; 0 if from none."""
    place = _trainers[0].task.splits["train"].inputs.data_ptr()
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, _, _, _, inode, *_ = line.split()
        first, last = (int(address, 16) for address in addresses.split("-"))
        if first <= place < last:
            return os.getpid(), int(inode)
    raise AssertionError(f"no mapping has the address {place:x}")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's list of memory mappings")
def test_all_processes_have_one_copy_of_the_data(tmp_path):
    with executor_of(tmp_path, 2) as executor:
        futures = [executor.submit(mapping) for _ in range(2)]
        (one, its), (other, others) = [future.result() for future in futures]
        assert one != other
        assert its == others != 0


@pytest.mark.parametrize("name", sorted(TASKS.keys() - DATA_SETS))
def test_a_shared_task_is_the_same_task(tmp_path, name):
    setup = WorkerSetup(task=name, options={}, device="cpu", checkpoints=tmp_path, curves=tmp_path)
    original = TASKS[name]()
    with shared_task(original) as shared:
        task = setup.trainer(shared.load()).task
    assert task.fingerprint == original.fingerprint
    assert (task.metrics, task.loss) == (original.metrics, original.loss)


def test_a_full_temporary_folder_raises_a_user_error(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match=r"temporary folder .*nowhere.* TMPDIR"), executor_of(tmp_path, 2):
        pass


def die_once(mark):
    """Kills its process the first time."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def test_a_job_whose_worker_dies_is_retried(tmp_path):
    with executor_of(tmp_path, 2) as executor:
        first = executor.submit(die_once, tmp_path / "mark")
        others = [executor.submit(evaluate, [recipe]) for recipe in RECIPES]
        assert first.result() == "alive"
        assert [other.result()[0].objectives for other in others] == objectives(tmp_path / "one", 1)


def small_pool():
    """A pool of two processes without a task."""
    return ProcessPool(2, initializer=os.getpid, initargs=())


def test_a_job_that_kills_two_workers_fails_alone_and_leaves_no_process():
    with small_pool() as pool:
        lost, kept = pool.submit(os._exit, 1), pool.submit(os.getpid)
        with pytest.raises(BrokenExecutor, match="failed twice"):
            lost.result()
        assert kept.result() != os.getpid()
    for process in multiprocessing.active_children():
        process.join(timeout=60)
    assert not multiprocessing.active_children()


def die_at_start_once(mark):
    """An initializer in which the second process to start dies."""
    mark.write_text(mark.read_text() + "x" if mark.exists() else "x")
    if len(mark.read_text()) == 2:
        os._exit(1)


def test_a_job_survives_a_new_worker_that_dies_at_its_start(tmp_path):
    with ProcessPool(1, initializer=die_at_start_once, initargs=(tmp_path / "started",)) as pool:
        assert pool.submit(die_once, tmp_path / "mark").result() == "alive"
    assert (tmp_path / "started").read_text() == "xxx"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's list of open files")
def test_an_idle_worker_opens_no_file():
    def files():
        return len(list(Path("/proc/self/fd").iterdir()))

    before = files()
    with ProcessPool(500, initializer=os.getpid, initargs=()) as pool:
        assert pool.submit(abs, -1).result() == pool.submit(abs, 1).result() == 1
        assert files() < before + 50


def test_a_stopped_worker_is_killed():
    pool = small_pool()
    os.kill(pool.submit(os.getpid).result(), signal.SIGSTOP)
    pool.terminate()
    assert not multiprocessing.active_children()


def test_killing_an_idle_worker_loses_no_job():
    killed = []
    with small_pool() as pool:
        for _ in range(3):
            killed.append(pool.submit(os.getpid).result())
            os.kill(killed[-1], signal.SIGKILL)
        assert pool.submit(os.getpid).result() not in killed


def test_workers_that_cannot_start_raise_a_user_error(tmp_path):
    pool = ProcessPool(2, initializer=os._exit, initargs=(1,))
    with pytest.raises(UserError, match=r"died while it started: .* again continues\.$"):
        pool.submit(os.getpid).result()
    pool.shutdown()


def test_an_exception_terminates_the_workers_at_once(tmp_path):
    with pytest.raises(KeyboardInterrupt), executor_of(tmp_path, 2) as executor:  # noqa: PT012 - the work begins
        slow = [executor.submit(time.sleep, 600) for _ in range(3)]
        raise KeyboardInterrupt
    assert not multiprocessing.active_children()
    assert all(one.done() for one in slow)
