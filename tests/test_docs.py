"""The documentation is run, not read: its Python, its commands, its tables of keys, options and columns.

Commands that are cheap run as they stand, a page's one after the other in one folder. What needs MNIST, a server, a
cluster or an installation has its options and names looked up.
"""

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import optuna
import pytest
import torch
import typer.main
from pydantic_core import PydanticUndefined
from torch import nn

import frontsearch
from frontsearch import Checkpoints, digits
from frontsearch.cli.app import app
from frontsearch.folder import STUDY_FILES
from frontsearch.measures import CLASSIFICATION
from frontsearch.methods import METHODS, AcceptsInitialTrials, Debias
from frontsearch.names import INDICATORS
from frontsearch.recipe import Initial
from frontsearch.study import read_study, study_files
from frontsearch.study.config import Collection, StudyConfig
from frontsearch.study.config.tables import TrainingTable
from frontsearch.tasks import DATA_SETS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEXT = {path.name: path.read_text(encoding="utf-8") for path in PAGES}
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CONFIG = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands

ALONE = ["--jobs", "1", "--quiet"]  # no process of its own for each training
SHORT = ["--methods", "path,random", "--epochs", "60"]  # what a study of eight methods is run with here
FIRST = ["study", "digits", *SHORT, *ALONE]
CHEAP = {"digits", "lasso"}
# Installations and the like, and what .ci/run runs: nothing to look up.
ELSEWHERE = {
    "python3",
    ".",
    "cd",
    "pip",
    "apt-get",
    "git",
    "ruff",
    "mypy",
    "lint-imports",
    "zensical",
    "openssl",
    "export",
}


def blocks(language, text):
    return [(title, block) for kind, title, block in BLOCK.findall(text) if kind == language]


def commands(text):
    """The words of each command line in a page's ``sh`` blocks, without comments, variables put in."""
    found, variables = [], {}
    for _, block in blocks("sh", text):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(re.sub(r"\$(\w+)", lambda name: variables[name[1]], line), comments=True)
            if words and re.fullmatch(r"[A-Z]+=.*", words[0]):
                name, _, variables[name] = words[0].partition("=")
            elif words:
                found.append(words)
    return found


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
COMMAND_LINES = [(name, words) for name in TEXT for words in commands(TEXT[name])]
COMMAND_LINES += [("CONTRIBUTING.md", words) for words in commands(CONTRIBUTING)]
NAMED = [f"{name}: {' '.join(words)[:60]}" for name, words in COMMAND_LINES]


def study_of(words):
    """What a ``frontsearch`` command is about: the first word that is no option."""
    return next((word for word in words[2:] if not word.startswith("-")), "")


def runs(words):
    """Whether a command is cheap, and needs nothing that a machine without network has not."""
    if words[0] != "frontsearch" or words[1] in {"dashboard", "fetch"}:
        return False
    if {"--dask", "--mpi"} & set(words) or any(word.startswith("postgresql:") for word in words):
        return False
    about = study_of(words)
    return about in CHEAP or about.endswith(".toml") or about.startswith("runs/") or "--list" in words


def frontsearch_words(words):
    """The words behind ``frontsearch``, also of the commands that start it otherwise; None where they start another."""
    if words[0] == "frontsearch":
        return words[1:]
    module = "frontsearch.study"
    return ["study", *words[words.index(module) + 1 :]] if module in words else None


@pytest.fixture(autouse=True)
def _quiet_optuna():
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(verbosity)


def run_here(words):
    """Runs a command in this process, whose imports are done, and in this folder."""
    app(words, standalone_mode=False)


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    """A folder in which the study of the first page was run by the environment's script, on a small budget."""
    folder = tmp_path_factory.mktemp("docs")
    script = Path(sys.executable).with_name("frontsearch")
    done = subprocess.run([script, *FIRST], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def folder(first_run, tmp_path, monkeypatch):
    """A page's folder: where its titled blocks are files."""
    shutil.copytree(first_run, tmp_path / "page")
    monkeypatch.chdir(tmp_path / "page")
    return tmp_path / "page"


def write_titled(text, folder):
    for language in ("toml", "csv"):
        for title, block in blocks(language, text):
            if title:
                (folder / title).write_text(block, encoding="utf-8")


@pytest.mark.parametrize("page", [name for name in TEXT if any(runs(words) for words in commands(TEXT[name]))])
def test_cheap_commands_of_a_page_run(page, folder):
    write_titled(TEXT[page], folder)
    with (folder / "runs/digits/fronts.csv").open(newline="", encoding="utf-8") as file:
        key = next(csv.DictReader(file))["key"]
    for words in filter(runs, commands(TEXT[page])):
        given = [key[:8] if word == "KEY" else word for word in words[1:]]
        if words[1] == "study" and "--list" not in words:
            given += ALONE if "--epochs" in words or study_of(words).endswith(".toml") else [*ALONE, *SHORT]
        run_here(given)


@pytest.fixture
def knee(folder):
    """The knee of ``path`` in the page's folder."""
    return json.loads((folder / "runs/digits/summary.json").read_text())["methods"]["path"]["knee"]


@pytest.fixture
def python_of(knee):
    """Runs the Python of a page, after the exports that it reads, and returns what it defines, by name."""

    def run(page):
        for words in commands(TEXT[page]):
            if words[:2] == ["frontsearch", "export"]:
                run_here([knee["key"] if word == "KEY" else word for word in words[1:]])
        names = {}
        for _, block in blocks("python", TEXT[page]):
            exec(compile(block, page, "exec"), names)  # noqa: S102 - the documentation's own code
        return names

    return run


def reported_error(folder, key):
    """The test error of a network in the table of a study's fronts."""
    with (folder / "fronts.csv").open(newline="", encoding="utf-8") as file:
        return next(float(row["test_error"]) for row in csv.DictReader(file) if row["key"] == key)


def printed_error(line):
    """The name and the test error that the program of ``choosing-a-network.md`` prints."""
    name, error = re.fullmatch(r"(.+) is the first; test error (\S+)\n?", line).groups()
    return name, pytest.approx(float(error), abs=1e-12)


def test_python_of_choosing_a_network_loads_the_exported_networks(python_of, knee, capsys):
    test = digits().splits["test"]
    np.save("raw.npy", test.inputs.numpy() * 16)
    np.save("targets.npy", test.targets.numpy())
    names = python_of("choosing-a-network.md")
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "is the first" in line)
    assert printed_error(line) == (str(names["predicted"][0]), reported_error(Path("runs/digits"), knee["key"]))
    whole, small = names["network"].eval(), names["small"]
    assert sum(map(torch.numel, small.parameters())) < sum(map(torch.numel, whole.parameters()))
    inputs = digits().splits["test"].inputs
    torch.testing.assert_close(small(inputs), whole(inputs), atol=1e-5, rtol=1e-5)
    assert {path.name for path in Path().glob("small.*")} == {"small.onnx", "small.pt2"}


class Pooled(nn.Module):
    """A small network of somebody's own, for images of two channels."""

    def __init__(self):
        super().__init__()
        self.channels, self.classes = nn.Conv2d(2, 6, 3), nn.Linear(6, 3)

    def forward(self, images):
        return self.classes(torch.relu(self.channels(images)).amax(dim=(2, 3)))


def test_the_program_without_frontsearch_finds_the_reported_error_of_somebodys_own_network(tmp_path):
    generator = np.random.default_rng(0)
    targets, mean, std = np.arange(300) % 3, np.array([40.0, -3.0]), np.array([20.0, 0.5])
    normalised = generator.normal(size=(300, 2, 6, 6)) + np.stack([targets == 1, targets == 2], axis=1)[..., None, None]
    raw = normalised * std[:, None, None] + mean[:, None, None]
    splits = {
        split: (normalised[rows], targets[rows])
        for split, rows in {"train": slice(150), "validation": slice(150, 210), "test": slice(210, None)}.items()
    }
    task = frontsearch.Task(
        name="images", splits=splits, build=Pooled, class_names=["none", "first", "zwö"], normalisation=(mean, std)
    )
    result = frontsearch.search(task, method="path", epochs=24, out=tmp_path / "run", quiet=True)
    point = result.pick()
    point.export(tmp_path / "small.onnx")
    np.save(tmp_path / "raw.npy", raw[210:])
    np.save(tmp_path / "targets.npy", targets[210:])
    (program,) = (block for _, block in blocks("python", TEXT["choosing-a-network.md"]) if "onnxruntime" in block)
    assert "frontsearch" not in program
    command = [sys.executable, "-X", "utf8", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, encoding="utf-8")
    first = int(point.network()(task.splits["test"].inputs[:1]).argmax())
    assert printed_error(done.stdout) == (task.class_names[first], reported_error(tmp_path / "run", point.key))
    assert 0 < reported_error(tmp_path / "run", point.key) < 0.5


def test_python_of_your_own_network_searches_its_networks(python_of):
    names = python_of("your-own-network.md")
    examples = [block for _, block in blocks("python", TEXT["your-own-network.md"])]
    assert len(examples) == 7
    assert all(len(example.splitlines()) < 30 for example in examples)
    assert any(isinstance(point.recipe.start, Initial) for point in names["result"].comparison.runs[0].run.trials)
    for folder in ("wine", "residual", "transformer", "breast-cancer", "diabetes", "trained"):
        assert (Path("runs") / folder / "report.html").is_file()


def test_python_of_in_your_own_search_finds_fronts(python_of):
    names = python_of("in-your-own-search.md")
    assert max(trial.user_attrs["test_error"] for trial in names["study"].best_trials) < 0.2
    assert names["problem"].trainings == 12
    weights = names["network"].named_parameters()
    counts = [int(weight.count_nonzero()) for name, weight in weights if name in names["problem"].task.penalised]
    assert sum(counts) == names["chosen"].user_attrs["nonzeros"]
    assert {one.get("key") for one in names["result"].opt} <= Checkpoints("networks").keys()
    assert names["trial"].metrics["nonzeros"] < 16 * (20 + 2)  # the last and largest l1 weight prunes
    points, trials = names["front"].points.tolist(), names["trials"]
    assert set(map(tuple, points)) <= {trial.objectives for trial in trials}
    assert [later.recipe.start.trial for later in trials[1:]] == [trial.key for trial in trials[:-1]]


def test_python_of_output_files_finds_the_sparsest_network_of_low_error(python_of):
    names = python_of("output-files.md")
    least = min(int(network["nonzeros"]) for network in names["networks"])
    assert int(names["smallest"]["nonzeros"]) == least
    assert 0 < len(names["networks"]) <= sum(sum(one["front_size"]) for one in names["summary"]["methods"].values())


def test_python_of_reproducibility_gives_the_same_bits(python_of):
    names = python_of("reproducibility.md")
    assert names["first"].metrics["nonzeros"] == names["second"].metrics["nonzeros"]
    assert names["first"].objectives == names["second"].objectives


def test_python_of_what_l1_measures_changes_the_plain_sum_alone(python_of):
    names = python_of("what-l1-measures.md")
    before, after = names["before"], names["after"]
    assert abs(after[0] / before[0] - 1) > 0.1
    assert after[1] == pytest.approx(before[1], rel=1e-6)
    assert float((after[2] - before[2]).abs().max()) < 1e-4


def test_every_page_with_python_has_a_test_of_it():
    tested = re.findall(r'python_of\("([^"]+)"\)', Path(__file__).read_text(encoding="utf-8"))
    assert sorted(tested) == sorted(name for name in TEXT if blocks("python", TEXT[name]))


@pytest.mark.parametrize(("page", "words"), COMMAND_LINES, ids=NAMED)
def test_command_has_only_options_that_exist(page, words):
    given = frontsearch_words(words)
    if given is not None:
        name, *arguments = given
        if name.startswith("--"):
            GROUP.make_context("frontsearch", given)
        else:
            COMMANDS[name].make_context(name, arguments)
        about = study_of(["", *given])
        known = (
            about in study_files()
            or about.endswith((".toml", ".onnx"))
            or about.startswith("runs/")
            or "--list" in words
        )
        assert known or (name == "fetch" and about in DATA_SETS)
    elif words[0] == "python" and words[1] != "-m":
        script, *options = words[1:]
        source = (ROOT / script / "__main__.py" if (ROOT / script).is_dir() else ROOT / script).read_text("utf-8")
        assert all(f'"{option}"' in source for option in options if option.startswith("--"))
    elif words[0] == "dask":
        scheduler = pytest.importorskip(f"distributed.cli.dask_{words[1]}").main
        known = {option for parameter in scheduler.params for option in parameter.opts}
        assert {word for word in words[2:] if word.startswith("--")} <= known
    else:
        assert words[0] in ELSEWHERE or words[:3] == ["python", "-m", "pytest"], words


def test_extras_that_are_installed_exist():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = [extra for _, words in COMMAND_LINES for word in words for extra in re.findall(r"\[([\w,]+)\]", word)]
    assert named
    assert {extra for names in named for extra in names.split(",")} <= set(extras)


@pytest.mark.parametrize(("page", "title"), [(name, title) for name in TEXT for title, _ in blocks("toml", TEXT[name])])
def test_toml_of_a_page_is_read(page, title, tmp_path):
    write_titled(TEXT[page], tmp_path)
    for found, block in blocks("toml", TEXT[page]):
        if found == title and title:
            content = tomllib.loads(block)
            assert Collection.model_validate({"name": "x", **content}) if "studies" in content else True
            assert "studies" in content or read_study(str(tmp_path / title))
        elif found == title:
            tomllib.loads(block)


def rows(page):
    """The cells of every table row of a page."""
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in TEXT[page].splitlines() if "|" in line]


def described(page):
    """Rows by each name in code in their first cell."""
    return {name: row for row in rows(page) for name in re.findall(r"`([^`]+)`", row[0])}


def shown(default):
    return str(default).lower() if isinstance(default, bool) else f"{default}"


def test_every_key_of_a_study_file_is_described():
    found = rows("study-files.md")
    for model in (StudyConfig, TrainingTable):
        for name, field in model.model_fields.items():
            if name in {"task", "training", "space", "methods"}:
                continue
            defaults = {row[2].strip("`") for row in found if row[0] == f"`{name}`" and len(row) == 4}
            assert defaults, name
            if name not in {"name", "epochs"} and field.default not in (None, PydanticUndefined):
                text = f'"{field.default}"' if isinstance(field.default, str) else shown(field.default)
                assert text in defaults, name
    assert all(f"`[{name}" in TEXT["study-files.md"] for name in ("task", "training", "space", "methods"))


@pytest.mark.parametrize("name", METHODS)
def test_every_method_and_option_is_described_with_its_default(name):
    assert name in described("choosing-a-method.md")
    inherited = described("study-files.md")["continuation"][1] if name == "continuation-log" else ""
    cell = described("study-files.md")[name][1] + inherited
    for field in fields(METHODS[name]):
        text = f'"{field.default}"' if isinstance(field.default, str) else shown(field.default)
        stated = " by default" if field.default is None else f" = `?{re.escape(text)}"
        assert re.search(rf"`{field.name}`[^;`]*{stated}", cell), field.name


def test_every_option_of_debiasing_is_described_with_its_default():
    found = rows("study-files.md")
    assert all([f"`{field.name}`", shown(field.default)] in [row[:2] for row in found] for field in fields(Debias))


def test_methods_that_take_a_first_population_are_named():
    text = TEXT["study-files.md"].partition("## Start from")[2]
    able = {name for name, method in METHODS.items() if issubclass(method, AcceptsInitialTrials)}
    assert set(re.findall(r"`([\w-]+)`", text)) & set(METHODS) == able


def test_every_file_and_column_of_an_output_folder_is_described(first_run):
    text, folder = TEXT["output-files.md"], first_run / "runs/digits"
    names = set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)))
    of_group_l1 = {"unit_fronts.csv"}
    assert {path.name for path in folder.iterdir() if path.is_file()} >= STUDY_FILES - of_group_l1
    assert names >= STUDY_FILES
    for path in folder.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            assert set(next(csv.reader(file))) <= names, path.name
    summary = json.loads((folder / "summary.json").read_text())
    assert set(summary) <= names
    assert set(summary["methods"]["path"]) <= names | {"repeats"}
    assert names >= {*CLASSIFICATION.front_columns, *INDICATORS}


def test_every_public_name_is_in_the_reference():
    found = re.findall(r"^::: ([\w.]+)$", TEXT["api.md"], re.MULTILINE)
    assert sorted(name.rpartition(".")[2] for name in found) == sorted(frontsearch.__all__)


def files_of(entries):
    """The pages that a navigation names."""
    for entry in entries:
        for place in entry.values():
            yield from [place] if isinstance(place, str) else files_of(place)


def test_every_page_is_in_the_navigation_and_every_entry_is_a_page():
    assert sorted(files_of(CONFIG["nav"])) == sorted(TEXT)


@pytest.mark.parametrize("page", TEXT)
def test_images_and_files_that_a_page_links_to_exist(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", TEXT[page])
    assert [link for link in links if not (DOCS / link).is_file()] == []


def bibliography():
    spec = spec_from_file_location("bibliography", DOCS / "bibliography.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_reference_is_a_line_of_its_page():
    made = bibliography()
    keys = re.findall(r"^@\w+\{(\w+),", (DOCS / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    text = made.bibliography()
    assert list(made.entries()) == keys
    assert all(f"{{#{key}}}" in text for key in keys)
    assert "Jean-Antoine Désidéri (2012)" in text
    assert not set("\\{$") & set(re.sub(r"\{#\w+\}", "", text))
