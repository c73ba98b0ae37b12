"""What a storage contains is not trusted: whatever is damaged is named and left out, and the study goes on."""

import copy
import json
import shutil
import sqlite3
import time

import lasso_study
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna import create_study

from frontsearch.errors import UserError
from frontsearch.folder import Folder
from frontsearch.ledger.lease import PREFIX, Lease
from frontsearch.ledger.lease_record import LEASE_SECONDS, LONGEST_SECONDS
from frontsearch.ledger.ledger import Ledger
from frontsearch.ledger.storage import open_storage
from frontsearch.space import Space

METHODS = ("random", "path")
DEEP = "[" * 100_000


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished study, in a folder with a journal, and the same study in a database."""
    folder = tmp_path_factory.mktemp("finished")
    study = lasso_study.write(folder, *METHODS)
    lasso_study.session(study, folder / "run").run()
    lasso_study.session(study, folder / "database", storage=f"sqlite:///{folder / 'study.db'}").run()
    return folder


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished / "run", tmp_path / "run")


def lines_of(run):
    return [json.loads(line) for line in (run / "ledger.journal").read_bytes().splitlines()]


def write_lines(run, lines):
    content = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    (run / "ledger.journal").write_bytes(b"\n".join(content) + b"\n")


def trial_lines(run):
    return [index for index, line in enumerate(lines_of(run)) if line["op_code"] == 4]


def continued(run):
    """The notes of the study after it was continued, and its results without notes."""
    comparison = lasso_study.session(run / "study.toml", run).run()
    outcome = lasso_study.outcome(run)
    outcome["summary"].pop("notes", None)
    return comparison.notes, outcome


def expected(finished):
    outcome = lasso_study.outcome(finished / "run")
    outcome["summary"].pop("notes", None)
    return outcome


def set_attribute(**values):
    return lambda record: record["user_attrs"].update(values)


def without(name):
    return lambda record: record["user_attrs"].pop(name)


TRIAL_FAULTS = {
    "an odd status": (set_attribute(status="odd"), "`status` must be one of complete; found 'odd'."),
    "a status that is no text": (set_attribute(status={}), "`status` must be one of complete; found {}."),
    "no status": (without("status"), "`status` must be recorded"),
    "no key": (without("key"), "`key` must be recorded"),
    "a key that is a path": (set_attribute(key="../x"), "`key` must be 32 hexadecimal digits; found '../x'."),
    "no recipe": (without("recipe"), "`recipe` must be recorded"),
    "an odd recipe": (lambda record: record["user_attrs"]["recipe"].update(seed="x"), "`seed` must be a whole number"),
    "half a recipe": (lambda record: record["user_attrs"]["recipe"].pop("seed"), "'seed' is missing"),
    "a parent that is a path": (
        lambda record: record["user_attrs"]["recipe"].update(start="warm", start_trial="../x", start_shrink=0.0),
        "`start_trial` must be 32 hexadecimal digits",
    ),
    "NaN epochs": (set_attribute(epochs=float("nan")), "`epochs` must be finite and not negative; found nan."),
    "seconds in words": (set_attribute(seconds="long"), "`seconds` must be finite"),
    "a NaN objective": (
        lambda record: record.update(values=[float("nan"), 1.0]),
        "`values` must be two finite numbers",
    ),
    "one objective": (lambda record: record.update(values=[1.0]), "`values` must be two finite numbers"),
    "a metric in words": (set_attribute(nonzeros="few"), "`nonzeros` must be a number; found 'few'."),
    "no nonzeros": (without("nonzeros"), "`nonzeros` must be finite and not negative; found None."),
    "a number that no float holds": (set_attribute(nonzeros=10**400), "`nonzeros` must be a number"),
}


@pytest.mark.parametrize("fault", TRIAL_FAULTS)
def test_a_damaged_trial_is_named_and_trained_again(run, finished, fault):
    damage, reason = TRIAL_FAULTS[fault]
    lines, number = lines_of(run), trial_lines(run)[0]
    damage(lines[number])
    write_lines(run, lines)
    notes, outcome = continued(run)
    (note,) = (note for note in notes if "damaged" in note)
    assert note.startswith("Trial 0 of tiny/")
    assert reason in note
    assert outcome == expected(finished)


LINES = {
    "no text": b"\xff\xfe\x00 half",
    "no JSON": b'{"op_code":4,"wor',
    "no object": b"[1, 2]",
    "deep": DEEP.encode(),
    "an unknown operation": {"op_code": 99, "worker_id": "w"},
    "no operation": {"worker_id": "w"},
    "no worker": {"op_code": 4, "study_id": 1},
    "a study that nothing created": {"op_code": 2, "worker_id": "w", "study_id": 99, "user_attr": {"a": 1}},
    "an odd date": {"op_code": 4, "worker_id": "w", "study_id": 1, "datetime_start": "soon"},
    "an odd state": {"op_code": 4, "worker_id": "w", "study_id": 1, "datetime_start": None, "state": 77},
}


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("replaces", ["a trial", "a lease", "the creation of a run"])
def test_a_damaged_line_is_named_and_what_it_said_is_trained_again(run, finished, line, replaces):
    lines = lines_of(run)
    creation = [index for index, record in enumerate(lines) if record["op_code"] == 0][1]
    number = {"a trial": trial_lines(run)[1], "a lease": 1, "the creation of a run": creation}[replaces]
    lines[number] = LINES[line]
    write_lines(run, lines)
    notes, outcome = continued(run)
    assert f"Line {number + 1} of {run / 'ledger.journal'} is damaged, so it is left out." in notes
    assert outcome == expected(finished)


def test_a_report_has_the_trials_that_are_left(run):
    lines = lines_of(run)
    lines[trial_lines(run)[0]] = b"?"
    write_lines(run, lines)
    before = (run / "ledger.journal").read_bytes()
    comparison = lasso_study.session(run / "study.toml", run, report_only=True, report=False).run()
    assert [result.run.finished for result in comparison.runs].count(False) == 1
    assert sum(len(result.run.trials) for result in comparison.runs) == len(trial_lines_of_both(before)) - 1
    assert any("damaged" in note for note in comparison.notes)


def trial_lines_of_both(journal):
    return [line for line in journal.splitlines() if b'"op_code":4' in line.replace(b" ", b"") or line == b"?"]


ATTRIBUTES = {
    "certificates": {"certificates": [1]},
    "NaN certificates": {"certificates": {"ab" * 16: float("nan")}},
    "half an end": {"ended": {"plan": "x"}},
    "an odd end": {"ended": [1]},
    "an odd task": {"task": [1]},
}


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_damaged_attribute_of_a_run_is_named_and_left_out(run, finished, attribute):
    added = {"op_code": 2, "worker_id": "w", "study_id": 1, "user_attr": ATTRIBUTES[attribute]}
    write_lines(run, [*lines_of(run), added])
    notes, outcome = continued(run)
    assert any("ttribute" in note and "damaged, so it is left out" in note for note in notes)
    assert outcome == expected(finished)


def test_an_odd_note_of_the_dashboard_is_replaced(run):
    lines = [line for line in lines_of(run) if "digest" not in line.get("user_attr", {})]
    odd = {"op_code": 3, "worker_id": "w", "study_id": 0, "system_attr": {"dashboard:note_ver": "x"}}
    write_lines(run, [*lines, odd])
    continued(run)
    storage = open_storage(run / "ledger.journal", to_write=False)
    assert storage.get_study_system_attrs(0)["dashboard:note_ver"] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trial_user_attributes SET value_json = '{' WHERE key = 'status' AND trial_id = 1",
        "UPDATE trial_user_attributes SET value_json = '\"odd\"' WHERE key = 'status' AND trial_id = 1",
        "UPDATE trial_values SET value_type = 'INF_POS' WHERE objective = 0 AND trial_id = 1",
        "UPDATE trials SET state = 'ODD' WHERE trial_id = 1",
        "UPDATE study_user_attributes SET value_json = '{' WHERE key = 'ended'",
        "UPDATE study_user_attributes SET value_json = '{' WHERE key = 'task'",
    ],
)
def test_a_damaged_row_of_a_database_is_named_and_left_out(finished, tmp_path, statement):
    shutil.copy(finished / "study.db", tmp_path / "study.db")
    out = shutil.copytree(finished / "database", tmp_path / "out")
    with sqlite3.connect(tmp_path / "study.db") as database:
        assert database.execute(statement).rowcount > 0
    database.close()
    session = lasso_study.session(out / "study.toml", out, storage=f"sqlite:///{tmp_path / 'study.db'}")
    assert any("is damaged, so it is left out" in note for note in session.run().notes)
    assert lasso_study.outcome(out)["trials"] == lasso_study.outcome(finished / "database")["trials"]


ODD_LEASES = {
    "for ever": {"until": 1e300},
    "infinitely long": {"until": float("inf")},
    "longer than any": {"until": time.time() + 10_000 * LONGEST_SECONDS},
    "in words": {"until": "soon"},
    "of no runs": {"runs": None},
}
LEASE = {
    "runs": ["mine/path/0"],
    "folder": "/x",
    "token": "ab",
    "machine": "m",
    "host": "h",
    "process": 1,
    "held": True,
}


@pytest.mark.parametrize("odd", [*ODD_LEASES, "a list"])
@pytest.mark.parametrize("kind", ["journal", "sqlite"])
def test_a_lease_that_no_coordinator_writes_holds_nobody_up(tmp_path, odd, kind):
    location = tmp_path / "ledger.journal" if kind == "journal" else f"sqlite:///{tmp_path}/study.db"
    storage = open_storage(location, to_write=True)
    number = create_study(storage=storage, study_name="mine/comparison")._study_id
    value = [1] if odd == "a list" else {**LEASE, "until": time.time() + LEASE_SECONDS, **ODD_LEASES[odd]}
    storage.set_study_system_attr(number, f"{PREFIX}ab", value)
    with Lease(storage, number, runs=["mine/path/0"], folder=tmp_path, task="").held():
        pass
    ledger = Ledger(storage, "mine", fingerprint="t", space=Space({}))
    assert ledger.set_aside == ("The lease ab is none that a coordinator writes, so it is ignored.",)


def test_the_last_line_of_a_killed_writer_costs_only_that_line(tmp_path):
    journal = tmp_path / "ledger.journal"
    alive = open_storage(journal, to_write=True)
    create_study(storage=alive, study_name="first")
    with journal.open("ab") as file:
        file.write(b'{"op_code":0,"worker_id":"killed","stu')
    create_study(storage=alive, study_name="second")
    assert [study.study_name for study in open_storage(journal, to_write=False).get_all_studies()] == [
        "first",
        "second",
    ]


@pytest.mark.parametrize("content", [DEEP, '{"a": 1}', '{"epochs": ["x"]}', "\0"])
def test_a_damaged_curve_costs_only_the_curve(run, finished, content):
    for curve in (run / "curves").iterdir():
        curve.write_text(content)
    _, outcome = continued(run)
    assert outcome == expected(finished)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})


def containers(record):
    """A record and every mapping in it."""
    within = [record] if record else []
    return [*within, *(inner for value in record.values() if isinstance(value, dict) for inner in containers(value))]


@settings(max_examples=150)
@given(data=st.data())
def test_no_mutated_line_keeps_a_ledger_from_being_read(finished, tmp_path_factory, data):
    lines = lines_of(finished / "run")
    index = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.sampled_from(containers(mutated := copy.deepcopy(lines[index]))))
    name = data.draw(st.sampled_from(sorted(place)))
    if data.draw(st.booleans()):
        del place[name]
    else:
        place[name] = data.draw(VALUES)
    run = tmp_path_factory.mktemp("mutated")
    write_lines(run, [*lines[:index], mutated, *lines[index + 1 :]])
    shutil.copy(finished / "run" / "study.toml", run)
    try:
        session = lasso_study.session(run / "study.toml", run, report_only=True, report=False)
        comparison = session.run()
    except UserError as error:
        assert "another task" in str(error) or "no trial" in str(error).lower(), error  # noqa: PT017 - one of two ends
    else:
        assert len(comparison.runs) == len(METHODS)
    finally:
        shutil.rmtree(Folder(run).path)
