"""Times trainings side by side on a GPU; on a CPU, on which this network is too large, it tries the script out.

    python tests/benchmarks/gpu.py [--device cuda] [--trainings 64] [--epochs 1] [--examples 50000] [--study]

Trains a LeNet-5 of plain torch modules on MNIST and prints: a training against a bare loop of torch; trainings side by
side against the same ones in turn; whether twice the same recipe gives the same bits, alone and in another company; the
most memory of the device. With ``--study`` the study `mnist` follows, whose LeNet-5 trains alone. Needs eight minutes
of a GPU at most.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from tempfile import TemporaryDirectory

import torch
from torch import nn
from torch.nn import functional

from frontsearch import Recipe, Task, Trainer, mnist
from frontsearch.recipe import WeightedSum
from frontsearch.training import Checkpoints
from frontsearch.workers import prepare_process

BATCH = 128


def lenet5() -> nn.Module:
    """The LeNet-5 of the built-in task, as people write it."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def of(seed: int, epochs: float) -> Recipe:
    """A training whose l1 weight depends on its seed."""
    descent = WeightedSum(l1_weight=1e-5 * 2 ** (seed % 8))
    return Recipe(descent=descent, batch_size=BATCH, epochs=epochs, seed=seed)


def bare(task: Task, epochs: float) -> None:
    """As many steps of Adam on batches that lie on the device."""
    torch.manual_seed(0)
    network, data = task.network(0).to(task.device).train(), task.splits["train"].read()
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    for step in range(round(epochs * len(data.targets) / BATCH)):
        if step % (len(data.targets) // BATCH) == 0:
            order = torch.randperm(len(data.targets)).to(task.device).split(BATCH)
        rows = order[step % (len(data.targets) // BATCH)]
        optimiser.zero_grad()
        functional.cross_entropy(network(data.inputs[rows]), data.targets[rows]).backward()
        optimiser.step()


def seconds(function: Callable[[], object], device: str) -> float:
    """Wall time until the device is done."""
    begun = time.perf_counter()
    function()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - begun


def bits(task: Task, recipes: list[Recipe]) -> str:
    """The hash of the first recipe's weights."""
    with TemporaryDirectory() as folder:
        return Trainer(task, Checkpoints(folder)).train(recipes)[0].checkpoint_sha256


def main(device: str, trainings: int, epochs: float, examples: int) -> None:
    """Prints the figures."""
    whole = mnist()
    few = {split: (each.inputs[:examples], each.targets[:examples]) for split, each in whole.splits.items()}
    task = Task(name="lenet5", splits=few, build=lenet5).to(device)
    recipes = [of(seed, epochs) for seed in range(trainings)]
    together, alone = Trainer(task), Trainer(task)
    vars(alone)["stacked"] = None
    for trainer in (together, alone):  # what is found once for each task is not measured
        trainer.train([replace(each, epochs=0.1) for each in recipes[:2]])
    bare(task, 0.1)
    loop, single = (seconds(call, device) for call in (lambda: bare(task, epochs), lambda: alone(recipes[0])))
    print(f"one training: {single:.2f} s, {single / loop:.2f} times a bare loop of torch")  # noqa: T201
    stacked = seconds(lambda: together.train(recipes), device)
    turns = seconds(lambda: [alone(recipe) for recipe in recipes], device)
    print(f"{trainings} trainings: {stacked:.2f} s side by side, {turns:.2f} s in turn, {turns / stacked:.1f} times")  # noqa: T201
    found = {bits(task, [recipes[0], *others]) for others in ([], [], recipes[1:4], recipes[5:2:-1])}
    print(f"the same bits twice and in three companies: {len(found) == 1}")  # noqa: T201
    if device == "cuda":
        print(f"memory: {torch.cuda.max_memory_allocated() / 2**20:.0f} MiB on {torch.cuda.get_device_name()}")  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--trainings", type=int, default=64)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--examples", type=int, default=50_000)
    parser.add_argument("--study", action="store_true")
    options = parser.parse_args()
    prepare_process(device=options.device)
    main(options.device, options.trainings, options.epochs, options.examples)
    if options.study:
        with TemporaryDirectory() as out:
            begun = time.perf_counter()
            arguments = ["mnist", "--device", options.device, "--quiet", "--out", f"{out}/mnist"]
            subprocess.run([sys.executable, "-m", "frontsearch.study", *arguments], check=True)
            print(f"mnist: {time.perf_counter() - begun:.0f} s")  # noqa: T201
