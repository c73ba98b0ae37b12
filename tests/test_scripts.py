"""Scripts that are run by hand import what there is: a name that has moved shows here, and not months later."""

import runpy
import sys
from pathlib import Path

import hand_made
import plotly.graph_objects as go
import pytest

from frontsearch.selection import Default, pick

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


def test_the_figure_of_the_documentation_marks_the_chosen_network():
    script = runpy.run_path(str(TESTS.parent / "docs" / "front_figure.py"))
    comparison, figure = hand_made.classes(), go.Figure()
    chosen = pick(Default(), comparison.runs, measures=comparison.measures, folder=Path("out"))
    script["mark"](figure, chosen)
    assert (figure.data[0].x, figure.data[0].y) == ((chosen.point.loss,), (chosen.point.complexity,))


def test_there_are_scripts():
    assert len(SCRIPTS) > 15
