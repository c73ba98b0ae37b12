"""Scripts that are run by hand import what there is: a name that has moved shows here, and not months later."""

import runpy
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SCRIPTS = [
    path.relative_to(TESTS)
    for folder in ("benchmarks", "faults", "scale")
    for path in sorted((TESTS / folder).glob("*.py"))
    if not path.name.startswith(("test_", "__", "conftest"))
]


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_a_script_can_be_imported(script, monkeypatch):
    if "atheris" in script.name:
        pytest.importorskip("atheris")  # which has no packages for new versions of Python
    monkeypatch.setattr(sys, "path", [str((TESTS / script).parent), *sys.path])
    assert runpy.run_path(str(TESTS / script), run_name="imported")["__doc__"]


def test_there_are_scripts():
    assert len(SCRIPTS) > 15
