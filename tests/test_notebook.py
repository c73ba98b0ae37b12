"""The documentation's notebook is run in a kernel, with a smaller budget, and shows what its text says."""

import re
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parent.parent / "docs" / "first-search.ipynb"
BUDGET = "epochs = 120 "

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def outputs(folder):
    """The outputs of each code cell by its last line."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (search,) = (cell for cell in notebook.cells if BUDGET in cell.source)
    search.source = search.source.replace(BUDGET, "epochs = 40 ")
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    with pytest.warns() if False else _kernel_warnings_allowed():
        client.execute()
    return {cell.source.splitlines()[-1]: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
