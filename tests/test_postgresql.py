"""One study, two coordinators, a real PostgreSQL: the fronts of one process with a journal."""

import csv
import socket
import subprocess
import sys
from pathlib import Path

import lasso_study
import optuna
import postgresql
import pytest

from frontsearch.errors import UserError
from frontsearch.folder import Folder
from frontsearch.lease import Lease
from frontsearch.storage import open_storage

pytestmark = postgresql.needed
STUDY = """
description = "Digits for a moment."
epochs = 8
l1_weights = [1e-4, 1e-1]
[task]
name = "digits"
[training]
epochs = 2
[space]
l1_weight = { low = 1e-4, high = 1e-1, log = true }
learning_rate = { low = 1e-3, high = 1e-2, log = true }
[methods.path]
first_epochs = 2
step_epochs = 1
[methods.optuna-tpe]
startup = 2
"""


@pytest.fixture(scope="module")
def url():
    with postgresql.serving() as found:
        yield found


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "shared.toml"
    path.write_text(STUDY)
    return path


def begin(study, out, *options):
    command = [sys.executable, "-m", "frontsearch.study", str(study), "--jobs", "1", "--quiet", "--out", str(out)]
    return subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)


def ended(process):
    """Exit code and stderr."""
    _, said = process.communicate()
    return process.returncode, said


def fronts(*folders):
    """The points of the fronts of several folders, without the time they took."""
    rows = [row for folder in folders for row in csv.DictReader((folder / "fronts.csv").read_text().splitlines())]
    return sorted(tuple(item for item in row.items() if "seconds" not in item[0]) for row in rows)


def test_two_coordinators_of_one_study_find_what_one_with_a_journal_finds(url, study, tmp_path):
    assert ended(begin(study, tmp_path / "alone")) == (0, "")
    methods = ("path", "optuna-tpe")
    shares = [begin(study, tmp_path / method, "--methods", method, "--storage", url) for method in methods]
    assert [ended(share) for share in shares] == [(0, ""), (0, "")]
    assert fronts(tmp_path / "path", tmp_path / "optuna-tpe") == fronts(tmp_path / "alone")
    assert not (tmp_path / "path" / Folder(tmp_path).journal.name).exists()

    shown = optuna.get_all_study_names(open_storage(url, to_write=False))
    assert {"shared/path/0", "shared/optuna-tpe/0", "shared/comparison"} <= set(shown)


def test_the_second_coordinator_of_a_run_is_refused_while_the_first_one_lives(url, tmp_path):
    study, storage = lasso_study.write(tmp_path, "weighted-grid"), open_storage(url, to_write=True)
    lasso_study.session(study, tmp_path / "first", storage=url, overrides={"epochs": 300}).run()
    name = study.stem
    number = storage.get_study_id_from_name(f"{name}/comparison")
    with Lease(storage, number, runs=[f"{name}/weighted-grid/0"], folder=Path("/elsewhere")).held():
        second = lasso_study.session(study, tmp_path / "second", storage=url)
        with pytest.raises(UserError, match=rf"The run {name}/weighted-grid/0 is being trained by process"):
            second.run()
        lasso_study.session(study, tmp_path / "first", storage=url, report_only=True).run()
    assert not (tmp_path / "second" / "fronts.csv").exists()
    assert second.run().runs


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (":s3cret", ":guessed", "password authentication failed"),
        ("/postgres", "/nowhere", 'database "nowhere" does not exist'),
        ("s3cret", "s3cret@home", "written %40"),
        ("//someone", "//n@body", "password authentication failed"),
    ],
)
def test_a_server_that_says_no_is_one_sentence_without_the_password(url, old, new, words):
    with pytest.raises(UserError, match=words) as refused:
        open_storage(url.replace(old, new), to_write=True)
    said = str(refused.value)
    assert "\n" not in said
    assert "s3cret" not in said
    assert "guessed" not in said


def test_a_server_that_is_not_there_is_one_sentence(url):
    with socket.socket() as taken:  # bound and not listening
        taken.bind(("127.0.0.1", 0))
        gone = f"postgresql://someone:s3cret@127.0.0.1:{taken.getsockname()[1]}/postgres"
        with pytest.raises(UserError, match=r"--storage must be .*someone:\*\*\*@") as refused:
            open_storage(gone, to_write=True)
    assert "s3cret" not in str(refused.value)
