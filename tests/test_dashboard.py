import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import lasso_study
import pytest

METHODS = ("random", "path")


def listening(pid):
    """Addresses on which a process listens, as the kernel tells them: little-endian hexadecimal."""
    sockets = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.append(fields[1].split(":")[0])
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A study's dashboard: its address while it runs, and how it ended."""
    folder = tmp_path_factory.mktemp("dashboard")
    study = lasso_study.write(folder, *METHODS)
    out = folder / "out"
    lasso_study.session(study, out, overrides={"repeats": 2}).run()
    script = "from frontsearch.cli import main; main()"
    command = [sys.executable, "-c", script, "dashboard", study, "--out", out, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        address = re.fullmatch(r"Dashboard: (http://127\.0\.0\.1:[1-9]\d*)/dashboard/  \(Ctrl-C ends it\)\n", line)
        assert address, (line, process.stderr.read() if process.poll() is not None else "")
        seen = SimpleNamespace(url=address[1], out=out, process=process)
        yield seen
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert stdout == ""
    assert "Traceback" not in stderr
    assert len(stderr.splitlines()) <= 1


def get(served, path):
    with urllib.request.urlopen(f"{served.url}{path}", timeout=60) as answer:  # noqa: S310 - the address is our own
        return answer.headers, answer.read()


def api(served, path):
    headers, body = get(served, f"/api/{path}")
    assert headers.get_content_type() == "application/json"
    return json.loads(body)


def studies(served):
    return {one["study_name"]: one["study_id"] for one in api(served, "studies")["study_summaries"]}


def test_it_has_a_page(served):
    headers, body = get(served, "/dashboard/")
    assert headers.get_content_type() == "text/html"
    assert b"<script" in body


def test_every_run_is_there(served):
    assert set(studies(served)) == {f"tiny/{method}/{repeat}" for method in METHODS for repeat in (0, 1)}


@pytest.mark.parametrize("name", [f"tiny/{method}/1" for method in METHODS])
def test_a_run_has_its_trials_the_comparison_and_the_file(served, name):
    number = studies(served)[name]
    study = api(served, f"studies/{number}?after=0")
    assert study["objective_names"] == ["cross_entropy", "l1"]
    method = name.split("/")[1]
    rows = [
        row
        for row in lasso_study.rows(served.out / "trials.csv")
        if (row["method"], row["repeat"]) == (method, "1") and row["status"] == "complete"
    ]
    assert len(study["trials"]) == len(rows)
    by_key = {}
    for trial in study["trials"]:
        attributes = {one["key"]: one["value"] for one in trial["user_attrs"]}
        assert {"key", "recipe", "status", "epochs", "seconds", "l1", "nonzeros", "sparsity"} <= set(attributes)
        by_key[attributes["key"].strip("'\"")] = trial
    for row in rows:
        assert by_key[row["key"]]["values"] == [float(row["cross_entropy"]), float(row["l1"])]

    (graph,) = study["plotly_graph_objects"]
    figure = json.loads(graph["graph_object"])
    assert {trace["name"] for trace in figure["data"]} == set(METHODS)
    assert len(figure["data"]) == 4

    note = study["note"]["body"]
    assert "has the greatest hypervolume" in note
    for one in METHODS:
        assert f"| {one} |" in note

    (artifact,) = study["artifacts"]
    assert (artifact["filename"], artifact["mimetype"]) == ("fronts.csv", "text/csv")
    headers, body = get(served, f"/artifacts/{number}/{artifact['artifact_id']}")
    assert headers.get_content_type() == "text/csv"
    assert body == (served.out / "fronts.csv").read_bytes()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells who listens where in /proc")
def test_it_listens_to_this_machine_alone(served):
    assert listening(served.process.pid) == ["0100007F"]


def test_a_report_in_another_folder_takes_its_file_along(tmp_path):
    """Two folders on one storage: what the first has uploaded is not in the second's artifacts."""
    study, url = lasso_study.write(tmp_path, "random"), f"sqlite:///{tmp_path}/study.db"
    for out in ("a", "b"):
        lasso_study.session(study, tmp_path / out, storage=url).run()
    assert [path.read_bytes() for path in (tmp_path / "a" / "artifacts").iterdir()] == [
        (tmp_path / "a" / "fronts.csv").read_bytes()
    ]
    assert (tmp_path / "b" / "report.html").exists()
