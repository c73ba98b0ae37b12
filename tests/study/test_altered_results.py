"""Results that were altered or damaged are named, never used, and trained again where that is possible."""

import csv
import json
import shutil

import lasso_study
import numpy as np
import pytest
from optuna.storages import InMemoryStorage
from safetensors.numpy import load_file, save_file

from frontsearch.cli.exporting import ExportOptions, export_network
from frontsearch.errors import UserError
from frontsearch.folder import Folder
from frontsearch.ledger import Ledger, open_storage
from frontsearch.space import Space
from frontsearch.study import locate_study, read_ledger, recorded_comparison


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    lasso_study.session(lasso_study.write(folder, "random", "path"), folder / "run").run()
    return folder / "run"


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


def front_keys(run):
    with (run / "fronts.csv").open() as file:
        return [row["key"] for row in csv.DictReader(file) if row["method"] == "path"]


def checkpoint(run, key):
    return Folder(run).weights.find(key)


def continued(run):
    return lasso_study.session(run / "study.toml", run).run()


def results(run):
    outcome = lasso_study.outcome(run)
    outcome["summary"].pop("notes", None)
    return outcome


def alter_first_trial(run, **changes):
    lines = (run / "ledger.journal").read_text().splitlines()
    number = next(number for number, line in enumerate(lines) if json.loads(line)["op_code"] == 4)
    record = json.loads(lines[number])
    for name, value in changes.items():
        (record if name == "values" else record["user_attrs"])[name] = value
    lines[number] = json.dumps(record)
    (run / "ledger.journal").write_text("\n".join(lines) + "\n")


ALTERED = {
    "an objective": {"values": [1e-3, 1e-3]},
    "a metric": {"nonzeros": 99},
    "the epochs charged": {"epochs": 1.0},
    "the checkpoint's digest": {"checkpoint_sha256": "0" * 64},
}


@pytest.mark.parametrize("altered", ALTERED)
def test_an_altered_trial_is_named_left_out_and_trained_again(run, finished, altered):
    alter_first_trial(run, **ALTERED[altered])
    comparison = recorded_comparison(Folder(run))
    assert any("they were changed" in note for note in comparison.notes)
    assert sum(len(result.run.trials) for result in comparison.runs) == len(results(finished)["trials"]) - 1
    continued(run)
    assert results(run) == results(finished)


def test_a_trial_with_another_recipe_under_its_key_is_named(run, finished):
    lines = (run / "ledger.journal").read_text()
    seed = next(json.loads(line) for line in lines.splitlines() if json.loads(line)["op_code"] == 4)
    found = f'"seed":{seed["user_attrs"]["recipe"]["seed"]}'
    (run / "ledger.journal").write_text(lines.replace(found, '"seed":3'))
    assert any("`key` must be that of the recipe" in note for note in recorded_comparison(Folder(run)).notes)
    continued(run)
    assert results(run) == results(finished)


def flipped(run, keys):
    content = bytearray(checkpoint(run, keys[0]).read_bytes())
    content[-1] ^= 1
    checkpoint(run, keys[0]).write_bytes(content)


def of_another_network(run, keys):
    shutil.copy(checkpoint(run, keys[1]), checkpoint(run, keys[0]))


def not_a_number(run, keys):
    tensors = load_file(checkpoint(run, keys[0]))
    save_file({name: np.full_like(tensor, np.nan) for name, tensor in tensors.items()}, checkpoint(run, keys[0]))


def cut_off(run, keys):
    checkpoint(run, keys[0]).write_bytes(checkpoint(run, keys[0]).read_bytes()[:50])


@pytest.mark.parametrize("damage", [flipped, of_another_network, not_a_number, cut_off])
def test_a_damaged_checkpoint_is_named_not_exported_and_trained_again(run, finished, damage):
    keys = front_keys(run)
    damage(run, keys)
    sentence = f"The checkpoint of trial {keys[0]}, {checkpoint(run, keys[0])}, is not the one that its training wrote"
    assert any(note.startswith(sentence) for note in recorded_comparison(Folder(run)).notes)
    with pytest.raises(UserError, match="is not the one that its training wrote"):
        export_network(str(run), ExportOptions(key=keys[0], to=run / "network.safetensors"))
    report = lasso_study.session(run / "study.toml", run, report_only=True).run()
    assert any(note.startswith(sentence) for note in report.notes)
    assert not any("not the one" in note for note in continued(run).notes)
    assert checkpoint(run, keys[0]).read_bytes() == checkpoint(finished, keys[0]).read_bytes()
    assert results(run) == results(finished)


def test_a_changed_curve_is_named_and_trained_again(run, finished):
    key = front_keys(run)[0]
    curve = Folder(run).learning_curves.find(key)
    curve.write_text(curve.read_text().replace("1", "2"))
    assert any(note.startswith("The learning curve of trial") for note in recorded_comparison(Folder(run)).notes)
    continued(run)
    assert curve.read_bytes() == Folder(finished).learning_curves.find(key).read_bytes()


def unfinished(run, trials):
    """Removes the last trials of path and the ends of all runs from the ledger."""
    lines = [line for line in (run / "ledger.journal").read_text().splitlines() if '"ended"' not in line]
    numbers = [number for number, line in enumerate(lines) if '"start":"warm"' in line]
    left = [line for number, line in enumerate(lines) if number not in numbers[-trials:]]
    (run / "ledger.journal").write_text("\n".join(left) + "\n")


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_parents_whose_weights_are_needed_are_trained_again(run, finished, how):
    """The first of them starts from scratch, and each of the others from the one before it."""
    unfinished(run, 2)
    for file in (run / "checkpoints").iterdir():
        file.unlink() if how == "missing" else file.write_bytes(b"?" + file.read_bytes())
    continued(run)
    assert results(run)["trials"] == results(finished)["trials"]


def test_a_training_that_gives_other_weights_here_is_recorded_anew(run):
    """As on another machine: the record names weights that this one does not train."""
    key, (config, folder) = front_keys(run)[0], locate_study(str(run))
    ledger = Ledger(
        open_storage(folder.journal, to_write=True), config.name, fingerprint=config.fingerprint, space=Space({})
    )
    elsewhere = ledger.find(key)
    object.__setattr__(elsewhere, "checkpoint_sha256", "0" * 64)
    ledger.replace(elsewhere)
    assert any("not the one" in note for note in recorded_comparison(folder).notes)
    continued(run)
    assert not any("not the one" in note for note in recorded_comparison(folder).notes)
    assert read_ledger(folder, config).find(key).checkpoint_sha256 != "0" * 64


def test_records_of_earlier_versions_are_read_as_before(run, finished):
    lines = [json.loads(line) for line in (run / "ledger.journal").read_text().splitlines()]
    for record in lines:
        for name in ("digest", "checkpoint_sha256", "curve_sha256"):
            record.get("user_attrs", {}).pop(name, None)
    (run / "ledger.journal").write_text("".join(json.dumps(record) + "\n" for record in lines))
    assert recorded_comparison(Folder(run)).notes == recorded_comparison(Folder(finished)).notes
    continued(run)
    assert results(run) == results(finished)


def test_a_digest_does_not_depend_on_the_storage(finished, tmp_path):
    config, folder = locate_study(str(finished))
    trials = read_ledger(folder, config).recorded
    for storage in (InMemoryStorage(), open_storage(f"sqlite:///{tmp_path}/study.db", to_write=True)):
        written = Ledger(storage, "tiny", fingerprint=config.fingerprint, space=Space({}))
        for trial in trials:
            written.record("path", 0, trial)
        read = Ledger(storage, "tiny", fingerprint=config.fingerprint, space=Space({}))
        assert read.set_aside == ()
        assert [read.find(trial.key) for trial in trials] == list(trials)
