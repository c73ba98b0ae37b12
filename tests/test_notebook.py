"""The documentation's notebook runs in a kernel, on a smaller budget, and shows what its text promises."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from torch import nn

import frontsearch

NOTEBOOK = Path(__file__).parent.parent / "docs" / "first-search.ipynb"
BUDGET = "epochs = 120 "
ESCAPE = "\x1b"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def outputs(folder):
    """What each code cell shows, by the beginning of the cell's last line."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (search,) = (cell for cell in notebook.cells if BUDGET in cell.source)
    search.source = search.source.replace(BUDGET, "epochs = 40 ")
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {re.match(r"[\w. =]+", cell.source.splitlines()[-1])[0]: cell.outputs for cell in code}


def shown(outputs, cell):
    """The only output of a cell, by kind of content."""
    (output,) = outputs[cell]
    return output["data"]


def test_nothing_is_written_to_stdout_or_stderr_and_nothing_is_large(outputs):
    kinds = {output.output_type for found in outputs.values() for output in found}
    assert kinds == {"display_data", "execute_result"}
    texts = [str(output) for found in outputs.values() for output in found]
    assert all(len(text) < 20_000 and ESCAPE not in text for text in texts)


def test_progress_is_one_table_that_is_drawn_over(outputs):
    data = shown(outputs, "result = fs.search")
    rows = [re.split(r"\s*[━╸╺]+\s*|\s{2,}", line.strip()) for line in data["text/plain"].splitlines()]
    assert rows[0] == ["run", "epochs front size hypervolume time left"]
    assert [row[0] for row in rows[1:]] == ["path/0", "random/0", "2 of 2 ended"]
    assert all("40 of 40" in row[1] for row in rows[1:3])
    assert "<script" not in data["text/html"]


def test_the_result_is_a_figure_and_a_table_with_a_row_for_each_method(outputs):
    html = shown(outputs, "result")["text/html"]
    assert html.count('src="data:image/svg+xml;base64,') == 1
    assert re.findall(r"<td[^>]*>(path|random)</td>", html) == ["path", "random"]


@pytest.mark.parametrize(("cell", "rows"), [("result.pick", 1), ("chosen", 1), ("result.representatives", 4)])
def test_networks_are_rows_of_a_table(outputs, cell, rows):
    html = shown(outputs, cell)["text/html"]
    assert html.count("<tr") == 1 + rows
    assert html.count(" of 2,368</td>") == rows


def test_the_exported_network_is_in_its_file(outputs, folder):
    network = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    loaded = frontsearch.load_network(network, folder / "digits.safetensors")
    assert repr(loaded) == shown(outputs, "fs.load_network")["text/plain"]
    assert (folder / "runs/first-search/report.html").is_file()


def test_the_notebook_in_the_repository_has_no_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)
