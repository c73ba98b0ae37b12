"""What stands beside the code: how to contribute, what changed, how to cite, which findings there are."""

import ast
import re
from pathlib import Path

import pytest

import frontsearch

ROOT = Path(__file__).parent.parent


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def without_docstrings(source):
    """The code as a tree in which no docstring stands."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            del node.body[0]
    return ast.dump(tree)


def test_the_method_shown_to_contributors_is_the_one_there_is():
    (shown,) = re.findall(r"```python\n(.*?)```", text_of("CONTRIBUTING.md"), re.DOTALL)
    assert without_docstrings(shown) == without_docstrings(text_of("frontsearch/methods/weighted_grid.py"))


def test_files_and_folders_named_to_contributors_exist():
    names = re.findall(r"`((?:frontsearch|tests|docs|studies)/[\w/.-]+)`", text_of("CONTRIBUTING.md"))
    assert [name for name in names if not (ROOT / name).exists()] == []
    packages = re.findall(r"`(\w+)/`", text_of("CONTRIBUTING.md").partition("## Where")[2].partition("## Add")[0])
    there = {path.parent.name for path in (ROOT / "frontsearch").glob("*/__init__.py")}
    assert there == set(packages) - {"frontsearch"}


def test_imports_that_the_changelog_recommends_work():
    found = re.findall(r"^\s*\| `.*?` \| `(from .*?)` \|$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert len(found) > 5
    for line in found:
        exec(line, {})  # noqa: S102 - an import


def test_citation_is_of_this_version_and_names_the_seed_paper():
    yaml = pytest.importorskip("yaml")
    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == frontsearch.__version__
    assert {"message", "title", "authors"} <= set(citation)
    (paper,) = citation["references"]
    assert f"title = {{{paper['title']}}}" in text_of("docs/references.bib")


def test_every_finding_is_in_their_table():
    scripts = sorted(path.name for path in (ROOT / "findings").glob("*.sh"))
    listed = re.findall(r"^\| \[?`([\w.-]+\.sh)`", text_of("findings/README.md"), re.MULTILINE)
    assert sorted(listed) == scripts
