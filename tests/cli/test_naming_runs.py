"""RUN means one thing in every command: a study that was run into ``runs/NAME`` is found by its name alone."""

import sys
from pathlib import Path

import pytest
from typer.main import get_command

from frontsearch.cli import app
from frontsearch.folder import Folder
from frontsearch.study import read_study
from frontsearch.study.config import folder_named, to_toml

COMMANDS = [
    (name, parameter)
    for name, command in get_command(app.app).commands.items()
    for parameter in command.params
    if "RUN" in (parameter.metavar or "")
]


@pytest.fixture(autouse=True)
def interrupted(tmp_path, monkeypatch):
    """The folder of a study ``my_network`` that was interrupted before it had a ledger."""
    monkeypatch.chdir(tmp_path)
    config = read_study("digits").model_copy(update={"name": "my_network", "reference_point": (2.3, 400.0)})
    Folder(Path("runs/my_network")).write("study.toml", to_toml(config))


@pytest.mark.parametrize(("command", "parameter"), COMMANDS, ids=[f"{name} {p.name}" for name, p in COMMANDS])
def test_every_command_finds_a_study_by_its_name(command, parameter, monkeypatch, capsys):
    named = ["my_network"] if parameter.param_type_name == "argument" else ["digits", *parameter.opts, "my_network"]
    required = ["--out", "both"] if command == "compare" else []
    monkeypatch.setattr(sys, "argv", ["frontsearch", command, *named, *required])
    with pytest.raises(SystemExit) as ended:
        app.main()
    sentence = capsys.readouterr().err
    assert ended.value.code == 2
    assert "runs/my_network" in sentence


def test_the_commands_are_those_that_take_a_run():
    names = ["report", "compare", "pick", "export", "bench", "dashboard", "verify", "tables"]
    assert {name for name, _ in COMMANDS} == {"study", *names}


@pytest.mark.parametrize("file", ["study.toml", "ledger.journal"])
def test_a_folder_of_that_name_comes_first(file):
    Path("my_network").mkdir()
    assert folder_named("my_network").path == Path("runs/my_network")
    Path("my_network", file).touch()
    assert folder_named("my_network").path == Path("my_network")


@pytest.mark.parametrize("path", ["./my_network", "../my_network", "other", "my_network/path"])
def test_nothing_else_is_looked_for_in_runs(path, monkeypatch):
    Path("below").mkdir()
    if path.startswith(".."):
        monkeypatch.chdir("below")
    assert folder_named(path).path == Path(path)
