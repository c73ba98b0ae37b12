"""What the terminal, the page and the dashboard print for exporting a network of a Python task works as it stands."""

import ast
import html
import json
import shlex
from pathlib import Path

import chromium
import pytest
import safetensors.torch
import torch
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from small_task import small_task

from frontsearch import Recipe, UserError, search

RULES = {"default": [], "chord": ["--knee", "chord"], "error": ["--max-error", "30"], "l1": ["--max-l1", "9"]}
LIMITS = {"error": "30", "l1": "9", "cover": "3"}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A search on a task of this process, with two methods."""
    training = Recipe(epochs=2.0, batch_size=16, learning_rate=0.02)
    out = tmp_path_factory.mktemp("my run")
    return search(
        small_task(), method=["path", "random"], epochs=24.0, l1_weights=(1e-3, 1e-1), training=training, quiet=True,
        out=out,
    )  # fmt: skip


@pytest.fixture
def call(call, monkeypatch, tmp_path):
    """Runs the console script in this process and an empty folder."""
    monkeypatch.chdir(tmp_path)
    return call


def check_weights(call, command, point):
    """Runs a command that exports a network's weights alone."""
    done = call(*shlex.split(command)[1:], "--force")
    assert (done.code, done.err) == (0, "")
    state = safetensors.torch.load_file("network.safetensors")
    expected = point.network().state_dict()
    assert state.keys() == expected.keys()
    assert all(torch.equal(weight, expected[name]) for name, weight in state.items())


def exported_by(line, result, *, ending="safetensors"):
    """The network that a line of Python exports to a file here."""
    chosen, file = line[:-1].split(".export(")
    path = Path(ast.literal_eval(file))
    assert path == Path(f"network.{ending}")
    path.unlink(missing_ok=True)
    exec(line, {"result": result})  # noqa: S102 - as a reader pastes it
    assert path.stat().st_size > 0
    return eval(chosen, {"result": result})  # noqa: S307


@pytest.mark.parametrize("method", [None, "random"])
@pytest.mark.parametrize("rule", RULES)
def test_pick_prints_a_command_and_a_line_of_python_that_export_the_network(call, result, rule, method):
    options = [*RULES[rule], *(["--method", method] if method else [])]
    (network,) = json.loads(call("pick", result.folder, *options, "--json").out)["networks"]
    *_, export, line = call("pick", result.folder, *options).out.splitlines()
    assert export.startswith("Export ")
    assert export.endswith(network["export"])
    assert line.startswith("In Python ")
    point = exported_by(line.removeprefix("In Python").strip(), result)
    assert point.key == network["key"]
    check_weights(call, network["export"], point)


def test_the_notes_of_the_dashboard_name_a_command_that_exports_the_weights(call, result):
    storage = JournalStorage(JournalFileBackend(str(result.folder / "ledger.journal")))
    notes = [
        text
        for study in storage.get_all_studies()
        for text in storage.get_study_system_attrs(study._study_id).values()
        if str(text).startswith("Network ")
    ]
    assert notes
    for point in result.front:
        (note,) = (note for note in notes if note.startswith(f"Network {point.key[:8]} "))
        assert "Get its weights alone" in note
        check_weights(call, note.splitlines()[-1].strip(), point)


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield chromium.Tab(browser)


@pytest.fixture
def page(tab, result):
    page = tab.open((result.folder / "report.html").as_uri())
    page.wait_for_selector("#fronts .main-svg")
    yield page
    assert tab.complaints == []


@chromium.needed
@pytest.mark.parametrize("method", [None, "random"])
@pytest.mark.parametrize("rule", [*RULES, "cover"])
def test_the_page_shows_lines_of_python_that_export_what_it_picks(page, result, monkeypatch, tmp_path, rule, method):
    monkeypatch.chdir(tmp_path)
    page.select_option("#pick [name=of]", str(result.comparison.methods.index(method)) if method else "")
    page.select_option("#pick [name=rule]", rule)
    if rule in LIMITS:
        page.fill("#pick [name=limit]", LIMITS[rule])
    buttons = page.query_selector_all("#representatives button") if rule == "cover" else [None]
    assert len(buttons) == (3 if rule == "cover" else 1)
    for place, button in enumerate(buttons):
        if button:
            page.click(f"#representatives button >> nth={place}")
        key = page.inner_text("#picked .answer").splitlines()[0].rpartition("trial ")[2]
        line = page.inner_text("#picked .export")
        assert exported_by(line, result).key.startswith(key)
        assert page.inner_text("#picked .onnx") == line.replace(".safetensors", ".onnx")


def test_before_its_script_runs_the_page_shows_the_lines_for_the_default_network(result, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    for name, ending in (("export", "safetensors"), ("onnx", "onnx")):
        line = html.unescape(page.partition(f'<code class="{name}">')[2].partition("</code>")[0])
        assert exported_by(line, result, ending=ending).key == result.pick().key
    assert "in Python with the result of search" in page
    assert "frontsearch export" not in page.partition('id="pick"')[2].partition("</section>")[0]


@pytest.mark.parametrize("rule", ["max_bytes", "max_microseconds"])
def test_a_limit_on_what_bench_measures_says_that_it_measures_exported_files_alone(result, rule):
    with pytest.raises(UserError, match=r"of a task made in a Python program, it measures only exported \.onnx files"):
        result.pick(**{rule: 9000})
