"""Every sentence a user may read, held against error_sentences.json; UPDATE_SENTENCES=1 writes that file anew."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import lasso_study
import pytest
import torch

from frontsearch import tasks
from frontsearch.cli import app
from frontsearch.errors import UserError
from frontsearch.study import study_files
from frontsearch.tasks.built_in.idx_task import idx_data

SNAPSHOT = Path(__file__).with_name("error_sentences.json")

# What is typed; `lasso` and `tiny.toml` are studies, and `done` is the folder in which the latter was run.
COMMANDS = {
    "no study": ["study"],
    "a path that is too long": ["pick", "/".join(["a" * 200] * 30)],
    "an output folder whose name is too long": ["study", "lasso", "--out", "a" * 300],
    "jobs beyond reason": ["study", "lasso", "--jobs", "9" * 30],
    "epochs beyond reason": ["study", "lasso", "--epochs", "1e300"],
    "an export to a folder": ["export", "done", "--to", "."],
    "an example that is a keyword": ["init", "class"],
    "storage with a secret setting": ["study", "lasso", "--storage", "sqlite:///nowhere/a.db?pwd=secret"],
    "unknown command": ["stduy"],
    "unknown option": ["study", "lasso", "--epoch", "3"],
    "an argument too many": ["study", "lasso", "digits"],
    "unknown study": ["study", "laso"],
    "missing study file": ["study", "nowhere/mine.toml"],
    "study file is a folder": ["study", "folder.toml"],
    "unknown method": ["study", "lasso", "--methods", "random,weighted-gird"],
    "empty method": ["study", "lasso", "--methods", ""],
    "epochs under one training": ["study", "lasso", "--epochs", "299"],
    "epochs not finite": ["study", "lasso", "--epochs", "nan"],
    "epochs no number": ["study", "lasso", "--epochs", "many"],
    "no repeats": ["study", "lasso", "--repeats", "0"],
    "negative seed": ["study", "lasso", "--seed", "-1"],
    "seeds from nowhere": ["study", "lasso", "--seed-from", "nowhere/random"],
    "seeds from an unknown method": ["study", "lasso", "--seed-from", "done/randm"],
    "seeds for methods that take none": ["study", "tiny.toml", "--out", "other", "--seed-from", "done"],
    "target without a value": ["study", "digits", "--methods", "path", "--target", "sparsity"],
    "target in percent": ["study", "digits", "--methods", "path", "--target", "sparsity=98"],
    "target unknown": ["study", "digits", "--methods", "path", "--target", "sparsty=0.98"],
    "target for methods that take none": ["study", "digits", "--methods", "random", "--target", "sparsity=0.98"],
    "target on an error that the task has not": ["study", "lasso", "--methods", "path", "--target", "error_increase=1"],
    "target larger than the network": ["study", "lasso", "--methods", "path", "--target", "nonzeros=6"],
    "compare nothing": ["compare", "--out", "other"],
    "compare without a folder to write to": ["compare", "done"],
    "compare what is no run": ["compare", "nowhere/random", "--out", "other"],
    "compare a run that trained nothing": ["compare", "done", "--out", "other"],
    "compare an unknown method": ["compare", "done/random", "--out", "other"],
    "compare a folder with a break": ["compare", "a\nb\x1b[31m", "--out", "other"],
    "no jobs": ["study", "lasso", "--jobs", "0"],
    "jobs no number": ["study", "lasso", "--jobs", "two"],
    "dask without a port": ["study", "lasso", "--dask", "tcp://127.0.0.1"],
    "dask no address": ["study", "lasso", "--dask", "a\nb\x1b[31m:1"],
    "dask unknown protocol": ["study", "lasso", "--dask", "foo://127.0.0.1:9"],
    "dask and MPI": ["study", "lasso", "--dask", "tcp://127.0.0.1:9", "--mpi"],
    "MPI that began nothing": ["study", "lasso", "--mpi"],
    "device nonsense": ["study", "lasso", "--device", "gpu"],
    "storage malformed": ["study", "lasso", "--storage", "nonsense"],
    "storage unknown": ["study", "lasso", "--storage", "foo://bar"],
    "storage without driver": ["study", "lasso", "--storage", "postgresql://127.0.0.1:9/studies"],
    "storage without folder": ["study", "lasso", "--storage", "sqlite:///nowhere/study.db"],
    "out is a file": ["study", "lasso", "--out", "file"],
    "journal is a folder": ["study", "lasso", "--out", "odd"],
    "another study's folder": ["study", "lasso", "--out", "done"],
    "dashboard before a run": ["dashboard", "lasso", "--out", "nowhere"],
    "report before a run": ["report", "lasso", "--out", "nowhere"],
    "report-only before a run": ["study", "lasso", "--report-only", "--out", "nowhere"],
    "dashboard of an unknown study": ["dashboard", "digit"],
    "port out of range": ["dashboard", "tiny.toml", "--out", "done", "--port", "65536"],
    "export before a run": ["export", "lasso", "abc", "--out", "nowhere"],
    "export without a key before a run": ["export", "lasso"],
    "export without a key of a run that trained nothing": ["export", "done"],
    "export from a folder and another": ["export", "done", "abcd1", "--out", "other"],
    "report of a folder of folders": ["report", "several"],
    "report of another folder": ["report", "odd"],
    "report of an unknown study": ["report", "laso"],
    "dashboard of a collection": ["dashboard", "convex"],
    "compare a study that was not run": ["compare", "lasso", "--out", "other"],
    "export of another network's weights": ["export", "tiny.toml", "abcd1", "--out", "done"],
    "export by a key and a rule": ["export", "tiny.toml", "abcd1", "--pick", "knee=chord", "--out", "done"],
    "export by an unknown rule": ["export", "tiny.toml", "--pick", "best", "--out", "done"],
    "export to an unknown format": ["export", "tiny.toml", "abcd1", "--format", "onx", "--out", "done"],
    "export of an unknown key": ["export", "tiny.toml", "zzz", "--out", "done"],
    "export of an ambiguous key": ["export", "tiny.toml", "abc", "--out", "done"],
    "bench of a program of torch": ["bench", "network.pt2"],
    "bench of weights alone": ["bench", "network.safetensors"],
    "bench of no file": ["bench", "network.onnx"],
    "bench of a file by a rule": ["bench", "network.onnx", "--pick", "knee=chord"],
    "export of a pattern": ["export", "tiny.toml", "*", "--out", "done"],
    "export into nowhere": ["export", "tiny.toml", "abcd1", "--dense", "--out", "done", "--to", "file/a"],
    "pick without a run": ["pick"],
    "pick from an unknown study": ["pick", "laso"],
    "pick from a study that was not run": ["pick", "lasso"],
    "pick from another folder": ["pick", "odd"],
    "pick by two rules": ["pick", "done", "--knee", "chord", "--max-l1", "3"],
    "pick by an unknown knee": ["pick", "done", "--knee", "elbow"],
    "pick within a negative budget": ["pick", "done", "--max-l1", "-1"],
    "pick within no budget": ["pick", "done", "--max-error-increase", "nan"],
    "pick within half a weight": ["pick", "done", "--max-nonzeros", "0.5"],
    "unknown data set": ["fetch", "mnits"],
    "study name with a break and colours": ["study", "a\nb\x1b[31m[red]<b>"],
    "study path with a break": ["study", "a\nb.toml"],
    "method with a break": ["study", "lasso", "--methods", "a\nb\x1b[31m"],
    "device with a break": ["study", "lasso", "--device", "a\nb\x1b[31m"],
    "storage with a break": ["study", "lasso", "--storage", "a\nb\x1b[31m"],
    "option with a break": ["study", "--a\nb\x1b[31m"],
    "run with a break": ["pick", "a\nb\x1b[31m"],
    "key with a break": ["export", "tiny.toml", "a\nb\x1b[31m", "--out", "done"],
    "folder with a break": ["dashboard", "lasso", "--out", "a\nb\x1b[31m"],
}

RANDOM = "[methods.random]\n"
# What is changed in tiny.toml.
FILES = {
    "TOML syntax": ("epochs = 600", "epochs = "),
    "TOML too deep": ("epochs = 600", f"x = {'[' * 5000}{']' * 5000}"),
    "TOML integer too long": ("epochs = 600", f"epochs = {'9' * 5000}"),
    "log_box beyond reason": ("[task]", "[log_box]\nl1 = [1e-320, 1e308]\nloss = [1, 2]\n[task]"),
    "log_box of no size": ("[task]", "[log_box]\nl1 = [1.0, 1.0000000000000002]\nloss = [1, 2]\n[task]"),
    "reference_point beyond reason": ("[7.15625, 6.75]", "[7.15625, 1e40]"),
    "threshold beyond reason": ("momentum = 0.5", "pruning_threshold = 1e200"),
    "method option beyond reason": (RANDOM, "[methods.smgd]\nspread = 1000001\n"),
    "trainings beyond number": (RANDOM, "[methods.path]\nstep_epochs = 1e-30\n"),
    "training of no step": (RANDOM, "[methods.path]\nstep_epochs = 0.3\n"),
    "debiasing of no step": (RANDOM, f"{RANDOM}debias = {{ epochs = 0.3 }}\n"),
    "share of no step": (RANDOM, "[methods.one-cycle]\nramp = 0.999\n"),
    "share beyond number": (RANDOM, "[methods.linbreg]\nfrozen = 1e-17\n"),
    "start with a null character": ("epochs = 600", 'start = "a\\u0000b"\nepochs = 600'),
    "missing key": ("epochs = 600\n", ""),
    "misspelt key": ("epochs = 600", "epohcs = 600"),
    "text for a number": ("epochs = 600", 'epochs = "many"'),
    "budget under one training": ("epochs = 600", "epochs = 99"),
    "budget under one population": (RANDOM, "[methods.optuna-nsga3]\npopulation = 7\n"),
    "budget zero": ("epochs = 600", "epochs = 0"),
    "budget infinite": ("epochs = 600", "epochs = inf"),
    "repeats no whole number": ("epochs = 600", "epochs = 600\nrepeats = 1.5"),
    "seed too large": ("epochs = 600", "epochs = 600\nseed = 9223372036854775808"),
    "target two": ("[task]", "[target]\nsparsity = 0.98\nnonzeros = 3\n[task]"),
    "target no table": ("epochs = 600", "epochs = 600\ntarget = 0.98"),
    "target no number": ("[task]", '[target]\nnonzeros = "few"\n[task]'),
    "target of zero": ("[task]", "[target]\nerror_increase = 0\n[task]"),
    "name with a space": ("epochs = 600", 'name = "my study"\nepochs = 600'),
    "name no text": ("epochs = 600", "name = 3\nepochs = 600"),
    "name with a break": ("epochs = 600", 'name = "a\\nb\\u001b[31m"\nepochs = 600'),
    "l1_weights the wrong way": ("[0.01, 3.0]", "[3.0, 0.01]"),
    "l1_weights one": ("[0.01, 3.0]", "[3.0]"),
    "l1_weights three": ("[0.01, 3.0]", "[0.01, 1.0, 3.0]"),
    "l1_weights zero": ("[0.01, 3.0]", "[0.0, 3.0]"),
    "l1_weights no list": ("[0.01, 3.0]", "3.0"),
    "reference_point negative": ("[7.15625, 6.75]", "[7.15625, -6.75]"),
    "log_box half": ("[task]", "[log_box]\nl1 = [1, 2]\n[task]"),
    "log_box the wrong way": ("[task]", "[log_box]\nl1 = [2, 1]\nloss = [1, 2]\n[task]"),
    "log_box unknown key": ("[task]", "[log_box]\nl1 = [1, 2]\nlos = [1, 2]\n[task]"),
    "task unknown": ('"lasso"', '"laso"'),
    "task without name": ('name = "lasso"', ""),
    "task no table": ('[task]\nname = "lasso"\n', ""),
    "task of another's option": ('"lasso"', '"lasso"\nnetwork = "mlp"'),
    "task option not allowed": ('"lasso"', '"digits"\nnetwork = "mpl"'),
    "task objective test": ('"lasso"', '"digits"\nobjective = "test"'),
    "training unknown key": ("learning_rate = 0.05", "learning_rat = 0.05"),
    "training unknown value": ('"prox-sgd"\nl', '"prox-sdg"\nl'),
    "training out of range": ("momentum = 0.5", "momentum = 1.0"),
    "training no whole number": ("momentum = 0.5", "batch_size = 1.5"),
    "training no truth value": ("momentum = 0.5", 'pruning_regrow = "perhaps"'),
    "training straight-through without a sparsity": ("momentum = 0.5", "pruning_straight_through = true"),
    "training optimiser that needs two gradients": ('"prox-sgd"\nl', '"mpg"\nl'),
    "training pruning after its end": ("momentum = 0.5", "pruning_begin = 101"),
    "training sparsity one": ("momentum = 0.5", "pruning_sparsity = 1.0"),
    "space unknown key": ("l1_weight = ", "l1_wieght = "),
    "space epochs": ("l1_weight = ", "epochs = "),
    "space range the wrong way": ("low = 0.01, high = 3.0", "low = 3.0, high = 0.01"),
    "space log range from zero": ("low = 0.01", "low = 0"),
    "space range half": (", high = 3.0", ""),
    "space range unknown key": ("log = true", "lg = true"),
    "space entry a number": ("l1_weight = { low = 0.01, high = 3.0, log = true }", "l1_weight = 3"),
    "space integer range": ("optimiser = [", "batch_size = { low = 1, high = 2.5, integer = true }\noptimiser = ["),
    "space range for whole numbers": ("optimiser = [", "batch_size = { low = 1.5, high = 2.5 }\noptimiser = ["),
    "space range that only ends on whole numbers": (
        "optimiser = [",
        "batch_size = { low = 1, high = 4 }\noptimiser = [",
    ),
    "space range of truth values": ("optimiser = [", "pruning_regrow = { low = 0, high = 1 }\noptimiser = ["),
    "space choice of one": ('["adam", "prox-sgd"]', '["adam"]'),
    "space choice not allowed": ('["adam", "prox-sgd"]', '["adam", "prox-sdg"]'),
    "space choice that needs two gradients": ('["adam", "prox-sgd"]', '["adam", "madam"]'),
    "space choice of lists": ('["adam", "prox-sgd"]', '["adam", [1]]'),
    "space beyond the training": ("optimiser = [", "pruning_begin = { low = 0, high = 101 }\noptimiser = ["),
    "space only_if on a later key": (
        "optimiser = [",
        'momentum = { low = 0.1, high = 0.5, only_if = { optimiser = ["adam"] } }\noptimiser = [',
    ),
    "space only_if no table": ("log = true", "log = true, only_if = 3"),
    "methods missing": (RANDOM, ""),
    "methods empty": (RANDOM, "[methods]\n"),
    "methods unknown": (RANDOM, "[methods.randmo]\n"),
    "methods a number": (RANDOM, "[methods]\nrandom = 3\n"),
    "method without options": (RANDOM, f"{RANDOM}population = 3\n"),
    "method unknown option": (RANDOM, "[methods.path]\nstep_epoch = 3\n"),
    "method option no number": (RANDOM, '[methods.path]\nstep_epochs = "few"\n'),
    "method option text of a number": (RANDOM, '[methods.path]\nstep_epochs = "3"\n'),
    "method option a truth value": (RANDOM, "[methods.one-cycle]\npoints = true\n"),
    "method debias text of a number": (RANDOM, f"{RANDOM}debias = {{ share = '0.2' }}\n"),
    "method option zero": (RANDOM, "[methods.path]\nstep_epochs = 0\n"),
    "method option negative": (RANDOM, "[methods.smgd]\nlow = -1\n"),
    "method option not allowed": (RANDOM, '[methods.smgd]\noptimiser = "prox-sgd"\n'),
    "method debias unknown option": (RANDOM, f"{RANDOM}debias = {{ shares = 0.2 }}\n"),
    "method debias out of range": (RANDOM, f"{RANDOM}debias = {{ share = 1.0 }}\n"),
    "method debias no table": (RANDOM, f"{RANDOM}debias = true\n"),
    "key with a break": ("epochs = 600", '"a\\nb\\u001b[31m" = 1\nepochs = 600'),
    "value with markup": ('"prox-sgd"\nl', '"<b>[red]\\n\\u001b[31m"\nl'),
    "value that is long": ('"prox-sgd"\nl', f'"{"long" * 100}"\nl'),
}

ALL = {**{f"command: {name}": name for name in COMMANDS}, **{f"file: {name}": name for name in FILES}}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder with a study, a run of it, and things in the way."""
    monkeypatch.chdir(tmp_path)
    study = lasso_study.write(tmp_path, "random")
    Path("file").write_text("")
    Path("folder.toml").mkdir()
    Path("odd/ledger.journal").mkdir(parents=True)
    Path("done/checkpoints").mkdir(parents=True)
    Path("done/study.toml").write_text(f'name = "tiny"\n{study.read_text()}')
    Path("several/done").mkdir(parents=True)
    Path("several/done/study.toml").write_text("")
    Path("done/ledger.journal").write_text("")
    for key in ("abcd1".ljust(32, "0"), "abce2".ljust(32, "0")):
        Path(f"done/checkpoints/{key}.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")


def sentence(capsys, *arguments, main=app.main):
    """The one line that these arguments end with, after which the exit code is 2."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["frontsearch", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
    output = capsys.readouterr()
    assert ended.value.code == 2
    assert output.out == ""
    assert_one_line(output.err)
    return general(output.err.removesuffix("\n"))


def assert_one_line(error):
    assert error.endswith("\n")
    assert len(error.splitlines()) == 1
    assert error.removesuffix("\n").isprintable()
    assert "Traceback" not in error


def general(text):
    """Without what differs between machines."""
    studies = str(next(iter(study_files().values())).parent)
    return text.replace(studies, "STUDIES").replace(torch.__version__, "VERSION")


def told(name, capsys):
    if name.startswith("command: "):
        return sentence(capsys, *COMMANDS[ALL[name]])
    old, new = FILES[ALL[name]]
    text = Path("tiny.toml").read_text()
    assert text.count(old) >= 1, old
    Path("tiny.toml").write_text(text.replace(old, new, 1))
    return sentence(capsys, "study", "tiny.toml", "--out", "new", "--jobs", "1", "--quiet")


@pytest.mark.parametrize("name", ALL)
def test_the_sentence_is_the_known_one(name, capsys):
    found = told(name, capsys)
    known = json.loads(SNAPSHOT.read_text(encoding="utf-8")) if SNAPSHOT.exists() else {}
    if os.environ.get("UPDATE_SENTENCES"):
        known = {one: known[one] for one in ALL if one in known} | {name: found}
        SNAPSHOT.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == known[name]


def test_every_known_sentence_is_still_asked_for():
    assert set(json.loads(SNAPSHOT.read_text(encoding="utf-8"))) == set(ALL)


def test_nothing_is_left_behind_by_a_mistake_in_the_file(capsys):
    told("file: space choice not allowed", capsys)
    assert not Path("new").exists()
    assert not Path("runs").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has what it must not have")
def test_a_device_that_is_not_there(capsys):
    assert sentence(capsys, "study", "lasso", "--device", "cuda") == (
        "--device cuda is not available to torch VERSION on this machine; use cpu or auto."
    )


@pytest.mark.parametrize(("option", "module"), [("--dask=tcp://127.0.0.1:9", "distributed"), ("--mpi", "mpi4py")])
def test_a_cluster_of_what_is_not_installed(capsys, monkeypatch, option, module):
    monkeypatch.setitem(sys.modules, module, None)
    extra = option.removeprefix("--").split("=")[0]
    assert re.fullmatch(
        rf"--{extra} needs \w+, which is not installed; pip install 'frontsearch\[{extra}\]' brings it\.",
        sentence(capsys, "study", "lasso", option),
    )


def test_a_port_that_is_taken(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = sentence(capsys, "dashboard", "tiny.toml", "--out", "done", "--port", port)
    assert re.fullmatch(
        rf"The dashboard cannot listen on 127\.0\.0\.1:{port}: .*Address already in use\. Choose another --port\.",
        found,
    )


def test_data_that_cannot_be_had(capsys, monkeypatch):
    def refuse(dataset):
        raise UserError(f"Data set {dataset.name!r} could not be had: \nno network.")

    monkeypatch.setattr(tasks, "fetch", refuse)
    monkeypatch.setattr(sys.modules[idx_data.__module__], "fetch", refuse)
    expected = "Data set 'mnist' could not be had: no network."
    assert sentence(capsys, "fetch", "mnist") == expected
    assert sentence(capsys, "study", "mnist", "--out", "new", "--device", "cpu") == expected


def test_the_study_module_says_the_same(capsys):
    assert sentence(capsys, "laso", main=app.main_study) == sentence(capsys, "study", "laso")


def test_a_real_process_ends_the_same_way():
    command = [sys.executable, "-m", "frontsearch.study", "tiny.toml", "--epochs", "1", "--out", "n\ne\x1b[31mw"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert_one_line(done.stderr)
    assert done.stderr.startswith("tiny.toml: `epochs` (--epochs)")
