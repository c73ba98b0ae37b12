"""One training, read top to bottom."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from frontsearch.recipe import Offspring, Recipe
from frontsearch.tasks.base import Examples, Task
from frontsearch.training.checkpoints import Checkpoints
from frontsearch.training.objectives import figures
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.pruning import pruner_of
from frontsearch.training.schedules import learning_rate
from frontsearch.training.starts import begin
from frontsearch.training.weights import Weights
from frontsearch.trial import Status, Trial


@dataclass(frozen=True)
class Trainer:
    """Trains recipes on a task; the same recipe gives the same weights bit for bit on one machine.

    Attributes:
        task: What is trained on.
        checkpoints: Where weights are kept and warm starts come from; None keeps none and allows no warm start.
    """

    task: Task
    checkpoints: Checkpoints | None = None

    def __call__(self, recipe: Recipe) -> Trial:
        """The trial of this recipe; DIVERGED where a loss or a weight stops being finite.

        Raises:
            UserError: When a warm start's checkpoint is missing or the new one cannot be written.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)  # for layers that draw while they train, as dropout does
            return self._trial(recipe)

    def saved(self, key: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """A trial's network state and optimiser state.

        Raises:
            UserError: When the checkpoint is missing or damaged.
        """
        if self.checkpoints is None:
            raise ValueError("Another trial's weights need `checkpoints`; found None.")
        return self.checkpoints.load(key)

    def _trial(self, recipe: Recipe) -> Trial:
        began = time.perf_counter()
        key = recipe.key(self.task.fingerprint)
        initial, order = (int(seed) for seed in np.random.SeedSequence(recipe.seed).generate_state(2))
        train = self.task.splits["train"]
        network = self.task.network(initial).to(train.inputs.device)
        weights = Weights(network, self.task.penalised)
        state = begin(recipe.start, network, weights=weights, saved=self.saved)
        optimiser = Optimiser(recipe, weights)
        if state is not None:
            optimiser.load(state)
        steps_per_epoch = math.ceil(len(train.targets) / recipe.batch_size)
        trained = not isinstance(recipe.start, Offspring)
        steps = max(1, round(recipe.epochs * steps_per_epoch)) if trained else 0
        pruner = pruner_of(recipe.pruning, epochs=recipe.epochs, steps=steps)
        pruner.prune(0, weights, optimiser)
        network.train()
        for step, (inputs, targets) in zip(range(steps), batches(train, recipe.batch_size, seed=order), strict=False):
            loss = self.task.loss(network(inputs), targets)
            if not math.isfinite(loss.item()):
                # The batch that showed it counts: a training that costs nothing could be asked for without end.
                epochs = min((step + 1) / steps_per_epoch, recipe.epochs)
                return _diverged(key, recipe, epochs=epochs, began=began)
            weights.gradient.zero_()
            loss.backward()
            pruner.hold(weights)
            optimiser.step(recipe.learning_rate * learning_rate(recipe.learning_rate_schedule, step / steps))
            pruner.prune(step + 1, weights, optimiser)
        metrics = figures(self.task, network, weights)
        objectives = (metrics[f"{self.task.objective_split}_cross_entropy"], metrics["l1"])
        if not (weights.finite() and all(map(math.isfinite, objectives))):
            return _diverged(key, recipe, epochs=recipe.epochs, began=began)
        if self.checkpoints:
            self.checkpoints.save(key, network, optimiser)
        seconds = time.perf_counter() - began
        return Trial(
            key=key, recipe=recipe, status=Status.COMPLETE, objectives=objectives, metrics=metrics,
            epochs=recipe.epochs, seconds=seconds,
        )  # fmt: skip


def batches(examples: Examples, size: int, *, seed: int) -> Iterator[Examples]:
    """Mini-batches without end, each epoch a fresh permutation; the last batch of an epoch may be short."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(len(examples.targets), generator=generator).to(examples.targets.device)
        for rows in order.split(size):
            yield Examples(*(tensor[rows] for tensor in examples))


def _diverged(key: str, recipe: Recipe, *, epochs: float, began: float) -> Trial:
    seconds = time.perf_counter() - began
    return Trial(
        key=key, recipe=recipe, status=Status.DIVERGED, objectives=None, metrics={}, epochs=epochs, seconds=seconds
    )
