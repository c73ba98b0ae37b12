"""Writes a small lasso study as a TOML file, runs it in this process and reads its results."""

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
    """Writes the study file ``NAME.toml`` to ``folder`` and returns its path; a training takes about 10 ms."""
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
    """Rows of a CSV file without some columns."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [{name: cell for name, cell in row.items() if name not in without} for row in csv.DictReader(stream)]


def outcome(out: Path) -> dict[str, object]:
    """All results of a study except its times, which differ from run to run."""
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    for results in summary["methods"].values():
        del results["seconds"]
        for knee in filter(None, (results["knee"], results["widest_knee"])):
            del knee["seconds_spent"]
    trials, fronts = rows(out / "trials.csv", "seconds"), rows(out / "fronts.csv", "seconds_spent")
    return {"trials": trials, "fronts": fronts, "summary": summary}
