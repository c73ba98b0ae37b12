"""Several coordinators begin at the same moment on a storage that is not there yet."""

import json
import subprocess
import sys

import optuna
import postgresql
import pytest
from sqlalchemy import create_engine, text

from frontsearch.ledger.storage import open_storage

COORDINATORS = 3
ROUNDS = 4
BEGINS = """
import gc, json, sys
from pathlib import Path
from frontsearch.errors import UserError
from frontsearch.ledger.ledger import Ledger
from frontsearch.ledger.storage import open_storage
from frontsearch.space import Space
for line in sys.stdin:
    place, method, folder, task = json.loads(line)
    try:
        storage = open_storage(place if "://" in place else Path(place), to_write=True)
        ledger = Ledger(storage, "mine", fingerprint=task, space=Space({}))
        with ledger.leased([(method, 0)], folder=Path(folder)):
            ledger.mark_finished(method, 0, {"by": method})
            print("ok", flush=True)
            sys.stdin.readline()
    except UserError as error:
        print(error, flush=True)
        sys.stdin.readline()
    ledger = storage = None
    gc.collect()  # closes the connections
    print("ended", flush=True)
"""


def open_journal(folder):
    yield from (folder / f"{number}" / "ledger.journal" for number in range(ROUNDS))


def open_sqlite(folder):
    yield from (f"sqlite:///{folder}/{number}.db" for number in range(ROUNDS))


def open_postgresql(_):
    with postgresql.serving() as url:
        engine = create_engine(url.replace("postgresql", "postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        for number in range(ROUNDS // 2):  # each takes two seconds
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE round{number}"))
            yield url.replace("/postgres", f"/round{number}")
        engine.dispose()


@pytest.fixture(
    params=[open_journal, open_sqlite, pytest.param(open_postgresql, marks=postgresql.needed)],
    ids=["journal", "sqlite", "postgresql"],
)
def locations(request, tmp_path):
    return request.param(tmp_path)


@pytest.fixture(scope="module")
def coordinators():
    command = [sys.executable, "-c", BEGINS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    started = [subprocess.Popen(command, **pipes) for _ in range(COORDINATORS)]
    yield started
    for process in started:
        process.communicate()
        assert process.returncode == 0


def outcomes(coordinators, requests):
    """What each coordinator says of its request, if all begin at once and none ends before all have said it."""
    for process, request in zip(coordinators, requests, strict=True):
        process.stdin.write(json.dumps(request) + "\n")
    said = [process.stdout.readline().strip() for process in coordinators]
    for process in coordinators:
        process.stdin.write("\n")
    assert {process.stdout.readline() for process in coordinators} == {"ended\n"}
    return said


def test_coordinators_of_different_runs_all_begin(coordinators, locations, tmp_path):
    methods = ["path", "random", "smgd"]
    for location in locations:
        requests = [(str(location), method, str(tmp_path / method), "a task") for method in methods]
        assert outcomes(coordinators, requests) == ["ok"] * COORDINATORS
        storage = open_storage(location, to_write=False)
        names = [f"mine/{method}/0" for method in methods]
        assert sorted(optuna.get_all_study_names(storage)) == sorted(["mine/comparison", *names])
        studies = [optuna.load_study(study_name=name, storage=storage) for name in names]
        assert [study.user_attrs["ended"] for study in studies] == [{"by": method} for method in methods]


def test_one_of_the_coordinators_of_a_run_begins(coordinators, locations, tmp_path):
    for location in locations:
        requests = [(str(location), "path", str(tmp_path / str(number)), "a task") for number in range(COORDINATORS)]
        first, *refusals = sorted(outcomes(coordinators, requests), key="ok".__ne__)
        assert first == "ok"
        assert all(refusal.startswith("The run mine/path/0 is being trained by process ") for refusal in refusals)


def test_of_coordinators_of_different_tasks_one_gets_the_name(coordinators, locations, tmp_path):
    for location in locations:
        tasks = [f"task {number}" for number in range(COORDINATORS)]
        requests = [(str(location), task[-1], str(tmp_path / task), task) for task in tasks]
        said = outcomes(coordinators, requests)
        assert said.count("ok") == 1
        assert sum(" another task " in refusal for refusal in said) == COORDINATORS - 1
        storage, task = open_storage(location, to_write=False), tasks[said.index("ok")]
        assert {study.user_attrs["task"] for study in optuna.get_all_study_summaries(storage)} == {task}
