import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import chromium
import lasso_study
import optuna
import pytest
import safetensors.torch

from frontsearch.dashboard.front_door import with_notes
from frontsearch.dashboard.server import HOST, serving
from frontsearch.errors import UserError
from frontsearch.ledger.ledger import INITIAL_TRIALS
from frontsearch.ledger.listed_folders import COMPARISON
from frontsearch.ledger.storage import open_storage
from frontsearch.ledger.stored_runs import stored_runs
from frontsearch.methods import METHODS

RUN = ("random", "path")
GRAPHS = {"objectives", "anytime", "difference"}
SCRIPT = "from frontsearch.cli.app import main; main()"


def listening(pid):
    """Addresses on which a process listens, from /proc: little-endian hexadecimal."""
    sockets = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.append(fields[1].split(":")[0])
    return found


@contextmanager
def commanded(study, out):
    """A study's dashboard as a process, which must end cleanly on Ctrl-C."""
    command = [sys.executable, "-c", SCRIPT, "dashboard", study, "--out", out, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        address = re.fullmatch(r"Dashboard: (http://127\.0\.0\.1:[1-9]\d*)/  \(Ctrl-C stops it\)\n", line)
        assert address, (line, process.stderr.read() if process.poll() is not None else "")
        yield SimpleNamespace(url=address[1], out=out, process=process)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, stdout) == (0, "")
    assert "Traceback" not in stderr
    assert len(stderr.splitlines()) <= 1


@contextmanager
def showing(out):
    """The dashboard of a folder, served by a thread of this process."""
    storage = open_storage(out / "ledger.journal", to_write=False)
    with (
        serving(storage, out / "artifacts", comparison="tiny/comparison", port=0) as server,
        ThreadPoolExecutor(1) as thread,
    ):
        thread.submit(server.serve_forever)
        try:
            yield SimpleNamespace(url=f"http://{HOST}:{server.server_port}")
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dashboard")
    study = lasso_study.write(folder, *RUN)
    lasso_study.session(study, folder / "out", overrides={"repeats": 2}).run()
    with commanded(study, folder / "out") as seen:
        yield seen


def get(served, path, method="GET"):
    asked = urllib.request.Request(f"{served.url}{path}", method=method)  # noqa: S310 - the address is our own
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
        return answer.headers, answer.read()


def api(served, path):
    headers, body = get(served, f"/api/{path}")
    assert headers.get_content_type() == "application/json"
    return json.loads(body)


def studies(served):
    return {one["study_name"]: one["study_id"] for one in api(served, "studies")["study_summaries"]}


def opened(served, name):
    """A study's id and what the dashboard's API returns for it."""
    number = studies(served)[name]
    return number, api(served, f"studies/{number}?after=0")


def front_keys(out, method, repeat):
    files = (out / "fronts.csv", out / "sparse_fronts.csv")
    rows = [row for file in files for row in lasso_study.rows(file)]
    return {row["key"] for row in rows if (row["method"], row["repeat"]) == (method, repeat)}


def key_of(trial):
    return next(one["value"] for one in trial["user_attrs"] if one["key"] == "key").strip("'\"")


# -- what is served ------------------------------------------------------------------------------------------------


def test_the_page_is_served(served):
    headers, body = get(served, "/dashboard/")
    assert headers.get_content_type() == "text/html"
    assert b"<script" in body


def test_every_run_and_one_comparison_are_listed(served):
    assert set(studies(served)) == {f"tiny/{method}/{repeat}" for method in RUN for repeat in (0, 1)} | {
        "tiny/comparison"
    }


@pytest.mark.parametrize("method", RUN)
def test_a_run_has_exactly_its_own_trials(served, method):
    _, study = opened(served, f"tiny/{method}/1")
    assert study["objective_names"] == ["cross_entropy", "l1"]
    rows = [
        row
        for row in lasso_study.rows(served.out / "trials.csv")
        if (row["method"], row["repeat"]) == (method, "1") and row["status"] == "complete"
    ]
    assert len(study["trials"]) == len(rows)
    by_key = {key_of(trial): trial for trial in study["trials"]}
    for trial in study["trials"]:
        names = {one["key"] for one in trial["user_attrs"]}
        assert {"key", "recipe", "status", "epochs", "seconds", "l1", "nonzeros", "sparsity"} <= names
    for row in rows:
        assert by_key[row["key"]]["values"] == [float(row["cross_entropy"]), float(row["l1"])]
    assert (study["plotly_graph_objects"], study["artifacts"], study["note"]["body"]) == ([], [], "")


def test_the_comparison_has_figures_a_note_and_artifacts(served):
    number, study = opened(served, "tiny/comparison")
    assert study["objective_names"] == ["cross_entropy", "l1"]
    assert study["trials"] == []

    graphs = {one["id"]: json.loads(one["graph_object"]) for one in study["plotly_graph_objects"]}
    assert set(graphs) == GRAPHS
    for figure in graphs.values():
        assert set(RUN) <= {trace["name"] for trace in figure["data"]}

    note = study["note"]["body"]
    assert "has the highest hypervolume" in note
    for method in RUN:
        assert f"| {method} |" in note

    artifacts = {one["filename"]: one for one in study["artifacts"]}
    assert {name: one["mimetype"] for name, one in artifacts.items()} == {
        "report.html": "text/html",
        "fronts.csv": "text/csv",
    }
    for name, one in artifacts.items():
        address = f"/artifacts/{number}/{one['artifact_id']}"
        headers, body = get(served, address)
        assert headers.get_content_type() == one["mimetype"]
        assert body == (served.out / name).read_bytes()
        assert f"]({address})" in note or name != "report.html"


@pytest.mark.parametrize("method", RUN)
def test_only_front_points_have_networks_and_learning_curves(served, method):
    number, study = opened(served, f"tiny/{method}/1")
    with_files = {key_of(trial): trial for trial in study["trials"] if trial["artifacts"]}
    assert set(with_files) == front_keys(served.out, method, "1")
    for key, trial in with_files.items():
        found = {one["filename"]: one for one in trial["artifacts"]}
        answers = {
            name: get(served, f"/artifacts/{number}/{trial['trial_id']}/{one['artifact_id']}")
            for name, one in found.items()
        }
        assert set(answers) == {f"{key}.safetensors", f"{key}.json"}
        tensors = safetensors.torch.load(answers[f"{key}.safetensors"][1])
        assert list(tensors) == ["theta"]  # and nothing of the optimiser
        assert float(tensors["theta"].double().abs().sum()) == pytest.approx(trial["values"][1], rel=1e-6)
        headers, curve = answers[f"{key}.json"]
        assert headers.get_content_type() == "application/json"
        assert curve == (served.out / "curves" / f"{key}.json").read_bytes()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells who listens where in /proc")
def test_it_listens_on_the_loopback_address_only(served):
    assert listening(served.process.pid) == ["0100007F"]


# -- what is written, and when -------------------------------------------------------------------------------------


@pytest.fixture
def finished(tmp_path):
    study, out = lasso_study.write(tmp_path, "random"), tmp_path / "out"
    lasso_study.session(study, out).run()
    return SimpleNamespace(study=study, out=out)


def report_again(finished, **options):
    lasso_study.session(finished.study, finished.out, report_only=True, **options).run()


def folder_state(out):
    """The journal's content and the artifacts' modification times."""
    files = {path.name: path.stat().st_mtime_ns for path in (out / "artifacts").iterdir()}
    return (out / "ledger.journal").read_bytes(), files


def test_nothing_is_written_twice(finished):
    journal, files = folder_state(finished.out)
    report_again(finished)
    journal_after, files_after = folder_state(finished.out)
    assert journal_after == journal
    assert set(files_after) == set(files)
    changed = {name for name in files if files_after[name] != files[name]}
    assert len(changed) == 2  # the report and fronts.csv, in place


def test_a_changed_report_replaces_the_old_one(finished):
    before = set(folder_state(finished.out)[1])
    longer = {"epochs": 1200}
    lasso_study.session(finished.study, finished.out, overrides=longer).run()
    artifacts = finished.out / "artifacts"
    assert before <= {path.name for path in artifacts.iterdir()}
    reports = [path for path in artifacts.iterdir() if path.read_bytes().startswith(b"<!")]
    assert [path.read_bytes() for path in reports] == [(finished.out / "report.html").read_bytes()]
    with showing(finished.out) as served:
        _, study = opened(served, "tiny/comparison")
        assert len(study["artifacts"]) == 2
        assert {one["id"] for one in study["plotly_graph_objects"]} == GRAPHS - {"difference"}


def test_figures_and_note_come_from_the_last_command(tmp_path):
    study, out = lasso_study.write(tmp_path, "random", "path"), tmp_path / "out"
    lasso_study.session(study, out).run()
    lasso_study.session(study, out, overrides={"methods": ["random"]}).run()
    with showing(out) as served:
        _, shown = opened(served, "tiny/comparison")
    graphs = {one["id"]: json.loads(one["graph_object"]) for one in shown["plotly_graph_objects"]}
    assert set(graphs) == GRAPHS
    assert "path" not in {trace.get("name") for figure in graphs.values() for trace in figure["data"]}
    assert graphs["difference"]["layout"]["title"]["text"].startswith("No difference to show")
    assert "These are the results of the last command to finish, for random." in shown["note"]["body"]


def test_a_deleted_artifact_stays_deleted(finished):
    def artifacts_of(served):
        return [one["filename"] for one in opened(served, "tiny/comparison")[1]["artifacts"]]

    with showing(finished.out) as served:
        number, study = opened(served, "tiny/comparison")
        (file,) = [one["artifact_id"] for one in study["artifacts"] if one["filename"] == "fronts.csv"]
        get(served, f"/api/artifacts/{number}/{file}", method="DELETE")
        assert artifacts_of(served) == ["report.html"]
        report_again(finished)
        assert artifacts_of(served) == ["report.html"]
    assert not (finished.out / "artifacts" / file).exists()


def test_a_missing_checkpoint_leaves_its_trial_without_a_network(finished):
    keys, artifacts = front_keys(finished.out, "random", "0"), finished.out / "artifacts"
    for path in (*artifacts.iterdir(), finished.out / "checkpoints" / f"{min(keys)}.safetensors"):
        path.unlink()
    report_again(finished)
    assert len(list(artifacts.iterdir())) == 2 + 2 * len(keys) - 1  # and every learning curve


def test_two_folders_may_share_a_storage(tmp_path):
    """Each folder gets its files, and no artifact is recorded twice."""
    study, url = lasso_study.write(tmp_path, "random"), f"sqlite:///{tmp_path}/study.db"
    for out in ("a", "b"):
        lasso_study.session(study, tmp_path / out, storage=url).run()
    first, second = ({path.name for path in (tmp_path / out / "artifacts").iterdir()} for out in ("a", "b"))
    assert {"report.html", "fronts.csv"} <= {path.name for path in (tmp_path / "b").iterdir()}
    assert len(first) > 2
    # The second folder trained nothing, so it has no checkpoint of its own.
    assert len(second) == 2
    assert second <= first


# -- the comparison is not a run -----------------------------------------------------------------------------------


def test_no_method_is_named_like_an_auxiliary_study():
    assert not {COMPARISON, INITIAL_TRIALS} & set(METHODS)


def test_the_comparison_is_not_read_as_a_run(finished):
    storage = open_storage(finished.out / "ledger.journal", to_write=False)
    assert "tiny/comparison" in optuna.get_all_study_names(storage)
    assert {run.method for run in stored_runs(storage)} == {"random"}
    before = lasso_study.outcome(finished.out)
    lasso_study.session(finished.study, finished.out).run()
    assert lasso_study.outcome(finished.out) == before


def test_a_comparison_cannot_seed_a_study(finished, tmp_path):
    seeded = {"seed_from": str(finished.out / COMPARISON)}
    with pytest.raises(UserError, match="has no method 'comparison': choose from random"):
        lasso_study.session(finished.study, tmp_path / "other", overrides=seeded).run()
    study = lasso_study.write(tmp_path, "optuna-nsga2", name="seeded")
    lasso_study.session(study, tmp_path / "seeded", overrides={"seed_from": str(finished.out)}).run()


# -- live ----------------------------------------------------------------------------------------------------------


def test_trials_appear_while_a_study_runs(tmp_path):
    study, out = lasso_study.write(tmp_path, *RUN, epochs=200000, training=500), tmp_path / "out"
    command = [sys.executable, "-m", "frontsearch.study", study, "--out", out, "--jobs", "1", "--quiet"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: (out / "ledger.journal").exists() and b"tiny/path/0" in (out / "ledger.journal").read_bytes())
        with showing(out) as served:
            until(lambda: set(studies(served)) == {"tiny/comparison", *(f"tiny/{method}/0" for method in RUN)})
            counts = []
            until(lambda: counts.append([trials(served, method) for method in RUN]) or filled(counts))
        assert running.poll() is None
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
        assert running.returncode == 130
    finally:
        running.kill()


def trials(served, method):
    return len(opened(served, f"tiny/{method}/0")[1]["trials"])


def filled(counts):
    """Whether every method has more trials than at the first look."""
    assert counts == sorted(counts)
    return all(last > first for first, last in zip(counts[0], counts[-1], strict=True))


def until(holds):
    deadline = time.monotonic() + 180
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


# -- as a reader sees it -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        page = browser.new_page()
        page.set_viewport_size({"width": 1440, "height": 1000})
        page.set_default_timeout(120_000)
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page
        assert page.complaints == []


@chromium.needed
def test_the_browser_shows_the_studies(served, page):
    page.goto(f"{served.url}/dashboard/")
    for name in ("tiny/comparison", "tiny/random/0", "tiny/path/1"):
        page.get_by_text(name).wait_for()
        assert page.get_by_text(name).is_visible()


@chromium.needed
def test_the_browser_draws_the_front_with_metric_names(served, page):
    number, study = opened(served, "tiny/path/0")
    page.goto(f"{served.url}/dashboard/studies/{number}")
    plot = page.locator("#graph-pareto-front")
    plot.locator(".scatterlayer .point").first.wait_for(state="attached")
    assert plot.locator(".scatterlayer .point").count() == len(study["trials"])
    assert page.get_by_text("cross_entropy", exact=True).count() >= 1
    assert page.get_by_text("l1", exact=True).count() >= 1


@chromium.needed
def test_on_a_phone_the_comparison_is_as_wide_as_the_window(served, page):
    number, _ = opened(served, "tiny/comparison")
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{served.url}/dashboard/studies/{number}")
    page.locator("[id='user-defined-plot:anytime'] .main-svg").first.wait_for()
    tops = [page.locator(f"[id='user-defined-plot:{name}']").bounding_box()["y"] for name in ("objectives", "anytime")]
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1440, "height": 1000})
    assert width == 390
    assert tops[0] < tops[1]


@chromium.needed
def test_the_browser_draws_the_comparison(served, page):
    number, study = opened(served, "tiny/comparison")
    page.goto(f"{served.url}/dashboard/studies/{number}")
    for graph in study["plotly_graph_objects"]:
        plot = page.locator(f"[id='user-defined-plot:{graph['id']}']")
        plot.locator(".scatterlayer .js-line").first.wait_for(state="attached")
        assert plot.locator(".scatterlayer .trace").count() == len(json.loads(graph["graph_object"])["data"])
        figure, title = plot.bounding_box(), plot.locator(".xtitle").bounding_box()
        assert title["y"] + title["height"] < figure["y"] + figure["height"]  # all of it is seen


@chromium.needed
def test_the_browser_opens_the_report_from_the_note(served, page):
    number, _ = opened(served, "tiny/comparison")
    page.goto(f"{served.url}/dashboard/studies/{number}/note")
    page.get_by_text("Open the report").click()
    page.wait_for_selector("#fronts .scatterlayer .point", state="attached")
    assert f"/artifacts/{number}/" in page.url


@chromium.needed
def test_the_browser_downloads_a_trials_network(served, page):
    number, study = opened(served, "tiny/path/0")
    trial = next(one for one in study["trials"] if one["artifacts"])
    name = f"{key_of(trial)}.safetensors"
    page.goto(f"{served.url}/dashboard/studies/{number}/trials?numbers={trial['number']}")
    page.get_by_text(name).wait_for()
    with page.expect_download() as downloading:
        page.locator(f"a[download='{name}']").click()
    theta = safetensors.torch.load_file(downloading.value.path())["theta"]
    assert float(theta.double().abs().sum()) == pytest.approx(trial["values"][1], rel=1e-6)


@chromium.needed
def test_a_trials_page_is_as_wide_as_the_window(served, page):
    """Its recipe is one line of thousands of characters, and the note would be as wide."""
    number, study = opened(served, "tiny/path/0")
    trial = next(one for one in study["trials"] if one["note"]["body"])
    page.goto(f"{served.url}/dashboard/studies/{number}/trials?numbers={trial['number']}")
    page.get_by_text("checkpoint_sha256").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 1440
    assert page.get_by_text("Trial 0").first.bounding_box()["height"] < 40  # the list beside it is not squeezed


@chromium.needed
def test_the_address_leads_to_the_comparison_with_its_figures_in_the_first_window(served, page):
    number, _ = opened(served, "tiny/comparison")
    page.goto(f"{served.url}/")
    assert page.url == f"{served.url}/dashboard/studies/{number}"
    boxes = {}
    for graph in GRAPHS:
        plot = page.locator(f"[id='user-defined-plot:{graph}']")
        plot.locator(".scatterlayer .js-line").first.wait_for(state="attached")
        boxes[graph] = plot.bounding_box()
    assert boxes["objectives"]["y"] + boxes["objectives"]["height"] < 1000
    assert boxes["objectives"]["y"] == boxes["anytime"]["y"] < boxes["difference"]["y"]
    assert boxes["objectives"]["x"] < boxes["anytime"]["x"]
    for empty in ("graph-pareto-front", "plot-history", "graph-hyperparameter-importances", "graph-timeline"):
        assert not page.locator(f"#{empty}").is_visible()
    assert not page.get_by_text("Best Trials").is_visible()
    assert page.get_by_text("report.html").is_visible()


@chromium.needed
def test_the_report_and_the_list_are_one_link_away_from_every_page(served, page):
    number, _ = opened(served, "tiny/path/0")
    page.goto(f"{served.url}/dashboard/studies/{number}")
    page.locator("#graph-pareto-front").wait_for()  # a run's own cards are all there
    assert page.locator("#graph-timeline").is_visible()
    assert page.locator("#frontsearch a").all_inner_texts() == ["Comparison", "Table", "Report", "All runs"]
    page.locator("#frontsearch").get_by_text("Report").click()
    page.wait_for_selector("#fronts .scatterlayer .point", state="attached")
    page.go_back()
    page.locator("#frontsearch").get_by_text("Table").click()
    page.get_by_text("Open the report").wait_for()
    page.locator("#frontsearch").get_by_text("All runs").click()
    page.get_by_text("tiny/comparison").wait_for()
    titles = page.locator("h5, h6, .MuiTypography-h5").all_inner_texts()
    assert "tiny/comparison" in next(title for title in titles if "tiny/" in title)


def test_importances_leave_out_what_never_varied(served):
    number, study = opened(served, "tiny/path/0")
    values = {}
    for trial in study["trials"]:
        for parameter in trial["params"]:
            values.setdefault(parameter["name"], set()).add(parameter["param_external_value"])
    varied = {name for name, found in values.items() if len(found) > 1}
    assert varied < set(values), "otherwise there is nothing to leave out"
    importances = api(served, f"studies/{number}/param_importances")["param_importances"]
    assert len(importances) == 2
    for entries in importances:
        assert {entry["name"] for entry in entries} == varied
        assert sum(entry["importance"] for entry in entries) == pytest.approx(1)


@pytest.mark.parametrize("method", RUN)
def test_the_notes_of_networks_name_them_and_the_command_that_gets_them(served, method):
    _, study = opened(served, f"tiny/{method}/1")
    kept = front_keys(served.out, method, "1")
    for trial in study["trials"]:
        key, note = key_of(trial), trial["note"]["body"]
        if key in kept:
            assert note.startswith(f"Network {key[:8]} of {method}, repeat 1: ")
            assert f"\n    frontsearch export {served.out} {key[:8]}\n" in note
        else:
            assert note.startswith(f"Network {key[:8]}. Only the networks on the front of their run are kept")


def test_a_trial_on_no_front_has_a_note_that_names_its_network_and_says_that_it_was_not_kept():
    ours = {"user_attrs": [{"key": "key", "value": "0123456789abcdef"}], "note": {"version": 0, "body": ""}}
    noted = {**ours, "note": {"version": 2, "body": "mine"}}
    foreign = {"user_attrs": [], "note": {"version": 0, "body": ""}}
    shown = json.loads(with_notes(json.dumps({"trials": [ours, noted, foreign]}).encode()))["trials"]
    assert shown[0]["note"]["body"].startswith("Network 01234567. Only the networks on the front of their run are kept")
    assert shown[0]["note"]["version"] == 0
    assert shown[1:] == [noted, foreign]
    assert json.loads(with_notes(b'{"reason": "none"}')) == {"reason": "none"}


def test_a_note_that_a_reader_changed_stays(finished):
    with showing(finished.out) as served:
        number, study = opened(served, "tiny/random/0")
        trial = next(one for one in study["trials"] if one["note"]["version"])
        body = json.dumps({"body": "mine", "version": trial["note"]["version"] + 1}).encode()
        address = f"{served.url}/api/studies/{number}/{trial['trial_id']}/note"
        asked = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method="PUT")  # noqa: S310
        urllib.request.urlopen(asked, timeout=60).close()  # noqa: S310
        report_again(finished)
        _, again = opened(served, "tiny/random/0")
        (note,) = [one["note"]["body"] for one in again["trials"] if one["trial_id"] == trial["trial_id"]]
    assert note == "mine"


def test_the_page_is_whole_whatever_a_browser_has_already(served):
    """An answer "not modified" would keep links of an earlier state."""
    headers, body = get(served, "/dashboard/")
    assert int(headers["Content-Length"]) == len(body)
    conditional = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    asked = urllib.request.Request(f"{served.url}/dashboard/", headers=conditional)  # noqa: S310
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
        assert answer.read() == body
    assert get(served, "/dashboard/", method="HEAD")[1] == b""


def test_before_a_command_has_finished_the_address_leads_to_the_list(tmp_path):
    storage = optuna.storages.InMemoryStorage()
    optuna.create_study(storage=storage, study_name="tiny/comparison")
    with serving(storage, tmp_path, comparison="tiny/comparison", port=0) as server, ThreadPoolExecutor(1) as thread:
        thread.submit(server.serve_forever)
        try:
            with urllib.request.urlopen(f"http://{HOST}:{server.server_port}/", timeout=60) as answer:
                assert answer.url.endswith("/dashboard/?studies_order_by=asc")
                assert b'<nav id="frontsearch" aria-label="frontsearch"></nav>' in answer.read()
        finally:
            server.shutdown()
