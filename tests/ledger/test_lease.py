import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict, replace

import optuna
import pytest

from frontsearch.errors import UserError
from frontsearch.ledger import lease
from frontsearch.ledger.lease import PREFIX, Lease
from frontsearch.ledger.lease_record import LEASE_SECONDS, LeaseRecord
from frontsearch.ledger.storage import open_storage

RUNS = ("mine/path/0", "mine/path/1")
ACQUIRES_AND_IS_KILLED = """
import os, signal, sys
from pathlib import Path
from frontsearch.ledger.lease import Lease
from frontsearch.ledger.storage import open_storage
place = sys.argv[1]
storage = open_storage(place if "://" in place else Path(place), to_write=True)
with Lease(storage, int(sys.argv[2]), runs=["mine/path/0"], folder=Path(sys.argv[3]), task="digits").held():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(params=["journal", "sqlite"])
def location(request, tmp_path):
    return tmp_path / "ledger.journal" if request.param == "journal" else f"sqlite:///{tmp_path}/study.db"


@pytest.fixture
def number(location):
    study = optuna.create_study(storage=open_storage(location, to_write=True), study_name="mine/comparison")
    return study._study_id


def leased(location, number, *, runs=RUNS, folder, task="digits"):
    """A coordinator's lease, on its own connection to the storage."""
    return Lease(open_storage(location, to_write=True), number, runs=runs, folder=folder, task=task)


def records(location, number):
    attributes = open_storage(location, to_write=False).get_study_system_attrs(number)
    return [value for name, value in attributes.items() if name.startswith(PREFIX) and value]


def write_record(location, number, **changes):
    """Writes a lease as a coordinator on another machine would."""
    standard = {"runs": [RUNS[0]], "folder": "/elsewhere", "machine": "elsewhere", "host": "far", "held": True}
    other = LeaseRecord(**{**standard, "until": time.time() + LEASE_SECONDS, **changes})
    storage = open_storage(location, to_write=True)
    storage.set_study_system_attr(number, f"{PREFIX}{other.token}", json.loads(json.dumps(asdict(other))))


def test_a_second_coordinator_of_a_run_is_refused_and_the_first_is_named(location, number, tmp_path):
    with leased(location, number, folder=tmp_path / "a").held():
        with (
            pytest.raises(UserError, match=r"The run mine/path/1 is being trained by process \d+ on "),
            leased(location, number, runs=RUNS[1:], folder=tmp_path / "b").held(),
        ):
            pytest.fail("two had the run")
        assert len(records(location, number)) == 1


def test_two_coordinators_of_different_runs_work_together(location, number, tmp_path):
    with ExitStack() as both:
        both.enter_context(leased(location, number, runs=RUNS[:1], folder=tmp_path / "a").held())
        both.enter_context(leased(location, number, runs=RUNS[1:], folder=tmp_path / "b").held())
        assert len(records(location, number)) == 2
    assert records(location, number) == []


def test_only_one_coordinator_at_a_time_writes_to_a_folder(location, number, tmp_path):
    with (
        leased(location, number, runs=RUNS[:1], folder=tmp_path).held(),
        pytest.raises(UserError, match=r"The folder .* is being written to by process \d+"),
        leased(location, number, runs=RUNS[1:], folder=tmp_path).held(),
    ):
        pytest.fail("two had the folder")


def test_only_coordinators_of_one_task_have_a_name_at_a_time(location, number, tmp_path):
    with (
        leased(location, number, runs=RUNS[:1], folder=tmp_path / "a").held(),
        pytest.raises(
            UserError, match=r"name and another task \(digits and not wine\) is being trained by process \d+"
        ),
        leased(location, number, runs=RUNS[1:], folder=tmp_path / "b", task="wine").held(),
    ):
        pytest.fail("two had the name")


def test_a_lease_is_released_when_its_coordinator_is_interrupted(location, number, tmp_path):
    with pytest.raises(KeyboardInterrupt), leased(location, number, folder=tmp_path).held():
        raise KeyboardInterrupt
    assert records(location, number) == []


def test_the_lease_of_a_killed_coordinator_is_free_at_once_on_the_same_machine(location, number, tmp_path):
    command = [sys.executable, "-c", ACQUIRES_AND_IS_KILLED, str(location), str(number), str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert len(records(location, number)) == 1
    with leased(location, number, folder=tmp_path).held():
        pass


@pytest.mark.parametrize("left", [-1.0, 20.0])
def test_the_lease_of_another_machine_holds_until_it_expires(location, number, tmp_path, left):
    write_record(location, number, until=time.time() + left)
    ours = leased(location, number, folder=tmp_path)
    if left < 0:
        with ours.held():
            pass
    else:
        with pytest.raises(UserError, match="on far: wait until it has ended"), ours.held():
            pytest.fail("two had the run")


def test_one_of_several_coordinators_that_request_a_run_at_once_gets_it(location, number, tmp_path):
    ready, ended, outcomes = threading.Barrier(6), threading.Barrier(6), []

    def acquire(place):
        ours = leased(location, number, folder=tmp_path / str(place))
        ready.wait()
        try:
            with ours.held():
                outcomes.append("held")
                ended.wait()
        except UserError:
            outcomes.append("refused")
            ended.wait()

    threads = [threading.Thread(target=acquire, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["held"] + 5 * ["refused"]


def test_a_lease_is_renewed_while_it_is_held(location, number, tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "RENEWAL_SECONDS", 0.05)
    with leased(location, number, folder=tmp_path).held():
        (first,) = records(location, number)
        while records(location, number)[0]["until"] == first["until"]:
            time.sleep(0.02)
        (later,) = records(location, number)
    assert later["until"] > first["until"]
    assert {**later, "until": 0} == {**first, "until": 0}


def test_an_expired_lease_is_acquired_again_unless_another_coordinator_has_it(location, number, tmp_path):
    ours = leased(location, number, folder=tmp_path)
    with ours.held():
        ours._record = replace(ours._record, until=time.time() - 1)  # as after the machine has slept
        ours.ensure_held()
        assert ours._record.until > time.time()
        ours._record = replace(ours._record, until=time.time() - 1)
        write_record(location, number)
        with pytest.raises(UserError, match="on far"):
            ours.ensure_held()
