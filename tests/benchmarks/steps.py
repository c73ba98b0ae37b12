"""Prints how long a step of the trainer takes beside other loops, and how long an epoch's evaluation takes.

    python tests/benchmarks/steps.py [ROUNDS]

Batches of 128 on MNIST, proximal Adam, pruned after every step. The loops take turns in one process of one thread and
are timed by its processor time, so that the ratios, medians over 25 rounds by default, hold on a machine that is busy.

* bare: forward, backward and fused Adam on slices of tensors in memory, not shuffled.
* usual: a DataLoader that shuffles, Adam, the l1 term in the loss.
* products: the step's matrix products alone, a convolution's as one product of its patches.
* arithmetic: what three products a layer, forward and both gradients, would take at the rate of a large product.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from frontsearch.folder.curves import Curves
from frontsearch.recipe import Pruning, Recipe, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.tasks import Task, mnist
from frontsearch.training import Trainer
from frontsearch.training.alone import train_alone
from frontsearch.training.objectives import network_metrics, network_outputs
from frontsearch.training.weights import Weights
from frontsearch.workers import prepare_process

BATCH, STEPS, EPOCH = Recipe().batch_size, 43, 430
L1_WEIGHT = 1e-4
SIDE = 1024  # of the square matrices whose product shows the rate
# Rows, inner size and columns of each layer's product; the first layer's inputs need no gradient.
PRODUCTS = {
    "lenet300": [(BATCH, 784, 300), (BATCH, 300, 100), (BATCH, 100, 10)],
    "lenet5": [
        (BATCH * 26 * 26, 9, 6), (BATCH * 11 * 11, 54, 16), (BATCH, 400, 120), (BATCH, 120, 84), (BATCH, 84, 10),
    ],
    "lenet5-caffe": [(BATCH * 24 * 24, 25, 20), (BATCH * 8 * 8, 500, 50), (BATCH, 800, 500), (BATCH, 500, 10)],
}  # fmt: skip

Loop = Callable[[], float]


def timed(work: Callable[[], object]) -> float:
    """Processor seconds of this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def trainer(task: Task, folder: Path) -> float:
    """Seconds of the trainer's steps; the network is made before."""
    recipe = Recipe(descent=WeightedSum(l1_weight=L1_WEIGHT), epochs=STEPS / EPOCH, pruning=Pruning(threshold=1e-3))
    own = Trainer(task, curves=Curves(folder))
    training = own._prepare(recipe)
    return timed(lambda: train_alone(task, training, own.channels, with_compiler=False, on_epoch=lambda: None))


def bare(task: Task) -> Iterator[float]:
    """Seconds of as many bare steps, time after time."""
    network = task.network(0)
    adam = torch.optim.Adam(network.parameters(), fused=True)
    slices = cycle(zip(*(tensor.split(BATCH) for tensor in task.splits["train"]), strict=True))

    def steps() -> None:
        for inputs, targets in islice(slices, STEPS):
            adam.zero_grad()
            functional.cross_entropy(network(inputs), targets).backward()
            adam.step()

    while True:
        yield timed(steps)


def usual(task: Task) -> Iterator[float]:
    """Seconds of as many steps of a loop as it is usually written, time after time."""
    network = task.network(0)
    adam = torch.optim.Adam(network.parameters())
    loader = DataLoader(TensorDataset(*task.splits["train"]), batch_size=BATCH, shuffle=True)
    endless = (batch for _ in cycle([0]) for batch in loader)

    def steps() -> None:
        for inputs, targets in islice(endless, STEPS):
            loss = functional.cross_entropy(network(inputs), targets)
            loss = loss + L1_WEIGHT * sum(p.abs().sum() for n, p in network.named_parameters() if n in task.penalised)
            adam.zero_grad()
            loss.backward()
            adam.step()

    while True:
        yield timed(steps)


def products(name: str) -> Iterator[float]:
    """Seconds of the matrix products of as many steps, time after time."""
    layers = [
        (torch.rand(rows, inner), torch.rand(columns, inner), torch.rand(rows, columns))
        for rows, inner, columns in PRODUCTS[name]
    ]
    forward = [(x, w.t(), torch.empty_like(y)) for x, w, y in layers]
    kernels = [(y.t(), x, torch.empty_like(w)) for x, w, y in layers]
    inputs = [(y, w, torch.empty_like(x)) for x, w, y in layers[1:]]

    def steps() -> None:
        for _ in range(STEPS):
            for left, right, out in (*forward, *kernels, *inputs):
                torch.mm(left, right, out=out)

    while True:
        yield timed(steps)


def arithmetic(name: str) -> Iterator[float]:
    """Seconds that the arithmetic of as many steps would take at the rate of a large product, time after time."""
    left, right, out = (torch.rand(SIDE, SIDE) for _ in range(3))
    products = 3 * sum(rows * inner * columns for rows, inner, columns in PRODUCTS[name]) / SIDE**3
    while True:
        yield timed(lambda: torch.mm(left, right, out=out)) * products * STEPS


def evaluation(task: Task) -> float:
    """Seconds of all figures of a network: 5,000 training examples, the validation and the test split."""
    network = task.network(0)
    weights, scale = Weights(network, task.penalised), canonical_scale(task)
    return timed(lambda: network_metrics(task, network_outputs(network), [weights], scale=scale))


def loops(name: str, task: Task, folder: Path) -> dict[str, Loop]:
    """The loops by name, each the seconds of its next steps."""
    return {
        "trainer": partial(trainer, task, folder),
        "bare": partial(next, bare(task)),
        "usual": partial(next, usual(task)),
        "products": partial(next, products(name)),
        "arithmetic": partial(next, arithmetic(name)),
        "evaluation": partial(evaluation, task),
    }


def rounds(loops: dict[str, Loop], count: int) -> dict[str, list[float]]:
    """The seconds of every loop, round by round, after one that does not count."""
    for loop in loops.values():
        loop()
    found = [{name: loop() for name, loop in loops.items()} for _ in range(count)]
    return {name: [one[name] for one in found] for name in loops}


def line(name: str, seconds: dict[str, list[float]]) -> str:
    """Milliseconds of a step, what it is of the other loops' and what an evaluation is of an epoch."""

    def ratio(over: str, under: str) -> float:
        return statistics.median(a / b for a, b in zip(seconds[over], seconds[under], strict=True))

    each = "  ".join(f"{1e3 * statistics.median(seconds[loop]) / STEPS:9.2f}" for loop in list(seconds)[:5])
    ratios = "  ".join(f"{ratio('trainer', loop):8.2f}" for loop in ("bare", "usual", "products", "arithmetic"))
    return f"{name:13}{each}  {ratios}  {100 * ratio('evaluation', 'trainer') * STEPS / EPOCH:10.1f} %"


def main() -> None:
    """Prints a line for each network."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    prepare_process()
    names = (
        "trainer ms", "bare ms", "usual ms", "product ms", "arithm. ms", "/ bare", "/ usual", "/ product", "/ arithm.",
        "evaluation",
    )  # fmt: skip
    print(" " * 11, *(f"{name:>10}" for name in names))  # noqa: T201 - a script's own channel
    with TemporaryDirectory() as folder:
        for name in PRODUCTS:
            task = mnist(network=name, penalised="dense" if name == "lenet5" else "kernels")
            print(line(name, rounds(loops(name, task, Path(folder)), count)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
