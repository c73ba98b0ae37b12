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
TAKES_AND_IS_KILLED = """
import os, signal, sys
from pathlib import Path
from frontsearch.ledger.lease import Lease
from frontsearch.ledger.storage import open_storage
place = sys.argv[1]
storage = open_storage(place if "://" in place else Path(place), to_write=True)
with Lease(storage, int(sys.argv[2]), runs=["mine/path/0"], folder=Path(sys.argv[3])).held():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(params=["journal", "sqlite"])
def location(request, tmp_path):
    return tmp_path / "ledger.journal" if request.param == "journal" else f"sqlite:///{tmp_path}/study.db"


@pytest.fixture
def number(location):
    study = optuna.create_study(storage=open_storage(location, to_write=True), study_name="mine/comparison")
    return study._study_id


def leased(location, number, *, runs=RUNS, folder):
    """A coordinator's lease, with a connection of its own."""
    return Lease(open_storage(location, to_write=True), number, runs=runs, folder=folder)


def claims(location, number):
    noted = open_storage(location, to_write=False).get_study_system_attrs(number)
    return [value for name, value in noted.items() if name.startswith(PREFIX) and value]


def claim(location, number, **changes):
    """A claim as a coordinator on another machine would have written it."""
    standard = {"runs": [RUNS[0]], "folder": "/elsewhere", "machine": "elsewhere", "host": "far", "held": True}
    other = LeaseRecord(**{**standard, "until": time.time() + LEASE_SECONDS, **changes})
    storage = open_storage(location, to_write=True)
    storage.set_study_system_attr(number, f"{PREFIX}{other.token}", json.loads(json.dumps(asdict(other))))


def test_the_second_coordinator_of_a_run_is_refused_by_name(location, number, tmp_path):
    with leased(location, number, folder=tmp_path / "a").held():
        with (
            pytest.raises(UserError, match=r"The run mine/path/1 is being trained by process \d+ on "),
            leased(location, number, runs=RUNS[1:], folder=tmp_path / "b").held(),
        ):
            pytest.fail("two had the run")
        assert len(claims(location, number)) == 1


def test_two_coordinators_of_different_runs_work_together(location, number, tmp_path):
    with ExitStack() as both:
        both.enter_context(leased(location, number, runs=RUNS[:1], folder=tmp_path / "a").held())
        both.enter_context(leased(location, number, runs=RUNS[1:], folder=tmp_path / "b").held())
        assert len(claims(location, number)) == 2
    assert claims(location, number) == []


def test_a_folder_has_one_coordinator(location, number, tmp_path):
    with (
        leased(location, number, runs=RUNS[:1], folder=tmp_path).held(),
        pytest.raises(UserError, match=r"The folder .* is being written to by process \d+"),
        leased(location, number, runs=RUNS[1:], folder=tmp_path).held(),
    ):
        pytest.fail("two had the folder")


def test_a_lease_ends_with_whatever_ends_its_coordinator(location, number, tmp_path):
    with pytest.raises(KeyboardInterrupt), leased(location, number, folder=tmp_path).held():
        raise KeyboardInterrupt
    assert claims(location, number) == []


def test_a_killed_coordinators_lease_is_free_at_once_on_its_machine(location, number, tmp_path):
    command = [sys.executable, "-c", TAKES_AND_IS_KILLED, str(location), str(number), str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert len(claims(location, number)) == 1
    with leased(location, number, folder=tmp_path).held():
        pass


@pytest.mark.parametrize("left", [-1.0, 1000.0])
def test_another_machines_lease_holds_until_it_runs_out(location, number, tmp_path, left):
    claim(location, number, until=time.time() + left)
    ours = leased(location, number, folder=tmp_path)
    if left < 0:
        with ours.held():
            pass
    else:
        with pytest.raises(UserError, match="on far: wait for its end"), ours.held():
            pytest.fail("two had the run")


def test_of_many_that_want_a_run_at_once_one_gets_it(location, number, tmp_path):
    ready, over, outcomes = threading.Barrier(6), threading.Barrier(6), []

    def want(place):
        ours = leased(location, number, folder=tmp_path / str(place))
        ready.wait()
        try:
            with ours.held():
                outcomes.append("held")
                over.wait()
        except UserError:
            outcomes.append("refused")
            over.wait()

    threads = [threading.Thread(target=want, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["held"] + 5 * ["refused"]


def test_a_lease_is_renewed_while_it_is_held(location, number, tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "RENEWAL_SECONDS", 0.05)
    with leased(location, number, folder=tmp_path).held():
        (first,) = claims(location, number)
        while claims(location, number)[0]["until"] == first["until"]:
            time.sleep(0.02)
        (later,) = claims(location, number)
    assert later["until"] > first["until"]
    assert {**later, "until": 0} == {**first, "until": 0}


def test_a_lease_that_ran_out_is_taken_again_unless_another_has_it(location, number, tmp_path):
    ours = leased(location, number, folder=tmp_path)
    with ours.held():
        ours._claim = replace(ours._claim, until=time.time() - 1)  # as after the machine has slept
        ours.check()
        assert ours._claim.until > time.time()
        ours._claim = replace(ours._claim, until=time.time() - 1)
        claim(location, number)
        with pytest.raises(UserError, match="on far"):
            ours.check()
