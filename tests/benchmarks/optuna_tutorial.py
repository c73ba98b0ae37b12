"""Holds a run of ours by group l1 against Optuna's tutorial of multi-objective search, in the same seconds on one core.

    python tests/benchmarks/optuna_tutorial.py [--seconds 300] [--seeds 1 2 3 4 5] [--samplers tpe nsga2]
        [--methods gmp path]

The tutorial trades accuracy on Fashion-MNIST against FLOPs. From 3,840 training images each of its trials trains a
perceptron for ten epochs with Adam: one to three layers of 4 to 128 units with dropout of 0.2 to 0.5, and a learning
rate of 1e-5 to 0.1. Optuna's default sampler, TPE since Optuna 5.0 and NSGA-II before, runs 30 trials, or as many as
300 seconds allow. Here both samplers also go on for all of the seconds. Both sides see the same images as tensors,
choose by 1,280 others, and are measured on the 10,000 test images. Our runs are those of ``OPTIONS``, of so many epochs
that they take less than the seconds.

Prints the hypervolume in (error, multiply-adds) of the networks that are not dominated by validation error and
multiply-adds, measured with their test errors: over the box up to an error of 0.9 and the 134,400 multiply-adds of the
tutorial's largest network. "Ahead after" are the seconds, with start and report, after which our run first exceeded
all that any of the samplers had after all of its seconds.
"""

import argparse
import csv
import itertools
import math
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import moocore
import numpy as np
import optuna
import torch
from torch import Tensor, nn
from torch.nn import functional

import frontsearch as fs
from frontsearch.names import Split

TRAINING, VALIDATION, BATCH = 3_840, 1_280, 128
TRIALS, EPOCHS, OUR_EPOCHS = 30, 10, 600
RECIPE = fs.Recipe(
    descent=fs.WeightedSum(l1_weight=1e-4), optimiser="prox-adam", learning_rate=2e-3, epochs=10, batch_size=64, seed=0
)
WIDEST, WORST = 134_400, 0.9


class Network(NamedTuple):
    """A network that was found, and when, in seconds from the start."""

    multiply_adds: int
    validation_error: float
    test_error: float
    seconds: float


Splits = dict[Split, tuple[Tensor, Tensor]]
OPTIONS: dict[str, dict[str, object]] = {
    "gmp": {
        "first_epochs": 20, "ramp_epochs": 10, "tune_epochs": 10, "densest": 0.3, "sparsest": 0.002, "every": 10,
        "l1_weight": 1e-4,
    },
    "path": {"debias": {"share": 0.5, "epochs": 10}},
}  # fmt: skip
SAMPLERS = {"tpe": optuna.samplers.TPESampler, "nsga2": optuna.samplers.NSGAIISampler}


def main() -> None:
    """Prints lines for each seed."""
    options = argparse.ArgumentParser(description="Group l1 against Optuna's multi-objective tutorial.")
    options.add_argument("--seconds", type=float, default=300.0)
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    options.add_argument("--samplers", nargs="*", default=list(SAMPLERS), choices=SAMPLERS)
    options.add_argument("--methods", nargs="*", default=["gmp", "path"], choices=OPTIONS)
    given = options.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    data = splits()
    for seed in given.seeds:
        level = 0.0
        for name in given.samplers:
            theirs = tutorial(data, name, seed=seed, seconds=given.seconds)
            for some in (theirs[:TRIALS], theirs):
                say(f"seed {seed}, {name} with {len(some)} trials: {hypervolume(some):.4f}, {some[-1].seconds:.0f} s")
            level = max(level, hypervolume(theirs))
        for method in given.methods:
            found = ours(data, method, seed=seed)
            when = next((each.seconds for each in found if hypervolume(until(found, each.seconds)) > level), math.inf)
            took = f"{found[-1].seconds:.0f} s, ahead after {when:.0f} s"
            say(f"seed {seed}, {method} with {len(found)} networks: {hypervolume(found):.4f}, {took}")


def say(line: str) -> None:
    """Prints a line at once."""
    print(line, flush=True)  # noqa: T201 - a script's own channel


def splits() -> Splits:
    """The images in [0, 1], flattened, and their classes."""
    task = fs.fashion(network="lenet300")
    counts: dict[Split, int | None] = {"train": TRAINING, "validation": VALIDATION, "test": None}
    found: Splits = {}
    for split, count in counts.items():
        part = task.splits[split]
        assert isinstance(part.inputs, Tensor)
        found[split] = part.inputs.flatten(1)[:count], part.targets[:count]
    return found


def tutorial(data: Splits, sampler: str, *, seed: int, seconds: float) -> list[Network]:
    """The networks of the tutorial's trials, without its limit of their number."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    torch.manual_seed(seed)
    study = optuna.create_study(directions=["minimize", "maximize"], sampler=SAMPLERS[sampler](seed=seed))
    found: list[Network] = []
    begin = time.perf_counter()

    def objective(trial: optuna.Trial) -> tuple[float, float]:
        network, size = suggested(trial)
        optimiser = torch.optim.Adam(network.parameters(), lr=trial.suggest_float("lr", 1e-5, 1e-1, log=True))
        inputs, classes = data["train"]
        for _ in range(EPOCHS):
            network.train()
            for rows in torch.randperm(TRAINING).split(BATCH):
                optimiser.zero_grad()
                functional.nll_loss(network(inputs[rows]), classes[rows]).backward()
                optimiser.step()
        validation, test = error(network, data["validation"]), error(network, data["test"])
        found.append(Network(size, validation, test, time.perf_counter() - begin))
        return size, 1 - validation

    study.optimize(objective, timeout=seconds)
    return found


def suggested(trial: optuna.Trial) -> tuple[nn.Sequential, int]:
    """The network that a trial suggests, and its multiply-adds."""
    layers: list[nn.Module] = []
    width, size = 784, 0
    for number in range(trial.suggest_int("n_layers", 1, 3)):
        units = trial.suggest_int(f"n_units_l{number}", 4, 128)
        dropout = trial.suggest_float(f"dropout_l{number}", 0.2, 0.5)
        layers += [nn.Linear(width, units), nn.ReLU(), nn.Dropout(dropout)]
        width, size = units, size + width * units
    return nn.Sequential(*layers, nn.Linear(width, 10), nn.LogSoftmax(dim=1)), size + width * 10


@torch.no_grad()
def error(network: nn.Module, examples: tuple[Tensor, Tensor]) -> float:
    """The share of examples whose class the network does not find."""
    network.eval()
    inputs, classes = examples
    return float((network(inputs).argmax(dim=1) != classes).double().mean())


def build() -> nn.Module:
    """The network that our runs begin with."""
    return nn.Sequential(
        nn.Linear(784, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 10)
    )


def ours(data: Splits, method: str, *, seed: int) -> list[Network]:
    """The networks of one run of ours, in the order in which they were found."""
    task = fs.Task(name="fashion", splits=data, build=build, complexity="group-l1")
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        methods = {method: OPTIONS[method]}
        fs.search(task, method=methods, training=RECIPE, epochs=OUR_EPOCHS, out=folder, seed=seed, quiet=True)
        trials = list(csv.DictReader((Path(folder) / "trials.csv").open(encoding="utf-8")))
    spent = list(itertools.accumulate(float(trial["seconds"]) for trial in trials))
    overhead = time.perf_counter() - begin - spent[-1]  # counted as if it all came first
    return [
        Network(
            int(float(trial["multiply_adds"])), float(trial["validation_error"]), float(trial["test_error"]),
            overhead + seconds,
        )
        for trial, seconds in zip(trials, spent, strict=True)
        if trial["multiply_adds"]
    ]  # fmt: skip


def until(found: Sequence[Network], seconds: float) -> list[Network]:
    """Those found after at most so many seconds."""
    return [each for each in found if each.seconds <= seconds]


def hypervolume(found: Sequence[Network]) -> float:
    """The share of the box that the networks dominate with their test errors; validation errors choose them."""
    points = np.array([[each.validation_error, each.multiply_adds] for each in found])
    chosen = np.flatnonzero(moocore.is_nondominated(points)).tolist()
    scaled = np.array([[found[row].test_error / WORST, found[row].multiply_adds / WIDEST] for row in chosen])
    return float(moocore.hypervolume(scaled, ref=[1.0, 1.0]))


if __name__ == "__main__":
    main()
