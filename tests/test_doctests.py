"""The examples in docstrings give what they show; NORMALIZE_WHITESPACE and ELLIPSIS (``...``) hold everywhere."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import frontsearch

PACKAGE = Path(frontsearch.__file__).parent
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def module_name(file):
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


WITH_EXAMPLES = [
    module_name(file) for file in sorted(PACKAGE.rglob("*.py")) if ">>> " in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_of_a_module_give_what_they_show(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(import_module(name), optionflags=FLAGS)
    assert results.attempted > 0
    assert results.failed == 0


def test_a_wrong_example_is_found():
    examples = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    assert runner.run(examples, out=lambda _: None).failed == 1
