"""A folder belongs to one study and one ledger, and a stranger's folder neither writes nor deletes anything outside."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import lasso_study
import pytest

from frontsearch.errors import UserError
from frontsearch.folder import Folder
from frontsearch.folder.owner import FILE
from frontsearch.ledger import hide_password
from frontsearch.study.ownership import _address
from frontsearch.training import Checkpoints

OWNER = Path("owner") / FILE


@pytest.fixture
def study(tmp_path):
    return lasso_study.write(tmp_path, "random", epochs=300)


def url(folder, name="study"):
    return f"sqlite:///{folder}/{name}.db"


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def owner(out):
    return json.loads((out / OWNER).read_text())


def check_every_network_of_the_front_is_there(out):
    keys = {row["key"] for row in lasso_study.rows(out / "fronts.csv")}
    assert keys <= Checkpoints(out / "checkpoints").keys()


# -- one folder, two ledgers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("journal_first", [True, False])
@pytest.mark.parametrize("earlier_version", [True, False])
def test_a_folder_has_one_ledger(study, tmp_path, journal_first, earlier_version):
    out, storages = tmp_path / "out", [None, url(tmp_path)]
    first, second = storages if journal_first else reversed(storages)
    lasso_study.session(study, out, storage=first).run()
    if earlier_version:
        shutil.rmtree(out / "owner")
    before = contents(out)
    for options in ({}, {"report_only": True}):
        with pytest.raises(UserError, match=r"^The folder .* belongs to .*ledger.*choose another folder with --out\.$"):
            lasso_study.session(study, out, overrides={"seed": 2}, storage=second, **options).run()
    assert contents(out) == before
    lasso_study.session(study, out, storage=first).run()
    check_every_network_of_the_front_is_there(out)
    assert (owner(out)["storage"] is None) == journal_first


def test_a_folder_has_one_database(study, tmp_path):
    out = tmp_path / "out"
    lasso_study.session(study, out, storage=url(tmp_path)).run()
    with pytest.raises(UserError, match=r"belongs to a ledger in 'sqlite:///.*study\.db' and not in .*other\.db"):
        lasso_study.session(study, out, storage=url(tmp_path, "other")).run()
    check_every_network_of_the_front_is_there(out)


def test_a_folder_moves_and_is_copied_with_or_without_its_database(study, tmp_path):
    out = tmp_path / "out"
    lasso_study.session(study, out, storage=url(tmp_path)).run()
    shutil.copytree(out, tmp_path / "copied")
    (tmp_path / "out").rename(tmp_path / "renamed")
    (tmp_path / "study.db").rename(tmp_path / "moved.db")
    for folder in ("renamed", "copied"):
        before = lasso_study.outcome(tmp_path / folder)
        lasso_study.session(study, tmp_path / folder, storage=url(tmp_path, "moved")).run()
        assert lasso_study.outcome(tmp_path / folder) == before


def test_a_folder_with_a_journal_moves(study, tmp_path):
    lasso_study.session(study, tmp_path / "out").run()
    (tmp_path / "out").rename(tmp_path / "renamed")
    lasso_study.session(study, tmp_path / "renamed", overrides={"epochs": 400.0}).run()
    check_every_network_of_the_front_is_there(tmp_path / "renamed")


def test_two_folders_share_a_database(study, tmp_path):
    for name in "ab":
        lasso_study.session(study, tmp_path / name, storage=url(tmp_path)).run()
    assert owner(tmp_path / "a")["id"] != owner(tmp_path / "b")["id"]


def test_a_file_of_a_training_that_the_ledger_lacks_is_kept(study, tmp_path):
    lasso_study.session(study, tmp_path / "out").run()
    other = tmp_path / "out" / "checkpoints" / f"{'0' * 32}.safetensors"
    other.write_text("of another ledger")
    lasso_study.session(study, tmp_path / "out", overrides={"epochs": 400.0}).run()
    assert other.exists()


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"study": "tiny"}', '{"study": 1, "task": "", "storage": "", "id": ""}']
)
def test_an_owner_that_cannot_be_read_is_one_sentence(study, tmp_path, content):
    (tmp_path / "out" / "owner").mkdir(parents=True)
    (tmp_path / "out" / OWNER).write_text(content)
    with pytest.raises(UserError, match=rf"{FILE} must say which study the folder belongs to; it cannot be read: "):
        lasso_study.session(study, tmp_path / "out").run()


def test_a_password_is_not_written(tmp_path):
    address = "postgresql://me:secret@host/db?sslpassword=more"
    assert _address(address) == hide_password(address) == "postgresql://me:***@host/db?sslpassword=***"


# -- two studies at the same moment --------------------------------------------------------------------------------


RUN = """
import sys, time
from pathlib import Path
import lasso_study
from frontsearch.errors import UserError
study, start, *storage = sys.argv[1:]
sessions = [
    lasso_study.session(Path(study), Path(f"out{number}"), storage=storage[0].format(number) if storage else None)
    for number in range(2)
]
for number, session in enumerate(sessions):
    while time.time() < float(start) + 2 * number:
        time.sleep(0.001)
    try:
        session.run()
        print("ran")
    except UserError as error:
        print(error)
"""


CLAIM = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from frontsearch.errors import UserError
from frontsearch.folder import Folder
from frontsearch.study.ownership import claim
name, start = sys.argv[1:]
for number in range(60):
    while time.time() < float(start) + 0.05 * number:
        pass
    try:
        claim(Folder(Path(f"out{number}")), SimpleNamespace(name=name, fingerprint="task"), None)
        print("ran")
    except UserError as error:
        print(error)
"""


def at_once(folder, *arguments, code=RUN):
    """What processes with these arguments print, which begin at the same moments."""
    start = str(time.time() + 12)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, one[0], start, *one[1:]], cwd=folder, env=environment, stdout=subprocess.PIPE,
            text=True,
        )
        for one in arguments
    ]  # fmt: skip
    return list(zip(*[process.communicate()[0].splitlines() for process in processes], strict=True))


def test_of_two_studies_that_begin_at_once_in_one_folder_one_goes_on(tmp_path):
    studies = [lasso_study.write(tmp_path, "random", name=name, epochs=200) for name in ("one", "two")]
    for number, outcome in enumerate(at_once(tmp_path, *([str(study)] for study in studies))):
        assert outcome.count("ran") == 1, outcome
        winner = ("one", "two")[outcome.index("ran")]
        assert "holds another study" in outcome[1 - outcome.index("ran")]
        assert owner(tmp_path / f"out{number}")["study"] == winner
        check_every_network_of_the_front_is_there(tmp_path / f"out{number}")


def test_of_two_studies_that_claim_a_folder_at_once_one_has_it(tmp_path):
    for number, outcome in enumerate(at_once(tmp_path, ["one"], ["two"], code=CLAIM)):
        assert outcome.count("ran") == 1, outcome
        assert owner(tmp_path / f"out{number}")["study"] == ("one", "two")[outcome.index("ran")]


def test_of_two_ledgers_that_begin_at_once_in_one_folder_one_goes_on(study, tmp_path):
    for outcome in at_once(tmp_path, [str(study)], [str(study), "sqlite:///{}.db"]):
        assert outcome.count("ran") == 1, outcome


# -- a folder from a stranger --------------------------------------------------------------------------------------


@pytest.fixture
def stranger(study, tmp_path):
    """A finished study's folder, and a folder of somebody's own that must stay as it is."""
    lasso_study.session(study, tmp_path / "out").run()
    (tmp_path / "mine").mkdir()
    yield tmp_path / "out"
    for name, content in contents(tmp_path / "mine").items():
        assert content == b"mine", name


def link(path, target, content="mine"):
    """Puts a link in a path's place that leads to a file or folder of somebody's own."""
    if path.is_dir():
        target.mkdir()
        for file in path.iterdir():
            (target / file.name).write_text(content)
        shutil.rmtree(path)
    else:
        target.write_text(content)
        path.unlink(missing_ok=True)
    path.symlink_to(target)


@pytest.mark.parametrize("name", ["checkpoints", "curves", "artifacts", "owner", "ledger.journal", "study.toml"])
@pytest.mark.parametrize("report_only", [True, False])
def test_a_link_out_of_a_strangers_folder_is_refused(stranger, study, tmp_path, name, report_only):
    link(stranger / name, tmp_path / "mine" / "target")
    before = contents(tmp_path / "mine")
    with pytest.raises(UserError, match=rf"{name} must not be a link"):
        lasso_study.session(study, stranger, overrides={"epochs": 400.0}, report_only=report_only).run()
    assert contents(tmp_path / "mine") == before


def test_a_file_of_a_strangers_folder_that_is_a_link_is_replaced_or_refused(stranger, study, tmp_path):
    for number, name in enumerate(("report.html", "fronts.csv", "summary.json", "trials.csv")):
        link(stranger / name, tmp_path / "mine" / str(number))
    lasso_study.session(study, stranger, report_only=True).run()
    assert "mine" not in {path.read_text() for path in stranger.glob("*.*")}
    key = next(row["key"] for row in lasso_study.rows(stranger / "fronts.csv"))
    link(stranger / "checkpoints" / f"{key}.safetensors", tmp_path / "mine" / "weights")
    with pytest.raises(UserError, match=rf"{key}\.safetensors must not be a link"):
        lasso_study.session(study, stranger, report_only=True).run()
    for read in (Checkpoints(stranger / "checkpoints").load, Checkpoints(stranger / "checkpoints").read_bytes):
        with pytest.raises(UserError, match="must not be a link"):
            read(key)


@pytest.mark.parametrize("published", ["../x.csv", "/etc/passwd", "sub/x.csv", "ledger.json/../x", "owner"])
def test_a_strangers_study_names_no_file_outside_its_folder(stranger, tmp_path, published):
    text = (stranger / "study.toml").read_text()
    (stranger / "study.toml").write_text(f"published = {published!r}\n{text}")
    with pytest.raises(UserError, match="`published` must"):
        lasso_study.session(stranger / "study.toml", stranger)


def test_a_strangers_published_points_are_no_link(stranger, tmp_path):
    link(stranger / "points.csv", tmp_path / "mine" / "points")
    text = (stranger / "study.toml").read_text()
    (stranger / "study.toml").write_text(f"published = 'points.csv'\n{text}")
    with pytest.raises(UserError, match=r"points\.csv must not be a link"):
        lasso_study.session(stranger / "study.toml", stranger)


def test_a_run_to_begin_with_has_no_link_to_copy(stranger, tmp_path):
    key = next(row["key"] for row in lasso_study.rows(stranger / "fronts.csv"))
    link(stranger / "checkpoints" / f"{key}.safetensors", tmp_path / "mine" / "weights")
    with pytest.raises(UserError, match="must not be a link"):
        Folder(tmp_path / "new").copy_checkpoints(Folder(stranger), [key])
    with pytest.raises(UserError, match="32 hexadecimal digits"):
        Folder(tmp_path / "new").copy_checkpoints(Folder(stranger), ["../../mine/weights"])
