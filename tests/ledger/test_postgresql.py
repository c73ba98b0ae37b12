"""A real PostgreSQL server: two coordinators of one study find the same fronts as one process with a journal."""

import socket
from pathlib import Path

import digits_study
import lasso_study
import optuna
import postgresql
import pytest
from digits_study import begin, ended, fronts

from frontsearch.errors import UserError
from frontsearch.folder.folder import Folder
from frontsearch.ledger.lease import Lease
from frontsearch.ledger.storage import open_storage

pytestmark = postgresql.needed


@pytest.fixture(scope="module")
def url():
    with postgresql.serving() as found:
        yield found


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return digits_study.write(tmp_path_factory.mktemp("study"))


def test_two_coordinators_of_one_study_find_the_same_fronts_as_one_with_a_journal(url, study, tmp_path):
    assert ended(begin(study, tmp_path / "alone", "--jobs", "1")) == (0, "")
    methods = ("path", "optuna-tpe")
    shared = ("--jobs", "1", "--storage", url)
    shares = [begin(study, tmp_path / method, "--methods", method, *shared) for method in methods]
    assert [ended(share) for share in shares] == [(0, ""), (0, "")]
    assert fronts(tmp_path / "path", tmp_path / "optuna-tpe") == fronts(tmp_path / "alone")
    assert not (tmp_path / "path" / Folder(tmp_path).journal.name).exists()

    shown = optuna.get_all_study_names(open_storage(url, to_write=False))
    assert {"shared/path/0", "shared/optuna-tpe/0", "shared/comparison"} <= set(shown)


def test_a_second_coordinator_of_a_run_is_refused_while_the_first_one_runs(url, tmp_path):
    study, storage = lasso_study.write(tmp_path, "weighted-grid"), open_storage(url, to_write=True)
    lasso_study.session(study, tmp_path / "first", storage=url, overrides={"epochs": 300}).run()
    name = study.stem
    number = storage.get_study_id_from_name(f"{name}/comparison")
    with Lease(storage, number, runs=[f"{name}/weighted-grid/0"], folder=Path("/elsewhere"), task="").held():
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
def test_a_refused_connection_is_one_sentence_without_the_password(url, old, new, words):
    with pytest.raises(UserError, match=words) as refused:
        open_storage(url.replace(old, new), to_write=True)
    said = str(refused.value)
    assert "\n" not in said
    assert "s3cret" not in said
    assert "guessed" not in said


def test_an_unreachable_server_is_one_sentence(url):
    with socket.socket() as taken:  # bound and not listening
        taken.bind(("127.0.0.1", 0))
        gone = f"postgresql://someone:s3cret@127.0.0.1:{taken.getsockname()[1]}/postgres"
        with pytest.raises(UserError, match=r"--storage must be .*someone:\*\*\*@") as refused:
            open_storage(gone, to_write=True)
    assert "s3cret" not in str(refused.value)
