"""What the source must look like, whoever writes it."""

import ast
import re
from pathlib import Path

import pytest

import frontsearch
from frontsearch import names
from frontsearch.measures import CLASSIFICATION

PACKAGE = Path(frontsearch.__file__).parent
REFERENCES = Path(__file__).parent.parent / "docs" / "references.bib"
FILES = sorted(PACKAGE.rglob("*.py"))
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
CITATION = re.compile(r"\[([A-Z][A-Za-z]+\d{4}[a-z]?)\]_")


def parsed(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def documented(tree):
    """The module, its classes and their functions, but for what is inside a function."""
    yield tree
    for node in getattr(tree, "body", []):
        if isinstance(node, ast.ClassDef):
            yield from () if node.name.startswith("_") else documented(node)
        elif isinstance(node, FUNCTION):
            yield node


def docstrings(tree):
    kinds = (ast.Module, ast.ClassDef, *FUNCTION)
    return [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, kinds)]


@pytest.fixture(params=FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def file(request):
    return request.param


def test_there_is_something_to_look_at():
    assert len(FILES) > 40
    assert sum(len(CITATION.findall(text)) for file in FILES for text in docstrings(parsed(file))) > 10


def test_every_citation_is_an_entry_of_the_references():
    entries = re.findall(r"^@\w+\{(\w+),", REFERENCES.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(entries) == len(set(entries))
    cited = {key: file.name for file in FILES for text in docstrings(parsed(file)) for key in CITATION.findall(text)}
    assert {key: name for key, name in cited.items() if key not in entries} == {}


def test_every_module_class_and_function_has_a_docstring(file):
    bare = [
        getattr(node, "name", file.name)
        for node in documented(parsed(file))
        if not getattr(node, "name", "").startswith("_") and not ast.get_docstring(node)
    ]
    assert bare == []


def test_no_file_is_longer_than_250_lines(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 250


def test_no_function_is_longer_than_40_lines(file):
    lengths = {}
    for node in ast.walk(parsed(file)):
        if isinstance(node, FUNCTION):
            first = node.body[0]
            text = first.end_lineno - first.lineno + 1 if ast.get_docstring(node) else 0
            lengths[node.name] = node.end_lineno - node.lineno + 1 - text
    assert {name: length for name, length in lengths.items() if length > 40} == {}


def test_the_vocabulary_is_at_most_eight_modules():
    assert len([file for file in PACKAGE.glob("*.py") if file.name != "__init__.py"]) <= 8


def test_metrics_and_columns_are_named_in_one_place():
    columns = {*CLASSIFICATION.front_columns, *names.INDICATORS, names.HYPERVOLUME_RATIO}
    compound = {name for name in columns if "_" in name} - {names.CROSS_ENTROPY}
    assert len(compound) > 7
    elsewhere = [file for file in FILES if file.name != "names.py"]
    spelled = {
        (file.name, node.value)
        for file in elsewhere
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Constant) and node.value in compound
    }
    assert spelled == {("anytime.py", names.HYPERVOLUME_LOG)}  # a type, which has to be a literal
