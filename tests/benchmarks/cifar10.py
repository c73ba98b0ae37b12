"""Prints the processor time of an epoch of CIFAR-10 for each network, in seconds, with batches of 128 and one thread.

    python tests/benchmarks/cifar10.py [NETWORK ...]

In turns: the trainer with and without augmentation, and a bare loop of forward, backward and Adam with the kernels'
channels last and as torch has them. Medians of three turns of a few steps each.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median

import torch
from torch.nn import functional

from frontsearch.recipe import Pruning, Recipe, WeightedSum
from frontsearch.tasks import Examples, Task, cifar10
from frontsearch.training import Trainer
from frontsearch.workers import prepare_process

BATCH, EPOCH, TURNS = 128, 45_000, 3
STEPS = {"vgg-like": 15, "resnet20": 15, "vgg16-bn": 4, "vgg19-bn": 4}


def trained(task: Task, steps: int) -> Callable[[], None]:
    """A function that trains so many steps of a task whose epoch has more."""
    trainer, whole = Trainer(task), len(task.splits["train"].targets) / BATCH
    recipe = Recipe(
        descent=WeightedSum(l1_weight=1e-5),
        learning_rate=1e-3,
        batch_size=BATCH,
        pruning=Pruning(threshold=1e-3),
        epochs=steps / whole,
    )
    return lambda: trainer(recipe) and None


def looped(task: Task, steps: int, *, channels_last: bool) -> Callable[[], None]:
    """A function that takes so many steps of a bare loop."""
    network = task.network(0).train()
    if not channels_last:
        network.to(memory_format=torch.contiguous_format)
    optimiser = torch.optim.Adam(network.parameters())
    few = task.splits["train"].rows(slice(BATCH))
    assert isinstance(few, Examples)

    def loop() -> None:
        for _ in range(steps):
            optimiser.zero_grad()
            functional.cross_entropy(network(few.inputs), few.targets).backward()
            optimiser.step()

    return loop


def main() -> None:
    """Prints a line for each network."""
    prepare_process()
    torch.set_num_threads(1)
    for name in sys.argv[1:] or STEPS:
        whole, steps = cifar10(network=name), STEPS[name]  # type: ignore[arg-type]
        few = {split: examples.rows(slice(20)) for split, examples in whole.splits.items()}
        few["train"] = whole.splits["train"].rows(slice(BATCH * 20))
        task = replace(whole, splits=few, train_metric_examples=20)
        plain = replace(task, transform=None)
        del whole
        bare, first = partial(looped, task, channels_last=True), partial(looped, task, channels_last=False)
        makers = {
            "augmented": partial(trained, task),
            "plain": partial(trained, plain),
            "bare": bare,
            "bare, channels first": first,
        }
        pairs = {key: (make(1 + steps), make(1)) for key, make in makers.items()}
        found: dict[str, list[float]] = {}
        for turn in range(TURNS + 1):
            for key, (many, one) in pairs.items():
                spent = (timed(many) - timed(one)) / steps * EPOCH / BATCH
                if turn:  # the first finds dead units and the like
                    found.setdefault(key, []).append(spent)
        figures = (f"{key} {median(each):.0f} ({min(each):.0f} to {max(each):.0f})" for key, each in found.items())
        print(f"{name}: {', '.join(figures)}", flush=True)  # noqa: T201


def timed(function: Callable[[], None]) -> float:
    """Processor seconds of a call."""
    begun = time.process_time()
    function()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
