"""RUN means the same in every command, and every command takes the same network where nobody says which."""

import json
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import lasso_study
import pytest
import torch

from frontsearch import digits, load_network
from frontsearch.folder.folder import Folder
from frontsearch.study import read_study, study_files
from frontsearch.study.session import Session

RUNS = ("digits", str(study_files()["digits"]), "runs/digits")
SCRIPT = "from frontsearch.cli.app import main; main()"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder in which the study ``digits`` was run for a moment."""
    folder = tmp_path_factory.mktemp("runs")
    config = read_study("digits", {"methods": ["random", "path"], "epochs": 60.0})
    Session(config=config, folder=Folder(folder / "runs/digits"), quiet=True).run()
    return folder


@pytest.fixture(autouse=True)
def here(trained, tmp_path, monkeypatch):
    shutil.copytree(trained, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")


@pytest.mark.parametrize(
    "words",
    [
        ["report"],
        ["pick"],
        ["pick", "--knee", "chord"],
        ["export", "--force"],
        ["compare", "--out", "both"],
    ],
    ids=" ".join,
)
def test_a_run_is_a_name_a_file_or_a_folder(call, words):
    command, *options = words
    done = {run: call(command, run, *options) for run in RUNS}
    assert {one.code for one in done.values()} == {0}
    assert len({one.out for one in done.values()}) == 1
    elsewhere = Path("elsewhere")
    Path("runs/digits").rename(elsewhere)  # where a name no longer leads
    assert call(command, "digits", *options).code == 2
    assert call(command, elsewhere, *options).out.replace("elsewhere", "runs/digits") == done["digits"].out


@pytest.mark.parametrize("run", RUNS)
def test_the_dashboard_takes_every_kind_of_run(run):
    command = [sys.executable, "-c", SCRIPT, "dashboard", run, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = re.match(r"Dashboard: (\S+/)  ", process.stdout.readline())[1]
            with urllib.request.urlopen(f"{address}api/studies") as answer:  # noqa: S310 - of this machine
                names = {study["study_name"] for study in json.load(answer)["study_summaries"]}
        finally:
            process.send_signal(signal.SIGINT)
    assert {"digits/random/0", "digits/path/0"} <= names


def test_out_is_where_a_name_or_a_file_was_run_to(call):
    Path("runs/digits").rename("elsewhere")
    expected = call("report", "elsewhere")
    for run in (*RUNS[:2], "elsewhere"):
        assert call("report", run, "--out", "elsewhere") == expected
    done = call("report", "elsewhere", "--out", "runs/digits")
    assert (done.code, done.err) == (
        2,
        "RUN and --out must be one folder; found elsewhere and runs/digits. Leave out --out.\n",
    )


def test_of_a_folder_and_a_study_of_one_name_the_folder_is_taken(call):
    by_name = call("pick", "lasso")
    assert by_name.code == 2
    shutil.copytree("runs/digits", "lasso")
    assert "frontsearch export lasso " in call("pick", "lasso").out
    Path("digits").mkdir()  # not an output folder
    assert "frontsearch export runs/digits " in call("pick", "digits").out


def test_a_part_of_a_run_is_compared(call):
    for part in ("runs/digits/path", "runs/digits/path/0"):
        done = call("compare", part, "--out", "part")
        assert done.code == 0
        assert [line.split()[0] for line in done.out.splitlines()[1:2]] == ["path"]


def page_default():
    """Key of the network that the page shows first."""
    html = Path("runs/digits/report.html").read_text(encoding="utf-8")
    page, picker = (
        json.loads(re.search(rf'<script type="application/json" id="{name}-data">(.*?)</script>', html)[1])
        for name in ("page", "picker")
    )
    return page["networks"][picker["picks"][""]["default"]][2]  # style, repeat, key


def brute_force():
    """Key of the sparsest network within half a point of the lowest validation error, from the fronts' files."""
    rows = [row for name in ("fronts", "sparse_fronts") for row in lasso_study.rows(Path(f"runs/digits/{name}.csv"))]
    limit = min(float(row["validation_error"]) for row in rows) + 0.005 + 1e-9
    allowed = [row for row in rows if float(row["validation_error"]) <= limit]
    return min(allowed, key=lambda row: (int(row["nonzeros"]), float(row["validation_error"])))["key"]


def test_terminal_pick_export_and_page_take_one_network(call):
    key = brute_force()
    assert key != json.loads(Path("runs/digits/summary.json").read_text())["methods"]["path"]["knee"]["key"]
    report = call("report", "digits")
    assert report.out.splitlines()[-1].endswith(f"frontsearch export runs/digits {key[:8]}")
    assert f"trial {key}\n" in call("pick", "digits").out
    assert (
        call("pick", "digits", "--max-error-increase", 0.5).out.splitlines()[1:]
        == (call("pick", "digits").out.splitlines()[1:])
    )
    exported = call("export", "digits")
    size = Path("network.safetensors").stat().st_size
    assert f"Wrote network.safetensors, trial {key[:8]}, {size:,} bytes. These lines load it:\n" in exported.out
    assert call("export", "digits", key, "--to", "by-key.safetensors").code == 0
    assert Path("network.safetensors").read_bytes() == Path("by-key.safetensors").read_bytes()
    refused = call("export", "digits")
    assert (refused.code, refused.err) == (
        2, "network.safetensors exists; --force replaces it, and --to names another file.\n",
    )  # fmt: skip
    assert call("export", "digits", "--force").code == 0
    by_rule = call("export", "digits", "--pick", "max-error-increase=0.5", "--to", "by-rule.safetensors")
    assert Path("by-rule.safetensors").read_bytes() == Path("by-key.safetensors").read_bytes()
    assert by_rule.out.splitlines()[0].split() == ["layer", "units", "parameters", "multiply-adds"]
    dense = call("export", "digits", "--dense", "--to", "dense.safetensors")
    assert dense.out == f"Wrote dense.safetensors, trial {key[:8]}, a state dict for torch's load_state_dict.\n"
    small = load_network(digits().network(1), "network.safetensors")
    whole = load_network(digits().network(1), "dense.safetensors")
    measured = call("bench", "digits", key).out
    assert re.search(r"^safetensors +[\d,]+ -> [\d,]+ +[\d,]+ -> [\d,]+$", measured, re.MULTILINE)
    assert re.search(r"^safetensors, before training +[\d,]+ +[\d,]+$", measured, re.MULTILINE)
    assert len(re.findall(r"^(?:torch|torch.compile|onnxruntime) +\d+ +(?:1|64|256) ", measured, re.MULTILINE)) >= 6
    table = measured[measured.index("file ") : measured.index("Wrote runs/digits/benchmarks/")]
    assert call("pick", "digits").out.endswith(f"\n\n{table}")
    assert "Size and speed" not in Path("runs/digits/report.html").read_text()
    assert measured.splitlines()[-1].endswith("frontsearch report runs/digits")
    call("report", "digits")
    assert "Size and speed" in Path("runs/digits/report.html").read_text()
    Path(f"runs/digits/benchmarks/{key}.json").write_text("{")
    assert call("pick", "digits").out.endswith(
        f"{key}.json is damaged or not what `frontsearch bench` writes: measure again.\n"
    )
    inputs = digits().splits["test"].inputs
    torch.testing.assert_close(small(inputs), whole(inputs), atol=1e-5, rtol=1e-5)
    assert page_default() == key


def test_the_default_network_of_a_study_in_a_database_is_exported(call, tmp_path):
    study, url = lasso_study.write(tmp_path, "random"), f"sqlite:///{tmp_path}/study.db"
    lasso_study.session(study, tmp_path / "out", storage=url).run()
    picked = call("pick", tmp_path / "out", "--storage", url).out.splitlines()[1].split()[-1]
    assert f"trial {picked[:8]}, " in call("export", study, "--out", tmp_path / "out", "--storage", url).out


def test_a_study_is_written_with_what_chance_scores():
    written = tomllib.loads(Path("runs/digits/study.toml").read_text())
    assert 0.88 < written["chance_error"] < 0.9  # ten classes of nearly the same size
    assert 2.30 < written["chance_loss"] < 2.3026
