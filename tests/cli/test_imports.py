"""What commands and worker processes import: only what they use, as torch, pymoo and SciPy take seconds together."""

import subprocess
import sys

import lasso_study
import pytest

LARGE = frozenset({
    "frontsearch.study", "jinja2", "optuna", "plotly", "pymoo", "scipy", "sklearn", "sqlalchemy", "torch",
    "torch._dynamo",
})  # fmt: skip
SCRIPT = """
import sys
from frontsearch.cli.entry import {main}
sys.argv = ["frontsearch", *sys.argv[1:]]
try:
    {main}()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def imported(*arguments, main="main", code=0):
    """The names of the large modules that a command imports."""
    script = [sys.executable, "-c", SCRIPT.format(main=main), *map(str, arguments)]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return LARGE & set(done.stderr.split())


@pytest.mark.parametrize(
    ("main", "arguments", "code"),
    [
        ("main", ["--help"], 0), ("main", ["--version"], 0), ("main", ["pick", "--help"], 0),
        ("main", ["export", "--help"], 0), ("main", ["study", "--no-such-option"], 2), ("main_study", ["--help"], 0),
        ("main_study", ["--jobs", "0"], 2),
    ],
)  # fmt: skip
def test_help_and_mistakes_in_a_command_line_import_nothing_large(main, arguments, code):
    assert imported(*arguments, main=main, code=code) == set()


@pytest.mark.parametrize(("main", "arguments"), [("main", ["--list"]), ("main_study", ["--list"])])
def test_the_list_imports_methods_but_no_library_that_they_search_with(main, arguments):
    assert imported(*arguments, main=main) == {"frontsearch.study"}


def test_what_reads_a_finished_study_imports_no_more_than_that(tmp_path):
    lasso_study.session(lasso_study.write(tmp_path, "random", "path"), tmp_path / "out").run()
    assert imported("pick", tmp_path / "out") == {"frontsearch.study", "optuna"}
    again = "study", tmp_path / "tiny.toml", "--out", tmp_path / "out", "--jobs", 2, "--quiet"
    assert imported(*again) & {"pymoo", "sqlalchemy", "sklearn", "torch._dynamo"} == set()
