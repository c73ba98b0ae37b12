"""A tiny task for searches in one's own program, some of whose trainings diverge."""

import torch
from torch import nn

from frontsearch import Choice, Examples, Range, Recipe, Task

SPACE = {"l1_weight": Range(low=1e-4, high=1e-1, log=True), "learning_rate": Choice(options=[1e-2, 1e30])}
TEMPLATE = Recipe(optimiser="sgd", epochs=1)
ATTRIBUTES = {
    "key",
    "recipe",
    "status",
    "epochs",
    "l1",
    "nonzeros",
    "sparsity",
    "test_error",
    "validation_cross_entropy",
}


def network():
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))


def examples(count):
    generator = torch.Generator().manual_seed(count)
    targets = torch.randint(3, (count,), generator=generator)
    inputs = torch.randn(count, 6, generator=generator)
    inputs[torch.arange(count), targets] += 2.0
    return Examples(inputs, targets)


def small_task(**options):
    splits = {"train": examples(96), "validation": examples(48), "test": examples(40)}
    penalised = frozenset({"0.weight", "2.weight"})
    return Task(**{"name": "small", "splits": splits, "build": network, "penalised": penalised, **options})


def nonzeros_of(task, state_dict):
    """The nonzero penalised weights of the task's network with this state."""
    restored = task.network(seed=0)
    restored.load_state_dict(state_dict)
    return sum(int(restored.get_parameter(name).count_nonzero()) for name in task.penalised)
