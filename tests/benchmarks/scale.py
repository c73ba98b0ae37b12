"""What the canonical scale costs to measure, and what becomes of fronts if training uses it.

    python tests/benchmarks/scale.py [cost] [path] [pruning] [--seeds N]

``cost``: seconds to measure l1 three times, as a training of two epochs on LeNet-5 does, over those of the training.
``path``: the study ``mnist`` by a ``path`` planned for its budget, trained on the plain sum, on l1 in the canonical
scale, and with weights brought to it before each epoch; each with several ends of its range of l1 weights.
``pruning``: ``gmp`` and ``st3`` on LeNet-300-100, pruning by plain magnitude and by magnitude in the canonical scale.
"""

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import torch
from torch import Tensor

from frontsearch.compaction import NO_CHANNELS
from frontsearch.folder import Folder
from frontsearch.recipe import Pruning, Recipe, WeightedSum
from frontsearch.study.config import StudyConfig, read_study
from frontsearch.study.session import Session
from frontsearch.tasks import mnist
from frontsearch.training import Trainer
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.proximal import soft_threshold_
from frontsearch.training.pruning import MagnitudePruner, StraightThroughPruner, kth_smallest_magnitude, progress
from frontsearch.training.schedules import ramp
from frontsearch.training.shrinking import Shrinking, TrainState
from frontsearch.training.weights import Weights
from frontsearch.workers import prepare_process

ENDS = (5, 15, 40)  # last l1 weight of a path, as a multiple of the study's greatest one
PLANNED = {"sweep": 0.8, "first_epochs": 4, "step_epochs": 1}
SPARSE = """
description = "LeNet-300-100 for a moment."
epochs = 30
l1_weights = [1e-5, 6e-4]
[task]
name = "mnist"
network = "lenet300"
penalised = "kernels"
[training]
epochs = 10
pruning_threshold = 1e-3
[methods.gmp]
first_epochs = 6
ramp_epochs = 2
tune_epochs = 2
densest = 0.1
sparsest = 0.005
l1_weight = 0
[methods.st3]
points = 6
densest = 0.1
sparsest = 0.005
"""
_trainers: list[Trainer] = []  # the one that trains, for patched functions that do not get it


def rates(weights: Weights) -> Tensor:
    """By how much l1 in the canonical scale grows with each penalised weight, ``(p,)``."""
    scale = _trainers[-1].scale
    return weights.flat_penalised(scale.rates(weights.network)).to(weights.vector)


def bring_to_scale(state: TrainState) -> None:
    """Multiplies the weights by what brings them to the canonical scale, and Adam's moments by what follows."""
    scale, weights = _trainers[-1].scale, state.weights
    found = scale.factors(weights.network, scale.balance(weights.network).log_scale)
    named = {name: torch.ones_like(view) for name, view in weights.views(weights.vector).items()}
    factors = weights.flat({name: one * found.get(name, 1.0) for name, one in named.items()}).to(weights.vector)
    weights.vector.mul_(factors)
    for name, tensor in state.optimiser.state().items():
        if tensor.ndim:
            tensor.div_(factors if name.endswith("first") else factors.square())


@contextmanager
def training(kind: str) -> Iterator[None]:
    """Trains on the ``plain`` sum, on l1 in the ``canonical`` scale, or with weights ``rescaled`` to it."""
    prepare, shrink = Trainer._prepare, Shrinking.shrink
    of_weights: dict[int, Tensor] = {}

    def prepared(trainer: Trainer, recipe: Recipe) -> object:
        _trainers.append(trainer)
        vars(trainer)["channels"] = NO_CHANNELS  # the scale is that of the full network
        return prepare(trainer, recipe)

    def shrunk(shrinking: Shrinking) -> TrainState:
        state = shrink(shrinking)
        if kind == "rescaled":
            bring_to_scale(state)
        elif kind == "canonical":
            of_weights[id(state.weights)] = rates(state.weights)
        return state

    def proximal(optimiser: Optimiser, learning_rate: float) -> None:
        optimiser._move(optimiser.weights.gradient, learning_rate)
        penalised, threshold = optimiser.weights.penalised, learning_rate * optimiser._l1_weight
        gain = optimiser.preconditioners[0].gain(len(penalised), times=threshold)
        soft_threshold_(penalised, gain * of_weights.get(id(optimiser.weights), torch.ones(())))

    with (
        patch.object(Trainer, "_prepare", prepared),
        patch.object(Shrinking, "shrink", shrunk),
        patch.object(Optimiser, "_proximal", proximal),
    ):
        yield


@contextmanager
def pruning_in_scale() -> Iterator[None]:
    """Prunes by magnitude in the canonical scale, as it is at the beginning of the epoch."""
    prepare, shrink = Trainer._prepare, Shrinking.shrink
    current: list[Tensor] = []

    def prepared(trainer: Trainer, recipe: Recipe) -> object:
        _trainers.append(trainer)
        current.clear()
        vars(trainer)["channels"] = NO_CHANNELS
        return prepare(trainer, recipe)

    def shrunk(shrinking: Shrinking) -> TrainState:
        state = shrink(shrinking)
        current[:] = [rates(state.weights)]
        return state

    def magnitudes(values: Tensor) -> Tensor:
        return values.abs() * current[0] if current else values.abs()

    def zero_small(pruner: MagnitudePruner, share: float, weights: Weights) -> None:
        pruning, found = pruner.pruning, magnitudes(weights.penalised)
        if pruner.initial_sparsity is None:
            pruner.initial_sparsity = min(1 - weights.nonzeros() / len(found), pruning.sparsity)
        sparsity = pruner.initial_sparsity + (pruning.sparsity - pruner.initial_sparsity) * ramp(pruning.ramp, share)
        limit = kth_smallest_magnitude(found, round(sparsity * len(found)))
        weights.penalised.masked_fill_(found <= limit, 0)

    def straight_through(pruner: StraightThroughPruner, step: int, weights: Weights, _: Optimiser) -> None:
        pruner.dense = weights.penalised.clone()
        sparsity = pruner.pruning.sparsity * ramp(pruner.pruning.ramp, progress(step, pruner.phase))
        limit = max(kth_smallest_magnitude(magnitudes(pruner.dense), round(sparsity * len(pruner.dense))), 0.0)
        limits = limit / current[0] if current else torch.full_like(pruner.dense, limit)
        pieces = limits.split([layer.numel() for layer in weights.layers])
        for layer, piece in zip(weights.layers, pieces, strict=True):
            own = piece.view(layer.shape)
            remaining = (layer.abs() * (layer.abs() > own)).mean(dim=1)
            scale = 1.01 / (remaining / layer.abs().mean(dim=1).clamp_min(1e-12) + 0.01)
            soft_threshold_(layer, own.clone()).mul_(scale.unsqueeze(1))

    with (
        patch.object(Trainer, "_prepare", prepared), patch.object(Shrinking, "shrink", shrunk),
        patch.object(MagnitudePruner, "_zero_small_weights", zero_small),
        patch.object(StraightThroughPruner, "prune", straight_through),
    ):  # fmt: skip
        yield


def result(config: StudyConfig, shares: tuple[float, ...]) -> str:
    """Hypervolume of a study of one method, and its lowest validation errors at these shares of nonzero weights."""
    with TemporaryDirectory() as name:
        comparison = Session(config=config, folder=Folder(Path(name)), quiet=True).run()
        with (Path(name) / "trials.csv").open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["status"] == "complete"]
    found = [f"{comparison.runs[0].indicators['hypervolume']:.4f}"]
    for share in shares:
        kept = [row for row in rows if float(row["nonzeros"]) <= share * float(row["prunable"])]
        found.append(f"{min(float(row['validation_error']) for row in kept):.2%}" if kept else "none")
    return " | ".join(found)


def study(path: str, method: str, seed: int) -> StudyConfig:
    """A study with one of its methods."""
    config = read_study(path)
    return config.model_copy(update={"methods": {method: config.methods[method]}, "seed": seed})


def cost() -> None:
    """Prints the cost of the measure."""
    trainer = Trainer(mnist())
    network = trainer.task.network(0)
    trainer.scale.balance(network)
    begin = time.process_time()
    trainer(Recipe(descent=WeightedSum(l1_weight=1e-4), epochs=2, pruning=Pruning(threshold=1e-3)))
    trained = time.process_time() - begin
    begin = time.process_time()
    for _ in range(30):
        trainer.scale.balance(network)
    measured = (time.process_time() - begin) / 30
    say(f"one measure {1e3 * measured:.1f} ms, three {3 * measured / trained:.2%} of a training of {trained:.1f} s")


def path(seeds: int) -> None:
    """Prints a row for each way to train, seed and end of the path."""
    say("| training | end | seed | hypervolume | error at 2 % | at 1 % |\n| --- | --- | --- | --- | --- | --- |")
    for kind in ("plain", "canonical", "rescaled"):
        for end in ENDS:
            for seed in range(1, seeds + 1):
                config = study("mnist", "path", seed)
                methods = {"path": {**PLANNED, "beyond": end}}
                with training(kind):
                    row = result(config.model_copy(update={"methods": methods}), (0.02, 0.01))
                say(f"| {kind} | {end} | {seed} | {row} |")


def pruning(seeds: int) -> None:
    """Prints a row for each method, way to prune and seed."""
    say("| method | magnitude | seed | hypervolume | error at 10 % | 2 % | 1 % |\n" + "| --- " * 7 + "|")
    with TemporaryDirectory() as name:
        file = Path(name) / "sparse.toml"
        file.write_text(SPARSE, encoding="utf-8")
        for method in ("gmp", "st3"):
            for seed in range(1, seeds + 1):
                config = study(str(file), method, seed)
                say(f"| {method} | plain | {seed} | {result(config, (0.1, 0.02, 0.01))} |")
                with pruning_in_scale():
                    say(f"| {method} | canonical | {seed} | {result(config, (0.1, 0.02, 0.01))} |")


def say(text: str) -> None:
    """Prints a line at once."""
    print(text, flush=True)  # noqa: T201 - a script's own channel


def main() -> None:
    """Runs the parts named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["cost", "path", "pruning"])
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    prepare_process()
    parts: dict[str, Callable[[], None]] = {
        "cost": cost, "path": lambda: path(options.seeds), "pruning": lambda: pruning(options.seeds),
    }  # fmt: skip
    for name in options.parts:
        parts[name]()


if __name__ == "__main__":
    main()
