"""``frontsearch init``: the files run as they are, and none is overwritten."""

import pytest

from frontsearch import UserError
from frontsearch.cli.starting import write_example
from frontsearch.folder import Folder
from frontsearch.study import Session, read_study


def test_the_files_run_as_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_example("my_network")
    assert "frontsearch study my_network.toml" in capsys.readouterr().out
    assert "own_network" not in (tmp_path / "my_network.py").read_text() + (tmp_path / "my_network.toml").read_text()
    config = read_study("my_network.toml", {"epochs": 40})
    comparison = Session(config=config, folder=Folder(tmp_path / "out"), quiet=True).run()
    assert set(comparison.methods) == {"path", "weighted-grid"}
    with pytest.raises(UserError, match=r"^my_network\.py exists already; give another name, or move it away\.$"):
        write_example("my_network")


def test_a_name_that_would_hide_a_module_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="must not be the name of a module that Python has already; found 'torch'"):
        write_example("torch")


@pytest.mark.parametrize("name", ["my-network", "../up", "", "a.b"])
def test_a_name_that_is_no_modules_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="NAME must be a name of a Python module"):
        write_example(name)
    assert not list(tmp_path.iterdir())
