"""A small lasso study as a TOML file, and running it in this process."""

import csv
import json
from pathlib import Path

from frontsearch.folder.folder import Folder
from frontsearch.study.config import read_study
from frontsearch.study.session import Session

METHODS = {
    "random": "",
    "weighted-grid": "",
    "path": "first_epochs = 100\nstep_epochs = 50\n",
    "optuna-nsga2": "population = 3\n",
    "smgd": "low = 0.1\nhigh = 10.0\nlearning_rate = 0.02\n",
}
OPTIONS = METHODS | {
    "optuna-tpe": "startup = 2\n",
    "pymoo-nsga2": "population = 3\n",
    "successive-halving": "population = 4\nfirst_epochs = 25\n",
    "inheritance": "population = 3\nepochs = 50\n",
}


def write(folder: Path, *methods: str, name: str = "tiny", epochs: float = 600, training: float = 100) -> Path:
    """The study file, ``NAME.toml`` in ``folder``; a training takes some ten milliseconds."""
    text = f"""
description = "Tiny."
epochs = {epochs}
l1_weights = [0.01, 3.0]
reference_point = [7.15625, 6.75]
[task]
name = "lasso"
[training]
epochs = {training}
optimiser = "prox-sgd"
learning_rate = 0.05
momentum = 0.5
[space]
l1_weight = {{ low = 0.01, high = 3.0, log = true }}
optimiser = ["adam", "prox-sgd"]
"""
    tables = [f"[methods.{method}]\n{OPTIONS[method]}" for method in methods or METHODS]
    file = folder / f"{name}.toml"
    file.write_text(text + "".join(tables), encoding="utf-8")
    return file


def session(study: Path, out: Path, *, overrides: dict | None = None, **options) -> Session:
    """A quiet session of the study at this path."""
    return Session(config=read_study(str(study), overrides), folder=Folder(out), quiet=True, **options)


def rows(file: Path, *without: str) -> list[dict[str, str]]:
    """A CSV file's rows but for some columns."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [{name: cell for name, cell in row.items() if name not in without} for row in csv.DictReader(stream)]


def outcome(out: Path) -> dict[str, object]:
    """Everything a study came to but for its times."""
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    for figures in summary["methods"].values():
        del figures["seconds"]
        for knee in filter(None, (figures["knee"], figures["widest_knee"])):
            del knee["seconds_spent"]
    trials, fronts = rows(out / "trials.csv", "seconds"), rows(out / "fronts.csv", "seconds_spent")
    return {"trials": trials, "fronts": fronts, "summary": summary}
