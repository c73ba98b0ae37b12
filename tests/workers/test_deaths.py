"""A worker without memory is a death like any other: a second try, then a failure with its reason."""

import json
import multiprocessing
import os
import pickle
import time
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from frontsearch.errors import UserError
from frontsearch.tasks import lasso
from frontsearch.workers import RemoteExecutor, WorkerSetup, local_executor
from frontsearch.workers.pool import ProcessPool
from frontsearch.workers.worker import SerialExecutor

pytest.importorskip("resource")
if not Path("/proc/self/statm").exists():
    pytest.skip("needs Linux's size of a process", allow_module_level=True)

import hungry

FAILED = r"^It failed twice, the last time because memory ran out(: \w+: .*\w\)?)?\.$"


def worker_setup(folder):
    return WorkerSetup(task="lasso", options={}, device="cpu", checkpoints=folder, curves=folder)


@pytest.mark.parametrize("kind", hungry.KINDS)
def test_in_this_process_a_job_without_memory_fails_twice(kind):
    with pytest.raises(BrokenExecutor, match=FAILED):
        SerialExecutor().submit(hungry.eat, kind).result()


def test_in_this_process_the_second_try_may_succeed(tmp_path):
    assert SerialExecutor().submit(hungry.eat_once, "tensor", tmp_path / "mark").result() == "alive"


def test_in_a_worker_process_a_job_without_memory_fails_alone_and_is_tried_again(tmp_path):
    with local_executor(worker_setup(tmp_path), lasso(), 2) as executor:
        before = executor.submit(os.getpid).result()
        assert executor.submit(hungry.eat_once, "tensor", tmp_path / "mark").result() == "alive"
        lost, kept = executor.submit(hungry.eat, "python"), executor.submit(os.getpid)
        with pytest.raises(BrokenExecutor, match=FAILED):
            lost.result()
        assert kept.result() != before  # which ended without memory


def eat(_):
    hungry.eat("tensor")


@pytest.fixture
def remote(tmp_path):
    """A remote executor whose trainings run in a thread of this process, as those of MPI do in others."""
    with ThreadPoolExecutor(1) as threads:
        yield RemoteExecutor(
            lambda training, _: threads.submit(pickle.loads(pickle.dumps(training))),  # noqa: S301
            worker_setup(tmp_path),
            lasso().fingerprint,
        )


def test_on_a_cluster_a_job_without_memory_fails_twice(remote):
    with pytest.raises(BrokenExecutor, match=FAILED):
        remote.submit(eat, ()).result()


def fail(_):
    raise KeyError("mine")


class StrangeError(Exception):
    """Cannot be unpickled."""

    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


def fail_strangely():
    raise StrangeError("no", "way")


def test_errors_of_ones_own_code_are_raised_as_they_are(remote, tmp_path):
    for executor in (SerialExecutor(), remote):
        with pytest.raises(KeyError, match="mine"):
            executor.submit(fail, ()).result()
    with ProcessPool(1, initializer=os.getpid, initargs=()) as pool:
        with pytest.raises(KeyError, match="mine") as raised:
            pool.submit(fail, ()).result()
        assert 'raise KeyError("mine")' in str(raised.value.__cause__)  # the worker's traceback
        with pytest.raises(RuntimeError, match=r"^StrangeError: no way$") as raised:
            pool.submit(fail_strangely).result()
        assert 'raise StrangeError("no", "way")' in str(raised.value.__cause__)


def test_a_pool_ends_only_its_own_processes():
    context = multiprocessing.get_context("spawn")
    other = context.Process(target=time.sleep, args=(600,))
    other.start()
    try:
        pool = ProcessPool(2, initializer=os.getpid, initargs=())
        pool.submit(os.getpid).result()
        pool.terminate()
        assert multiprocessing.active_children() == [other]
    finally:
        other.kill()
        other.join()


def test_a_system_that_starts_no_process_raises_a_user_error():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ProcessPool(1, initializer=os.getpid, initargs=()) as pool:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
        try:
            left = pool.submit(os.getpid)
            with pytest.raises(UserError, match=r"died while it started: OSError: .* again continues\.$"):
                left.result()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_reason_is_one_line():
    with pytest.raises(BrokenExecutor) as raised:
        SerialExecutor().submit(hungry.eat, "tensor").result()
    assert json.dumps(str(raised.value)).count("\\n") == 0
