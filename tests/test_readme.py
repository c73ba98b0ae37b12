"""The README is run, not read: its Python really searches, its test command is the one that CI takes."""

import re
from pathlib import Path

import optuna
import pytest
import torch
from typer.testing import CliRunner

from frontsearch.cli.app import app

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture(autouse=True)
def _quiet_optuna():
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(verbosity)


def lines_of(snippet: str) -> list[str]:
    return [line for line in snippet.splitlines() if line.strip()]


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


def test_all_searches_are_shown_in_under_fifteen_lines():
    assert len(SNIPPETS) == 3
    assert all(len(lines_of(snippet)) < 15 for snippet in SNIPPETS)


def test_a_network_of_ones_own_has_a_front_in_ten_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(SNIPPETS[0], names)  # noqa: S102 - the README's own code
    assert len(lines_of(SNIPPETS[0])) <= 10
    assert len(names["result"].front) > 3
    assert not names["network"].training


def test_optuna_snippet_finds_trials_with_both_objectives_and_metrics(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(SNIPPETS[1], names)  # noqa: S102 - the README's own code
    study = names["study"]
    assert isinstance(study, optuna.Study)
    assert len(study.trials) == 12
    assert max(trial.user_attrs["test_error"] for trial in study.best_trials) < 0.2  # a network worth having
    for trial in study.trials:
        assert len(trial.values) == 2
        assert trial.values == [trial.user_attrs["validation_cross_entropy"], trial.user_attrs["l1"]]
        assert {"test_error", "nonzeros", "sparsity"} <= trial.user_attrs.keys()
    kernels = [parameter for parameter in names["network"].parameters() if parameter.ndim == 2]
    assert sum(map(torch.count_nonzero, kernels)) == names["chosen"].user_attrs["nonzeros"]


def test_pymoo_snippet_ends_with_a_non_dominated_set():
    names: dict[str, object] = {}
    exec(SNIPPETS[2], names)  # noqa: S102 - the README's own code
    front = names["front"]
    assert front.shape[1] == 2
    assert not any((a <= b).all() and (a < b).any() for a in front for b in front)
    assert names["problem"].trainings == 12


def test_commands_of_the_readme_exist():
    commands = set(re.findall(r"frontsearch (study|report|dashboard|export|fetch)\b", README))
    assert commands >= {"dashboard", "export"}
    for command in commands:
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0
