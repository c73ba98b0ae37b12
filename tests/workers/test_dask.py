"""A study on a Dask cluster of two workers finds the fronts of one process, even if a worker is killed."""

import os
import signal
import socket
import time
from concurrent.futures import BrokenExecutor

import dask_processes
import digits_study
import hungry
import lasso_study
import postgresql
import pytest
from digits_study import begin, ended, fronts
from distributed import Client

from frontsearch.cli.interruption import INTERRUPTED
from frontsearch.errors import UserError
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.tasks import lasso
from frontsearch.trial import Status
from frontsearch.workers import RemoteExecutor, WorkerSetup, evaluate
from frontsearch.workers.dask import dask_cluster


@pytest.fixture(scope="module")
def address():
    with dask_processes.serving() as found:
        yield found


@pytest.fixture
def client(address):
    with Client(address, set_as_default=False) as found:
        found.wait_for_workers(2, timeout=120)
        yield found


def busy(client):
    """The workers that run a task, as soon as there is one."""
    until = time.monotonic() + 120
    while not (found := [worker for worker, tasks in client.processing().items() if tasks]):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


@postgresql.needed
def test_a_study_whose_worker_is_killed_finds_the_fronts_of_one_process_with_a_journal(address, client, tmp_path):
    study, out = digits_study.write(tmp_path), tmp_path / "cluster"
    with postgresql.serving() as url:
        going = begin(study, out, "--dask", address, "--storage", url)
        processes = client.run(os.getpid)
        os.kill(processes[busy(client)[0]], signal.SIGKILL)
        assert ended(going) == (0, "")
    removals = [event for _, event in client.get_events("all") if event["action"] == "remove-worker"]
    assert [bool(event["processing-tasks"]) for event in removals] == [True]  # once, in the middle of a training
    lasso_study.session(study, tmp_path / "alone").run()
    assert fronts(out) == fronts(tmp_path / "alone")
    for kind in ("checkpoints", "curves"):
        names = [
            {path.name: path.read_bytes() for path in (folder / kind).iterdir()} for folder in (out, tmp_path / "alone")
        ]
        assert names[0] == names[1]


def test_ctrl_c_stops_the_trainings_on_the_cluster(address, client, tmp_path):
    study = digits_study.write(tmp_path)
    study.write_text(study.read_text().replace("epochs = 8", "epochs = 1e6").replace("\nepochs = 2", "\nepochs = 1e5"))
    going = begin(study, tmp_path / "out", "--methods", "optuna-tpe", "--dask", address)
    busy(client)
    going.send_signal(signal.SIGINT)
    assert ended(going) == (130, f"{INTERRUPTED}\n")
    free = [client.submit(os.getpid, workers=[worker], pure=False) for worker in client.nthreads()]
    assert len({one.result(timeout=120) for one in free}) == 2


def die(_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_training_that_kills_two_workers_fails(address, client, tmp_path):
    setup = WorkerSetup(task="lasso", options={}, device="cpu", checkpoints=tmp_path, curves=tmp_path)
    with dask_cluster(address).connect() as (send, size):
        assert size() == 2
        lost = RemoteExecutor(send, setup, lasso().fingerprint).submit(die, ())
        with pytest.raises(BrokenExecutor, match="failed twice"):
            lost.result(400)


def hang(_):
    time.sleep(600)


def hunger(_):
    hungry.eat("tensor")


def test_a_training_that_hangs_or_lacks_memory_fails_and_the_workers_go_on(address, client, tmp_path):
    setup = WorkerSetup(task="lasso", options={}, device="cpu", checkpoints=tmp_path, curves=tmp_path)
    recipe = Recipe(descent=WeightedSum(l1_weight=0.1), epochs=20)
    with dask_cluster(address).connect() as (send, _):
        impatient = RemoteExecutor(send, setup, lasso().fingerprint, deadline=20.0)
        hanging, starving = impatient.submit(hang, ()), impatient.submit(hunger, ())
        with pytest.raises(BrokenExecutor, match="failed twice, the last time because memory ran out: "):
            starving.result(400)
        with pytest.raises(BrokenExecutor, match="its deadline of 20 seconds"):
            hanging.result(400)
        kept = [RemoteExecutor(send, setup, lasso().fingerprint).submit(evaluate, [recipe]) for _ in range(2)]
        assert {one.result(400)[0].status for one in kept} == {Status.COMPLETE}


def test_workers_that_join_later_are_counted(address):
    with dask_cluster(address).connect() as (_, size), dask_processes.working(address):
        until = time.monotonic() + 120
        while size() < 3:
            assert time.monotonic() < until
            time.sleep(0.05)
    with Client(address, set_as_default=False) as client:
        until = time.monotonic() + 120
        while len(client.nthreads()) > 2:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_a_cluster_whose_workers_are_all_gone_raises_one_sentence(monkeypatch, tmp_path):
    setup = WorkerSetup(task="lasso", options={}, device="cpu", checkpoints=tmp_path, curves=tmp_path)
    with dask_processes.serving() as address, dask_cluster(address).connect() as (send, _):
        monkeypatch.setattr("frontsearch.workers.dask_sender.WORKERS_SECONDS", 0.5)
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
            client.retire_workers()
        left = RemoteExecutor(send, setup, lasso().fingerprint).submit(die, ())
        with pytest.raises(UserError, match=r"no workers for 0.5 seconds; .* again continues\.$"):
            left.result(60)


def test_a_scheduler_that_does_not_answer_raises_one_sentence(monkeypatch):
    monkeypatch.setattr("frontsearch.workers.dask.CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts connections but never answers
        joining = dask_cluster(f"tcp://127.0.0.1:{silent.getsockname()[1]}").connect()
        with pytest.raises(UserError, match=r"^--dask: no Dask scheduler answers at tcp://127.0.0.1:\d+: [^\n]*\.$"):
            joining.__enter__()


FACTORY = """
from frontsearch.tasks import lasso


def make_task():
    return lasso()
"""


@pytest.mark.usefixtures("client")
def test_workers_make_the_task_of_a_factory_or_say_that_they_cannot_import_it(address, tmp_path, monkeypatch):
    near, far = (lasso_study.write(tmp_path, "random", name=name) for name in ("near", "far"))
    for study in (near, far):
        study.write_text(study.read_text().replace('name = "lasso"', f'factory = "{study.stem}_by:make_task"'))
    (tmp_path / "near_by.py").write_text(FACTORY)
    assert ended(begin(near, tmp_path / "out", "--dask", address)) == (0, "")
    elsewhere = tmp_path / "elsewhere"  # where this machine's Python finds the module and the workers' does not
    elsewhere.mkdir()
    (elsewhere / "far_by.py").write_text(FACTORY)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(elsewhere), os.environ.get("PYTHONPATH", "")]))
    code, stderr = ended(begin(far, tmp_path / "lost", "--dask", address))
    assert code == 2
    assert "could not run a training: [task] `factory`: there is no module 'far_by' in" in stderr
