"""``frontsearch verify``: what fits, and every kind of fault by its name."""

import json
import os
import shutil
import subprocess
import sys

import digits_study
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from typer.testing import CliRunner

from frontsearch.cli.app import app
from frontsearch.folder import Folder
from frontsearch.folder.digests import sha256
from frontsearch.folder.temporary import temporary_name
from frontsearch.ledger import Ledger, open_storage
from frontsearch.space import Space
from frontsearch.study import locate_study, read_ledger, read_study
from frontsearch.study.session import Session


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    config = read_study(str(digits_study.write(folder)), {"methods": ["random", "path"]})
    Session(config=config, folder=Folder(folder / "run"), quiet=True).run()
    return folder / "run"


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


def verified(run, *options):
    found = CliRunner().invoke(app, ["verify", str(run), *options])
    return found.exit_code, found.stdout


def a_checkpoint(run):
    return min((run / "checkpoints").iterdir())


@pytest.mark.parametrize("options", [(), ("--evaluate",)])
def test_a_study_that_was_run_fits_and_nothing_is_changed(run, options):
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    code, text = verified(run, *options)
    assert (code, text.splitlines()[-1]) == (0, "All fits.")
    assert "10 trials as recorded, 9 checkpoints and 9 learning curves as written." in text
    assert ("networks on the fronts were evaluated again." in text) == bool(options)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def changed_checkpoint(run):
    a_checkpoint(run).write_bytes(a_checkpoint(run).read_bytes()[:-1] + b"?")
    return f"The checkpoint of trial {a_checkpoint(run).stem}, {a_checkpoint(run)}, is not the one"


def missing_checkpoint(run):
    a_checkpoint(run).unlink()
    return "is missing from"


def changed_curve(run):
    curve = min((run / "curves").iterdir())
    curve.write_text(curve.read_text() + " ")
    return f"The learning curve of trial {curve.stem}, {curve}, is not the one"


def foreign_benchmark(run):
    path = run / "benchmarks" / f"{'ab' * 16}.json"
    path.parent.mkdir()
    path.write_text("{}")
    return f"{path} belongs to no trial"


def foreign_checkpoint(run):
    path = a_checkpoint(run).with_stem("ab" * 16)
    shutil.copy(a_checkpoint(run), path)
    return f"{path} belongs to no trial"


def temporary_file(run):
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    path = run / temporary_name().replace(f"-{os.getpid()}-", f"-{ended.pid}-")
    path.touch()
    return f"{path} is what a killed process left"


def damaged_line(run):
    with (run / "ledger.journal").open("a") as file:
        file.write("?\n")
    return "of " + str(run / "ledger.journal") + " is damaged"


def altered_trial(run):
    journal = run / "ledger.journal"
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    next(record for record in records if record["op_code"] == 4)["values"] = [0.001, 0.001]
    journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    return "they were changed"


@pytest.mark.parametrize(
    "fault",
    [
        changed_checkpoint, missing_checkpoint, changed_curve, foreign_checkpoint, foreign_benchmark, temporary_file,
        damaged_line, altered_trial,
    ],
)  # fmt: skip
def test_every_fault_is_named_and_the_exit_code_is_1(run, fault):
    expected = fault(run)
    code, text = verified(run)
    assert code == 1
    assert expected in text
    assert text.splitlines()[-1].endswith("faults.")


def test_figures_that_a_checkpoint_does_not_have_are_seen_only_by_evaluating(run):
    """A checkpoint and the record of its digest that were changed together."""
    config, folder = locate_study(str(run))
    path = a_checkpoint(run)
    tensors = load_file(path)
    save_file({name: np.zeros_like(tensor) for name, tensor in tensors.items()}, path)
    key, storage = path.stem, open_storage(folder.journal, to_write=True)
    ledger = Ledger(storage, config.name, fingerprint=config.fingerprint, space=Space({}))
    trial = read_ledger(folder, config).find(key)
    object.__setattr__(trial, "checkpoint_sha256", sha256(path.read_bytes()))
    ledger.replace(trial)
    assert verified(run)[0] == 0
    code, text = verified(run, "--evaluate")
    assert code == 1
    assert f"Trial {key} has the l1 " in text


def test_a_folder_without_a_study_is_a_mistake_of_the_user(tmp_path):
    found = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert type(found.exception).__name__ == "UserError"
