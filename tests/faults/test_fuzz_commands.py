"""Command lines of all kinds end in one sentence, or do what they say."""

from pathlib import Path

import lasso_study
import pytest
from endings import ending
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

FUZZ = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
LONG_NAME, LONG_PATH = "a" * 300, "/".join(["a" * 200] * 30)
words = st.sampled_from(
    ["", ".", "..", "/", "-", "--", "nowhere", "tiny.toml", "done", "done/random", "done/random/0", "done/random/9",
     ".toml", "x.csv", "\x1b[31m", "a\nb", "\udcff", "\u202e", "²", LONG_NAME, LONG_PATH, f"{LONG_NAME}.toml",
     f"{LONG_PATH}.toml"]
)  # fmt: skip
numbers = st.sampled_from(
    ["0", "-1", "1", "-0.0", "nan", "inf", "-inf", "1e-320", "1e31", "1e308", "1e400", "9" * 30, "9" * 4000, "9" * 5000]
) | st.floats().map(str)
storages = st.sampled_from(
    ["", "nonsense", "://", "sqlite://", "sqlite:///a\0b", "postgresql://h:port/db", f"sqlite:///{LONG_NAME}"]
)
VALUES = {
    "--epochs": numbers, "--repeats": st.sampled_from(["0", "-1", "9" * 30, "x"]), "--seed": numbers,
    "--jobs": st.sampled_from(["0", "-1", "10001", "9" * 30, "9" * 5000, "x"]), "--out": words, "--storage": storages,
    "--methods": words, "--device": words, "--seed-from": words, "--max-l1": numbers, "--max-nonzeros": numbers,
    "--max-units": numbers, "--max-multiply-adds": numbers, "--max-error": numbers,
    "--max-error-increase": numbers, "--knee": words, "--method": words, "--to": words, "--import": words,
    "--target": st.tuples(st.sampled_from(["sparsity", "nonzeros", "error_increase", ""]), numbers).map("=".join),
    "--report-only": None, "--quiet": None, "--dask": words, "--nonsense": words,
}  # fmt: skip
options = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.just([name]) if VALUES[name] is None else VALUES[name].map(lambda value: [name, value])
)
commands = st.sampled_from(["report", "pick", "export", "compare", "fetch", "init", "study", "", "nonsense"])


@pytest.fixture(autouse=True)
def place(finished, tmp_path, monkeypatch):
    """A folder with a study file; the study that was run is beside it."""
    monkeypatch.chdir(tmp_path)
    lasso_study.write(tmp_path, "random", epochs=20, training=10)
    Path("done").symlink_to(finished)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    lasso_study.session(lasso_study.write(folder, "random", epochs=20, training=10), folder / "done").run()
    return folder / "done"


@FUZZ
@given(command=commands, arguments=st.lists(words, max_size=2), more=st.lists(options, max_size=2))
@example(command="study", arguments=["tiny.toml"], more=[["--out", LONG_NAME]])
@example(command="study", arguments=["tiny.toml"], more=[["--out", LONG_PATH]])
@example(command="study", arguments=["tiny.toml"], more=[["--epochs", "9" * 5000]])
@example(command="study", arguments=["tiny.toml"], more=[["--epochs", "1e300"], ["--methods", "weighted-grid"]])
@example(command="study", arguments=["tiny.toml"], more=[["--seed-from", LONG_PATH]])
@example(command="study", arguments=[f"{LONG_NAME}.toml"], more=[])
@example(command="pick", arguments=[LONG_PATH], more=[])
@example(command="pick", arguments=["done"], more=[["--max-nonzeros", "9" * 4000]])
@example(command="export", arguments=["done"], more=[["--to", "."]])
@example(command="export", arguments=["done", "²"], more=[])
@example(command="init", arguments=["__main__"], more=[])
@example(command="init", arguments=["class"], more=[])
@example(command="init", arguments=[LONG_NAME], more=[])
def test_any_command_line(command, arguments, more):
    quiet = ["--quiet", "--jobs", "1"] if command == "study" else []
    before = sorted(Path().rglob("*.json"))
    said = ending(command, *quiet, *arguments, *(word for option in more for word in option))
    assert said.isprintable()
    assert not said or sorted(Path().rglob("*.json")) == before  # what is refused has written no results


@pytest.mark.parametrize("length", [3890, 4000])
def test_an_output_folder_is_so_short_that_its_files_can_be_opened(tmp_path, length):
    out = tmp_path
    while len(str(out)) < length - 101:
        out /= "b" * 100
    out /= "b" * (length - len(str(out)) - 1)
    said = ending("study", "tiny.toml", "--quiet", "--jobs", 1, "--out", out)
    assert said == ("" if length < 3900 else f"--out must be a path of at most 3,900 bytes; found one of {length:,}.")


HIDDEN = "Gehe1mn1s"
SHAPES = [
    "postgresql://u:{}@127.0.0.1:9/db", "postgresql://u:a\n{}@127.0.0.1:9/db", "postgresql://u/x:{}@127.0.0.1:9/db",
    "postgresql://127.0.0.1:9/db?passwd={}", "postgresql://127.0.0.1:9/db?pwd={}",
    "postgresql://127.0.0.1:9/db?password={}",
    "postgresql://127.0.0.1:9/db?pass%77ord={}", "postgresql://u:p@{}@127.0.0.1:9/db", "postgresql://u:{}", "u:{}@h",
    "postgresql://127.0.0.1:9/d;password={}", "postgresql:/u:{}@h/db", "postgresql://u:p?{}@127.0.0.1:9/db",
    "postgresql://127.0.0.1:9/db?options=-c%20password%3D{}", "sqlite://u:{}@h/db", "sqlite:///nowhere/a.db?key={}",
    "mysql+nodriver://u:{}@h/db", "redis://:{}@127.0.0.1:9",
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_no_message_has_a_password(shape):
    said = ending("study", "tiny.toml", "--quiet", "--jobs", 1, "--out", "new", "--storage", shape.format(HIDDEN))
    assert said
    assert HIDDEN not in said
