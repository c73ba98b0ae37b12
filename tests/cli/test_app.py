import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import lasso_study
import pytest
import safetensors.torch

from frontsearch import cli, tasks
from frontsearch.cli import app, entry, printing, study_command
from frontsearch.cli.interruption import INTERRUPTED
from frontsearch.errors import UserError
from frontsearch.methods import METHODS
from frontsearch.study import study_files
from frontsearch.tasks import lasso


@pytest.fixture
def call(call, monkeypatch):
    """Runs the console script in this process, as where its folder is on the path."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return call


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A finished study of a task with errors and layers."""
    folder = tmp_path_factory.mktemp("digits")
    lasso_study.write(folder, "random", "path")
    study = folder / "tiny.toml"
    text = study.read_text().replace('"lasso"', '"digits"').replace("[7.15625, 6.75]", "[2.3, 400.0]")
    text = text.replace("= 600", "= 12").replace("= 100", "= 2").replace("= 50", "= 1").replace("prox-sgd", "prox-adam")
    text = text.replace("[0.01, 3.0]", "[1e-4, 3e-2]").replace("low = 0.01, high = 3.0", "low = 1e-4, high = 3e-2")
    study.write_text(text)
    lasso_study.session(study, folder / "out").run()
    return SimpleNamespace(study=study, out=folder / "out")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    study = lasso_study.write(folder, "random", "path")
    lasso_study.session(study, folder / "out").run()
    return SimpleNamespace(study=study, out=folder / "out")


@pytest.mark.parametrize("command", ["frontsearch pick digits", "frontsearch dashboard 'my study.toml'"])
def test_printed_commands_work_when_pasted(monkeypatch, tmp_path, command):
    script = Path(sys.executable).with_name("frontsearch")
    assert script.exists()
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    assert printing.pasteable(command) == command
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))  # as where the environment is not activated
    rest = command.removeprefix("frontsearch")
    assert printing.pasteable(command) == f"{shlex.quote(str(script))}{rest}"
    monkeypatch.chdir(script.parents[1])
    assert printing.pasteable(command) == f"bin/frontsearch{rest}"


def test_the_version_is_the_packages(call):
    done = call("--version")
    assert (done.code, done.out, done.err) == (0, f"frontsearch {version('frontsearch')}\n", "")


def test_no_flag_is_shown_with_a_type(call):
    for command in ([], ["study"], ["compare"], ["pick"]):
        assert "bool" not in call(*command, "--help").out


def test_the_list_has_every_study_and_method_with_a_sentence(call):
    for done in (call("--list"), call("study", "--list"), call("--list", main=app.main_study)):
        assert (done.code, done.err) == (0, "")
        words = " ".join(done.out.split())
        for name in [*study_files(), *METHODS]:
            assert f" {name} " in f" {words} "
        assert "The closed-form toy" in words
        assert "A proximal path from dense to sparse" in words


@pytest.mark.parametrize("typed", [["--list", "--json"], ["--json", "--list"], ["study", "--list", "--json"]])
def test_the_list_as_json_has_every_study_and_method(call, typed):
    found = json.loads(call(*typed).out)
    assert found["schema"] == printing.JSON_SCHEMA
    assert found["studies"].keys() == set(study_files())
    assert found["methods"].keys() == set(METHODS)
    assert "A proximal path from dense to sparse" in found["methods"]["path"]["description"]


@pytest.mark.parametrize("typed", [["--json"], ["--json", "pick", "runs"]])
def test_options_stand_after_the_command(call, typed):
    done = call(*typed)
    assert (done.code, done.err) == (2, "Name a command, and its options after it; --help lists the commands.\n")


def test_results_and_picks_as_json_name_the_same_network(call, digits):
    results = json.loads(call("report", digits.out, "--json").out)
    assert results.items() >= json.loads((digits.out / "summary.json").read_text()).items()
    assert results["report"] == str(digits.out / "report.html")
    picked = json.loads(call("pick", digits.out, "--json").out)
    assert picked["networks"] == results["networks"]
    (network,) = picked["networks"]
    rows = [row for row in lasso_study.rows(digits.out / "trials.csv") if row["key"] == network["key"]]
    assert rows[0]["method"] == network["method"]
    assert float(rows[0]["validation_error"]) == network["metrics"]["validation_error"]
    assert Path(network["checkpoint"]).is_file()
    assert call(*shlex.split(network["export"])[1:], "--to", digits.out.parent / "n.onnx").code == 0
    several = json.loads(call("pick", digits.out, "--representatives", 3, "--json").out)["networks"]
    assert 1 <= len(several) <= 3
    assert several[0].keys() == network.keys()


def test_representatives_are_a_row_each(call, digits):
    done = call("pick", digits.out, "--representatives", 3)
    found = json.loads(call("pick", digits.out, "--representatives", 3, "--json").out)["networks"]
    _, header, *rows = done.out.splitlines()
    assert header.split()[:2] == ["network", "method"]
    assert [row.split()[0] for row in rows] == [network["key"][:8] for network in found]
    mixed = call("pick", digits.out, "--representatives", 3, "--knee", "chord")
    assert (mixed.code, mixed.err) == (2, "Choose by one rule only; found --knee and --representatives.\n")


@pytest.mark.parametrize("command", ["study", "report", "compare", "dashboard", "export", "pick", "verify", "fetch"])
def test_every_command_has_help(call, command):
    overview = call("--help")
    assert command in overview.out
    done = call(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"frontsearch {command}" in done.out


def test_the_study_command_has_the_options_that_people_rely_on(call):
    for done in (call("study", "--help"), call("--help", main=app.main_study)):
        for option in (
            "--methods", "--epochs", "--repeats", "--seed", "--jobs", "--device", "--out", "--storage",
            "--seed-from", "--target", "--report-only", "--quiet", "--list",
        ):  # fmt: skip
            assert option in done.out


def test_a_study_prints_its_table_and_what_comes_next(call, tmp_path):
    study, out = lasso_study.write(tmp_path, "random", "path"), tmp_path / "out folder"
    done = call("study", study, "--out", out, "--jobs", 1)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split("  ")[0] == "method"
    for title in ("hypervolume", "hypervolume (log)", "IGD+", "epsilon", "front size", "trials", "epochs", "seconds"):
        assert f" {title} " in f"{lines[0]} "
    assert [line.split()[0] for line in lines[1:3]] == ["random", "path"]
    assert lines[3].startswith("2 methods together found ")
    assert f"Report:     {out / 'report.html'}" in lines
    assert f"Dashboard:  frontsearch dashboard '{out}'" in lines
    key = lines[-1].split()[-1]
    assert lines[-2:] == [f"Show it:    frontsearch pick '{out}'", f"Export it:  frontsearch export '{out}' {key}"]
    (named,) = (line for line in lines if line.startswith("Network:    "))
    assert re.match(rf"Network:    {key} by (random|path), \d+ of \d+ weights nonzero, ", named)
    assert any(path.name.startswith(key) for path in (out / "checkpoints").iterdir())
    trained = done.err.splitlines()
    assert len(trained) == len(lasso_study.rows(out / "trials.csv")) == 14
    assert trained[0].startswith("random/0  100 of 600 epochs  cross entropy ")
    assert trained[-1].split("  ")[1] == "600 of 600 epochs"


def test_a_quiet_study_says_only_how_it_ended(call, tmp_path):
    study = lasso_study.write(tmp_path, "random")
    done = call("study", study, "--out", tmp_path / "out", "--jobs", 1, "--quiet")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"random found \d+ non-dominated networks", done.out)


def test_the_module_and_the_script_are_the_same_command(call, finished):
    done = [
        call(*command, finished.study, "--out", finished.out, "--jobs", 1, main=main)
        for command, main in ((["study"], app.main), ([], app.main_study))
    ]
    assert done[0] == done[1]
    assert done[0].code == 0


def test_a_report_is_written_again(call, finished, tmp_path):
    folders = out, _ = tmp_path / "out", finished.out
    shutil.copytree(finished.out, out)
    for name in ("report.html", "trials.csv", "fronts.csv", "summary.json"):
        (out / name).unlink()
    assert call("report", finished.study, "--out", out).code == 0
    for name in ("report.html", "trials.csv", "fronts.csv", "summary.json"):
        written, before = (folder.joinpath(name).read_text("utf-8").replace(str(folder), "OUT") for folder in folders)
        assert written == before


@pytest.mark.parametrize("command", ["report", "dashboard"])
def test_what_another_study_left_is_neither_reported_nor_served(call, finished, tmp_path, command):
    before = files_of(finished.out)
    done = call(command, "lasso", "--out", finished.out)
    assert done.code == 2
    assert "holds another study: 'tiny' and not 'lasso'" in done.err
    assert files_of(finished.out) == before
    url = f"sqlite:///{tmp_path}/study.db"
    lasso_study.session(finished.study, tmp_path / "out", storage=url).run()
    done = call(command, "lasso", "--out", tmp_path / "new", "--storage", url)
    assert done.code == 2
    assert "has no run of the study lasso" in done.err


def test_what_may_not_be_read_is_one_sentence(call, monkeypatch):
    def forbidden(*_):
        raise PermissionError(13, "Permission denied", "theirs/study.toml")

    monkeypatch.setattr(study_command, "run", forbidden)
    done = call("study", "lasso")
    assert (done.code, done.err) == (2, "theirs/study.toml cannot be used: Permission denied. Check its permissions.\n")


def test_an_exported_network_gives_its_trials_objectives(call, finished, tmp_path):
    with (finished.out / "fronts.csv").open(newline="") as stream:
        point = list(csv.DictReader(stream))[3]
    file = tmp_path / "network.safetensors"
    done = call("export", finished.study, point["key"][:10], "--out", finished.out, "--to", file)
    assert (done.code, done.err) == (0, "")
    assert str(file) in done.out
    task = lasso()
    network = task.network(0)
    network.requires_grad_(requires_grad=False).load_state_dict(safetensors.torch.load_file(file))
    inputs, targets = task.splits["train"]
    assert float(task.loss(network(inputs), targets)) == pytest.approx(float(point["cross_entropy"]), rel=1e-6)
    weights = network.get_parameter("theta")
    assert float(weights.abs().sum()) == pytest.approx(float(point["l1"]), rel=1e-6)
    assert int((weights != 0).sum()) == int(point["nonzeros"])


def files_of(folder):
    """Content and time of every file and folder."""
    found = sorted(folder.rglob("*"))
    return {path: (path.read_bytes() if path.is_file() else None, path.stat().st_mtime_ns) for path in found}


def picked(done):
    """What stands behind the titles of a printed pick; several lines of lineage."""
    assert (done.code, done.err) == (0, "")
    words, *lines = done.out.splitlines()
    width = re.match(r"Network\s+", lines[0]).end()
    rows = [(line[:width].strip(), line[width:]) for line in lines]
    lineage = [text for title, text in rows if not title]
    return SimpleNamespace(words=words, lineage=lineage, **{title.replace(" ", "_"): text for title, text in rows})


def fronts_of(out):
    rows = [row for name in ("fronts.csv", "sparse_fronts.csv") for row in lasso_study.rows(out / name)]
    return list({row["key"]: row for row in rows}.values())


def test_a_network_is_picked_and_nothing_is_written(call, digits):
    before = files_of(digits.out)
    found = picked(call("pick", digits.out, "--max-error-increase", 0.5))
    assert files_of(digits.out) == before
    rows = fronts_of(digits.out)
    limit = min(float(row["validation_error"]) for row in rows) + 0.005 + 1e-9
    least = min(int(row["nonzeros"]) for row in rows if float(row["validation_error"]) <= limit)
    key = found.Network.split()[-1]
    (row,) = [row for row in rows if row["key"] == key]
    assert int(row["nonzeros"]) == least
    assert float(row["validation_error"]) <= limit
    assert found.words == (
        "The network with the fewest nonzeros among those with a validation error at most 0.5 percentage points above "
        "the lowest."
    )
    assert found.Network == f"{row['method']}, repeat 0, trial {key}"
    assert f"validation {float(row['cross_entropy']):.4f}, test {float(row['test_cross_entropy']):.4f}" in (
        found.Cross_entropy
    )
    assert found.Error.endswith(
        f"validation {100 * float(row['validation_error']):.2f} %, test {100 * float(row['test_error']):.2f} %"
    )
    assert found.l1 == f"{float(row['l1']):.5g}"
    assert found.Nonzeros.startswith(f"{least} of 2368, sparsity ")
    (trial,) = [trial for trial in lasso_study.rows(digits.out / "trials.csv") if trial["key"] == key]
    for name in ("l1_weight", "optimiser", "learning_rate", "seed"):
        assert f"{name} {trial[name]}" in found.Recipe
    assert found.Checkpoint == str(digits.out / "checkpoints" / f"{key}.safetensors")
    assert Path(found.Checkpoint).is_file()
    assert Path(found.Learning_curve).is_file()
    assert sum(int(layer.split()[1]) for layer in found.Layers.split(", ")) == least


@pytest.mark.parametrize("size", ["nonzeros", "units", "multiply_adds"])
def test_a_limit_on_any_size_picks_the_lowest_loss_within_it(call, digits, size):
    sizes = {row["key"]: int(row[size]) for row in lasso_study.rows(digits.out / "trials.csv")}
    limit = sorted(sizes[row["key"]] for row in fronts_of(digits.out))[len(fronts_of(digits.out)) // 2]
    found = picked(call("pick", digits.out, f"--max-{size.replace('_', '-')}", limit))
    inside = [row for row in fronts_of(digits.out) if sizes[row["key"]] <= limit]
    assert found.Network.split()[-1] == min(inside, key=lambda row: float(row["cross_entropy"]))["key"]
    assert f"with {size.replace('_', '-')} at most {limit}." in found.words


def test_a_journal_that_is_being_written_to_is_left_alone(call, finished, tmp_path):
    shutil.copytree(finished.out, tmp_path / "out")
    whole = call("pick", tmp_path / "out").out
    with (tmp_path / "out" / "ledger.journal").open("ab") as journal:
        journal.write(b'{"op_code": 4, "study_id')
    before = files_of(tmp_path / "out")
    assert call("pick", tmp_path / "out").out == whole
    assert files_of(tmp_path / "out") == before


def test_a_picked_networks_ancestry_goes_back_to_its_start(call, digits):
    l1 = [float(row["l1"]) for row in fronts_of(digits.out) if row["method"] == "path"]
    found = picked(call("pick", digits.out, "--method", "path", "--max-l1", min(l1)))
    trials = {row["key"][:8]: row for row in lasso_study.rows(digits.out / "trials.csv")}
    chain = [found.Network.split()[-1][:8]]
    while trials[chain[0]]["start_trial"]:
        chain.insert(0, trials[chain[0]]["start_trial"][:8])
    assert len(chain) > 1
    assert [stage.split()[0] for stage in found.lineage] == chain
    assert " from scratch, " in found.lineage[0]
    assert all(f" from {parent}, " in stage for parent, stage in zip(chain, found.lineage[1:], strict=False))
    epochs = sum(float(trials[key]["epochs"]) for key in chain)
    assert found.Lineage == f"{len(chain)} trainings, {epochs:g} epochs in total"


def test_a_long_ancestry_is_shown_at_its_ends_and_says_how_much_is_left_out(call, tmp_path):
    study, out = lasso_study.write(tmp_path, "path", epochs=1100), tmp_path / "out"
    study.write_text(study.read_text().replace("[methods.path]", "[methods.path]\nsweep = 0.8"))  # one chain
    lasso_study.session(study, out).run()
    found = picked(call("pick", out, "--max-nonzeros", 2))
    trainings = int(found.Lineage.split()[0])
    assert trainings > 9
    assert len(found.lineage) == 9
    assert found.lineage[4] == f"... {trainings - 8} more ..."
    assert found.lineage[-1].startswith(found.Network.split()[-1][:8])


def test_the_command_it_prints_exports_the_picked_network(call, digits, tmp_path, monkeypatch):
    found = picked(call("pick", digits.out, "--knee", "weights"))
    monkeypatch.chdir(tmp_path)
    done = call(*shlex.split(found.Export)[1:])
    assert (done.code, done.err) == (0, "")
    tensors = safetensors.torch.load_file("network.safetensors")
    incoming, outgoing = (tensors[f"{layer}.weight"].double().abs() for layer in (1, 3))
    l1 = 2 * float((incoming.sum(1) * outgoing.sum(0)).sqrt().sum())  # in the canonical scale
    assert f"{l1:.5g}" == found.l1


def test_the_knee_of_a_method_is_that_of_the_summary(call, finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished.out, "runs/tiny")
    summary = json.loads(Path("runs/tiny/summary.json").read_text())
    for method, figures in summary["methods"].items():
        found = picked(call("pick", finished.study, "--method", method, "--knee", "chord"))
        assert found.Network == f"{method}, repeat 0, trial {figures['knee']['key']}"
        assert found.Checkpoint == f"runs/tiny/checkpoints/{figures['knee']['key']}.safetensors"
        assert found.Export == f"frontsearch export runs/tiny {figures['knee']['key'][:8]}"
        assert "Error" not in vars(found)  # the toy knows no wrong or right


def test_a_network_is_picked_from_a_database(call, tmp_path):
    study, url = lasso_study.write(tmp_path, "random"), f"sqlite:///{tmp_path}/study.db"
    lasso_study.session(study, tmp_path / "out", storage=url).run()
    found = picked(call("pick", tmp_path / "out", "--storage", url))
    assert found.Network.startswith("random, repeat 0, trial ")
    done = call("pick", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert "it has no ledger.journal" in done.err


def test_a_pick_whose_checkpoint_is_gone_says_so(call, finished, tmp_path):
    shutil.copytree(finished.out, tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / "checkpoints")
    found = picked(call("pick", tmp_path / "out"))
    assert found.Checkpoint == f"not in {tmp_path / 'out' / 'checkpoints'}, so the network cannot be exported"
    assert {"Export", "Layers"} & vars(found).keys() == set()


def test_what_nothing_satisfies_ends_with_what_there_is(call, finished):
    least = min(float(row["l1"]) for row in fronts_of(finished.out) if row["method"] == "path")
    assert least > 0
    done = call("pick", finished.out, "--method", "path", "--max-l1", least / 2)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"No network on the fronts has l1 at most {least / 2:.15g}; the smallest is trial ")
    assert f", l1 {least:.5g}, " in done.err
    done = call("pick", finished.out, "--max-error-increase", 1)
    assert done.code == 0
    assert "loss" in done.out.splitlines()[0]


def test_an_unknown_method_to_pick_from_is_named(call, finished):
    done = call("pick", finished.out, "--method", "paht")
    assert (done.code, done.out) == (2, "")
    assert (
        done.err == f"--method: {finished.out} has no method 'paht': did you mean 'path'? Choose from path, random.\n"
    )


def test_only_what_trains_or_exports_waits_for_torch(finished, tmp_path):
    """Torch takes longer to import than everything else together."""
    typed = [["--help"], ["study", "--list"], ["study", "dgits"], ["pick", finished.out], ["dashboard", tmp_path]]
    script = (
        "import sys, frontsearch.dashboard.server\n"
        "from frontsearch.cli.app import main\n"
        f"for words in {[list(map(str, words)) for words in typed]}:\n"
        "    sys.argv = ['frontsearch', *words]\n"
        "    try: main()\n"
        "    except SystemExit as ended: print('ended', ended.code, 'torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    ended = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("ended")]
    assert ended == [["0", "False"], ["0", "False"], ["2", "False"], ["0", "False"], ["2", "False"]]


def test_a_data_set_is_fetched(call, monkeypatch, tmp_path):
    fetched = []
    monkeypatch.setenv("FRONTSEARCH_DATA", str(tmp_path))
    monkeypatch.setattr(tasks, "fetch", fetched.append)
    done = call("fetch", "mnist")
    assert (done.code, done.out) == (0, f"mnist is in {tmp_path}.\n")
    assert [dataset.name for dataset in fetched] == ["mnist"]


def test_the_output_goes_to_runs_unless_told_otherwise(call, finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished.out, "runs/tiny")
    before = Path("runs/tiny/trials.csv").read_bytes()
    assert call("study", finished.study, "--jobs", 1, "--quiet").code == 0
    assert Path("runs/tiny/trials.csv").read_bytes() == before
    assert [path.name for path in Path("runs").iterdir()] == ["tiny"]


@pytest.mark.parametrize("affinity", [True, False])
def test_the_number_of_jobs_is_what_was_asked_for_or_the_cores(monkeypatch, finished, call, affinity):
    seen = []
    monkeypatch.setattr(
        study_command, "_run_study", lambda config, folder, options: (seen.append(options.jobs), folder)
    )
    monkeypatch.setattr(study_command, "_print_results", lambda *results: None)
    if not affinity:  # as on macOS
        monkeypatch.delattr("os.sched_getaffinity", raising=False)
        monkeypatch.setattr("os.cpu_count", lambda: 11)
    call("study", finished.study, "--jobs", 3)
    call("study", finished.study)
    assert seen[0] == 3
    assert seen[1] == 11 if not affinity else seen[1] >= 1


def test_a_cluster_takes_as_many_trainings_at_once_as_was_asked_for_or_says_itself(monkeypatch, finished, call):
    seen = []
    monkeypatch.setattr(
        study_command,
        "_run_study",
        lambda config, folder, options: (seen.append((options.jobs, bool(options.cluster))), folder),
    )
    monkeypatch.setattr(study_command, "_print_results", lambda *results: None)
    call("study", finished.study, "--dask", "tcp://127.0.0.1:9")
    call("study", finished.study, "--dask", "tcp://127.0.0.1:9", "--jobs", 3)
    assert seen == [(None, True), (3, True)]


def test_what_fails_over_ctrl_c_is_an_interruption(call, monkeypatch):
    """A journal's lock that is let go of while Ctrl-C comes may fail itself, which is no mistake of the user's."""

    def interrupted(*_):
        try:
            try:
                raise KeyboardInterrupt
            finally:
                Path("no lock here").unlink()
        except OSError as error:
            raise UserError("Trial 1 could not be recorded.") from error

    monkeypatch.setattr(study_command, "run", interrupted)
    done = call("study", "lasso")
    assert (done.code, done.err) == (130, f"{INTERRUPTED}\n")


def test_programs_may_call_the_commands():
    assert (cli.main, cli.main_study) == (entry.main, entry.main_study)
