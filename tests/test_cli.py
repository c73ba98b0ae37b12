import csv
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import lasso_study
import pytest
import safetensors.torch

from frontsearch import cli, commands
from frontsearch.config import study_files
from frontsearch.errors import UserError
from frontsearch.methods import METHODS
from frontsearch.tasks import lasso


@pytest.fixture
def call(capsys, monkeypatch):
    """Runs the console script in this process: exit code, stdout and stderr."""

    def called(*arguments, main=cli.main):
        monkeypatch.setattr(sys, "argv", ["frontsearch", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        output = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code, out=output.out, err=output.err)

    return called


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    study = lasso_study.write(folder, "random", "path")
    lasso_study.session(study, folder / "out").run()
    return SimpleNamespace(study=study, out=folder / "out")


def test_the_list_has_every_study_and_method_with_a_sentence(call):
    for done in (call("study", "--list"), call("--list", main=cli.main_study)):
        assert (done.code, done.err) == (0, "")
        words = " ".join(done.out.split())
        for name in [*study_files(), *METHODS]:
            assert f" {name} " in f" {words} "
        assert "The closed-form toy" in words
        assert "A proximal path from dense to sparse" in words


@pytest.mark.parametrize("command", ["study", "report", "dashboard", "export", "fetch"])
def test_every_command_has_help(call, command):
    overview = call("--help")
    assert command in overview.out
    done = call(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"frontsearch {command}" in done.out


def test_the_study_command_has_the_options_that_people_rely_on(call):
    for done in (call("study", "--help"), call("--help", main=cli.main_study)):
        for option in (
            "--methods", "--epochs", "--repeats", "--seed", "--jobs", "--device", "--out", "--storage",
            "--seed-from", "--report-only", "--quiet", "--list",
        ):  # fmt: skip
            assert option in done.out


def test_a_study_prints_its_table_and_what_comes_next(call, tmp_path):
    study, out = lasso_study.write(tmp_path, "random", "path"), tmp_path / "out folder"
    done = call("study", study, "--out", out, "--jobs", 1)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split("  ")[0] == "method"
    for title in ("hypervolume", "hypervolume (log)", "IGD+", "epsilon", "front", "trials", "epochs", "seconds"):
        assert f" {title} " in f"{lines[0]} "
    assert [line.split()[0] for line in lines[1:3]] == ["random", "path"]
    assert " has the greatest hypervolume, 0." in lines[3]
    assert f"Report:     {out / 'report.html'}" in lines
    assert f"Dashboard:  frontsearch dashboard {study} --out '{out}'" in lines
    (export,) = [line for line in lines if line.startswith("A network:")]
    key = export.split()[5]
    assert f"A network:  frontsearch export {study} {key} --out '{out}'" == export
    assert any(path.name.startswith(key) for path in (out / "checkpoints").iterdir())
    trained = done.err.splitlines()
    assert len(trained) == len(lasso_study.rows(out / "trials.csv")) == 17
    assert trained[0].startswith("random/0  100 of 600 epochs  cross entropy ")
    assert trained[-1].split("  ")[1] == "600 of 600 epochs"


def test_a_quiet_study_says_only_how_it_ended(call, tmp_path):
    study = lasso_study.write(tmp_path, "random")
    done = call("study", study, "--out", tmp_path / "out", "--jobs", 1, "--quiet")
    assert (done.code, done.err) == (0, "")
    assert "random has the greatest hypervolume" in done.out


def test_the_module_and_the_script_are_the_same_command(call, finished):
    done = [
        call(*command, finished.study, "--out", finished.out, "--jobs", 1, main=main)
        for command, main in ((["study"], cli.main), ([], cli.main_study))
    ]
    assert done[0] == done[1]
    assert done[0].code == 0


def test_a_report_is_written_again(call, finished, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(finished.out, out)
    for name in ("report.html", "trials.csv", "fronts.csv", "summary.json"):
        (out / name).unlink()
    assert call("report", finished.study, "--out", out).code == 0
    for name in ("report.html", "trials.csv", "fronts.csv", "summary.json"):
        assert (out / name).read_bytes() == (finished.out / name).read_bytes()


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


def test_a_data_set_is_fetched(call, monkeypatch, tmp_path):
    fetched = []
    monkeypatch.setenv("FRONTSEARCH_DATA", str(tmp_path))
    monkeypatch.setattr(commands, "fetch", fetched.append)
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
    monkeypatch.setattr(commands, "run_study", lambda name, options: seen.append(options.jobs))
    if not affinity:  # as on macOS
        monkeypatch.delattr("os.sched_getaffinity", raising=False)
        monkeypatch.setattr("os.cpu_count", lambda: 11)
    call("study", finished.study, "--jobs", 3)
    call("study", finished.study)
    assert seen[0] == 3
    assert seen[1] == 11 if not affinity else seen[1] >= 1


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

    monkeypatch.setattr(commands, "run", interrupted)
    done = call("study", "lasso")
    assert (done.code, done.err) == (130, f"{cli.INTERRUPTED}\n")
