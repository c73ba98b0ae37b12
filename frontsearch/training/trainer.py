"""One training, read top to bottom."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from frontsearch.compaction import check_chain
from frontsearch.errors import UserError, check
from frontsearch.folder import Curves
from frontsearch.names import CROSS_ENTROPY, L1, on_split
from frontsearch.recipe import Offspring, Recipe
from frontsearch.tasks import Examples, Task, seeded
from frontsearch.training.checkpoints import Checkpoints
from frontsearch.training.compiling import compiled
from frontsearch.training.objectives import network_metrics, network_outputs, stacked_outputs
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.pruning import Pruner, pruner_of
from frontsearch.training.recorder import Recorder
from frontsearch.training.schedules import learning_rate
from frontsearch.training.shrinking import Shrinking, TrainState, evaluation_network
from frontsearch.training.starts import begin
from frontsearch.training.weights import Weights
from frontsearch.trial import Status, Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class _Begun:
    """A training before its first step."""

    recipe: Recipe
    key: str
    body: TrainState
    pruner: Pruner
    shrinking: Shrinking
    steps: int
    order: int
    recorder: Recorder | None


def no_callback() -> None:
    """Heeds nothing; by name, as no lambda can be pickled."""


@dataclass(frozen=True)
class Trainer:
    """Trains recipes on a task; with as many torch threads, a recipe gives the same weights bit for bit on one machine.

    Attributes:
        task: What is trained on.
        checkpoints: Where weights are kept and warm starts come from; None keeps none and allows no warm start.
        curves: Where learning curves are kept, of what was trained and did not diverge; None keeps none.
        compile: Whether torch compiles what a step does with the network, which may change its bits.
        on_epoch: Called before every epoch; what it raises ends the training.

    Raises:
        ValueError: When the task's ``chain`` is none of its network, or ``checkpoints`` are of another kind.
    """

    task: Task
    checkpoints: Checkpoints | None = None
    curves: Curves | None = None
    compile: bool = False
    on_epoch: Callable[[], None] = no_callback

    def __post_init__(self) -> None:
        found = self.checkpoints
        check("checkpoints", found, "`Checkpoints` or None", holds=found is None or isinstance(found, Checkpoints))
        if self.task.chain:
            check_chain(self.task)

    def __call__(self, recipe: Recipe) -> Trial:
        """The trial of this recipe; DIVERGED where a loss or a weight stops being finite.

        Raises:
            UserError: When it is half a step or less, a warm start's checkpoint is missing, or the new one or the curve
                cannot be written.
            ValueError: When a warm start's checkpoint is of another network, or its optimiser state of another
                optimiser or of other penalised parameters.
        """
        if isinstance(recipe.start, Offspring):
            return self.crosses([recipe])[0]
        # Layers that draw while they train, as dropout does, draw from torch's generator.
        with seeded(recipe.seed, self._device.type):
            since = time.perf_counter()
            training = self._begun(recipe)
            diverged = self._descend(training)
            if diverged is not None:
                return _diverged(training, epochs=diverged, seconds=time.perf_counter() - since)
            (metrics,) = network_metrics(
                self.task, network_outputs(evaluation_network(training.body, self.task.chain)), [training.body.weights]
            )
            return self._ended(training, metrics, seconds=time.perf_counter() - since)

    def crosses(self, recipes: Sequence[Recipe]) -> tuple[Trial, ...]:
        """The trials of recipes that cross two networks and train nothing, evaluated in one batched forward pass.

        Raises:
            UserError: As a training does.
        """
        since, trainings = time.perf_counter(), []
        for recipe in recipes:
            with seeded(recipe.seed, self._device.type):
                trainings.append(self._begun(recipe))
        outputs = stacked_outputs([training.body.network for training in trainings])
        metrics = network_metrics(self.task, outputs, [training.body.weights for training in trainings])
        seconds = (time.perf_counter() - since) / len(recipes)
        ended = zip(trainings, metrics, strict=True)
        return tuple(self._ended(training, own, seconds=seconds) for training, own in ended)

    def saved(self, key: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """A trial's network state and optimiser state.

        Raises:
            UserError: When the checkpoint is missing or damaged.
        """
        if self.checkpoints is None:
            raise ValueError("Another trial's weights need `checkpoints`; found None.")
        return self.checkpoints.load(key)

    @property
    def _device(self) -> torch.device:
        return self.task.splits["train"].inputs.device

    def _begun(self, recipe: Recipe) -> _Begun:
        initial, order = (int(seed) for seed in np.random.SeedSequence(recipe.seed).generate_state(2))
        network = self.task.network(initial).to(self._device)
        weights = Weights(network, self.task.penalised)
        state = begin(recipe.start, network, weights=weights, saved=self.saved)
        optimiser = Optimiser(recipe, weights)
        if state is not None:
            self._check_penalised(*recipe.parents)
            optimiser.load(state)
        trained = not isinstance(recipe.start, Offspring)
        per_epoch = self._steps_per_epoch(recipe)
        steps = _steps(recipe.epochs, per_epoch) if trained else 0
        pruner = pruner_of(recipe.pruning, epochs=recipe.epochs, steps=steps)
        pruner.prune(0, weights, optimiser)
        recorder = Recorder(weights, steps=steps, per_epoch=per_epoch) if self.curves and trained else None
        body = TrainState(network, weights, optimiser)
        return _Begun(
            recipe=recipe, key=recipe.key(self.task.fingerprint), body=body, pruner=pruner,
            shrinking=Shrinking(body, self.task.chain, recipe=recipe, pruner=pruner), steps=steps, order=order,
            recorder=recorder,
        )  # fmt: skip

    def _check_penalised(self, parent: str) -> None:
        """Refuses an optimiser's state that is laid out for other penalised parameters."""
        theirs, own = self.checkpoints and self.checkpoints.penalised(parent), self.task.penalised
        rule = f"as in trial {parent}, whose optimiser state is taken over: {', '.join(sorted(theirs or ()))}"
        check("penalised", ", ".join(sorted(own)), rule, holds=theirs is None or theirs == own)

    def _steps_per_epoch(self, recipe: Recipe) -> int:
        return math.ceil(len(self.task.splits["train"].targets) / recipe.batch_size)

    def _descend(self, training: _Begun) -> float | None:
        """Takes all steps; what comes back are the epochs after which a loss was no longer finite, if one was."""
        recipe, pruner, steps = training.recipe, training.pruner, training.steps
        per_epoch = self._steps_per_epoch(recipe)
        training.body.network.train()
        examples = batches(self.task.splits["train"], recipe.batch_size, seed=training.order)
        for step, (inputs, targets) in zip(range(steps), examples, strict=False):
            if step % per_epoch == 0:
                self.on_epoch()
                body = training.shrinking.shrink()
                # A smaller network is used as it is: every shape of it would be compiled anew.
                outputs = compiled(body.network) if self.compile and body is training.body else body.network
            loss = self.task.loss(outputs(inputs), targets)
            if not math.isfinite(value := loss.item()):
                # The batch that showed it counts: a training that costs nothing could be asked for without end.
                return min((step + 1) / per_epoch, recipe.epochs)
            if training.recorder:
                training.recorder.note(step, value)
            body.weights.gradient.zero_()
            loss.backward()
            pruner.hold(body.weights)
            body.optimiser.step(recipe.learning_rate * learning_rate(recipe.learning_rate_schedule, step / steps))
            pruner.prune(step + 1, body.weights, body.optimiser)
        training.shrinking.restore()
        return None

    def _ended(self, training: _Begun, metrics: dict[str, float], *, seconds: float) -> Trial:
        recipe, objectives = training.recipe, (metrics[on_split(self.task.objective_split, CROSS_ENTROPY)], metrics[L1])
        if not (training.body.weights.finite() and all(map(math.isfinite, objectives))):
            return _diverged(training, epochs=recipe.epochs, seconds=seconds)
        if self.checkpoints:
            self.checkpoints.save(training.key, training.body.network, training.body.optimiser)
        if self.curves and training.recorder:
            self.curves.save(training.key, training.recorder.curve(recipe.epochs))
        return Trial(
            key=training.key, recipe=recipe, status=Status.COMPLETE, objectives=objectives, metrics=metrics,
            epochs=recipe.epochs, seconds=seconds,
        )  # fmt: skip


def batches(examples: Examples, size: int, *, seed: int) -> Iterator[Examples]:
    """Mini-batches without end, each epoch a fresh permutation; the last batch of an epoch may be short."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(len(examples.targets), generator=generator).to(examples.targets.device)
        for rows in order.split(size):
            yield Examples(*(tensor.index_select(0, rows) for tensor in examples))


def _steps(epochs: float, per_epoch: int) -> int:
    """The whole steps of a training, whose epochs are charged: one of none would be free, and never end a budget."""
    steps = round(epochs * per_epoch)
    if steps == 0:
        raise UserError(
            f"A training must be more than half a step, which is {0.5 / per_epoch:g} epochs of this task in these "
            f"batches; found {epochs:g}: is the budget, or a method's share of it, too small?"
        )
    return steps


def _diverged(training: _Begun, *, epochs: float, seconds: float) -> Trial:
    return Trial(
        key=training.key, recipe=training.recipe, status=Status.DIVERGED, objectives=None, metrics={}, epochs=epochs,
        seconds=seconds,
    )  # fmt: skip
