"""``Trainer``: one training from its recipe to its trial; read it top to bottom."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from frontsearch.compaction import Channels, computed_groups, trainable_channels
from frontsearch.errors import check
from frontsearch.folder import Curves
from frontsearch.recipe import Initial, Offspring, Recipe
from frontsearch.scale import CanonicalScale, canonical_scale
from frontsearch.tasks import Task, forward, seeded
from frontsearch.training.batches import batch_sizes, batches, check_batch_size, step_count
from frontsearch.training.checkpoints import Checkpoints
from frontsearch.training.compiling import compiled
from frontsearch.training.objectives import network_metrics, network_outputs, stacked_outputs
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import penalty_of
from frontsearch.training.pruning import Pruner, pruner_for
from frontsearch.training.recorder import Recorder
from frontsearch.training.rescaling import rescale_
from frontsearch.training.schedules import learning_rate
from frontsearch.training.shrinking import Shrinking, TrainState, evaluation_network
from frontsearch.training.starts import initialise
from frontsearch.training.weights import Weights
from frontsearch.trial import Status, Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class _PreparedTraining:
    """A training before its first step."""

    recipe: Recipe
    key: str
    state: TrainState
    pruner: Pruner
    shrinking: Shrinking
    steps: int
    order_seed: int
    recorder: Recorder | None


def no_callback() -> None:
    """Does nothing; a named function, as a lambda could not be pickled."""


@dataclass(frozen=True)
class Trainer:
    """Trains recipes on a task.

    On one machine, and with the same number of torch threads, a recipe always gives the same weights, bit for bit.

    Attributes:
        task: Task to train on.
        checkpoints: Where weights are saved and warm starts are loaded from; None saves none and refuses warm starts.
        curves: Where learning curves are saved; None records none.
        compile: Whether the network is compiled by torch, which may change the last bits of the results.
        on_epoch: Called before each epoch. An exception it raises stops the training.

    Raises:
        ValueError: If ``checkpoints`` or ``curves`` has another type.

    Examples:
        >>> from frontsearch import Recipe, Trainer, lasso
        >>> from frontsearch.recipe import WeightedSum
        >>> trainer = Trainer(lasso())
        >>> trial = trainer(Recipe(descent=WeightedSum(l1_weight=0.4), learning_rate=0.05, epochs=300.0))
        >>> cross_entropy, l1 = trial.objectives
        >>> round(l1, 2), trial.metrics["nonzeros"]
        (4.9, 4)
    """

    task: Task
    checkpoints: Checkpoints | None = None
    curves: Curves | None = None
    compile: bool = False
    on_epoch: Callable[[], None] = no_callback

    def __post_init__(self) -> None:
        valid = self.checkpoints is None or isinstance(self.checkpoints, Checkpoints)
        check("checkpoints", self.checkpoints, "`Checkpoints` or None", holds=valid)
        check("curves", self.curves, "`Curves` or None", holds=self.curves is None or isinstance(self.curves, Curves))

    def __call__(self, recipe: Recipe) -> Trial:
        """Trains a recipe and returns its trial, with status ``DIVERGED`` if a loss or weight became infinite or NaN.

        Raises:
            UserError: If the training has half a step or less, the checkpoint of a warm start is missing, or the
                checkpoint or learning curve cannot be written.
            ValueError: If the checkpoint of a warm start is from another network, or its optimiser state from another
                optimiser or other penalised parameters.
        """
        if isinstance(recipe.start, Offspring):
            return self.evaluate_offspring([recipe])[0]
        # Layers such as dropout draw from torch's global generator.
        with seeded(recipe.seed, self.task.device.type):
            began = time.perf_counter()
            training = self._prepare(recipe)
            diverged_after = self._train_loop(training)
            if diverged_after is not None:
                return _diverged(training, epochs=diverged_after, seconds=time.perf_counter() - began)
            outputs = network_outputs(evaluation_network(training.state, self.channels))
            (metrics,) = network_metrics(self.task, outputs, [training.state.weights], scale=self.scale)
            return self._finish(training, metrics, seconds=time.perf_counter() - began)

    def check(self, recipe: Recipe) -> None:
        """Raises a UserError if the training has half a step or less, or batches too small for normalisation."""
        step_count(recipe.epochs, self._steps_per_epoch(recipe))
        check_batch_size(self.task, recipe.batch_size)

    def evaluate_offspring(self, recipes: Sequence[Recipe]) -> tuple[Trial, ...]:
        """The trials of recipes that cross two trials' weights without training, evaluated in one batched forward pass.

        Raises:
            UserError: If a parent's checkpoint is missing, or a checkpoint cannot be written.
        """
        began, trainings = time.perf_counter(), []
        for recipe in recipes:
            with seeded(recipe.seed, self.task.device.type):
                trainings.append(self._prepare(recipe))
        outputs = stacked_outputs([training.state.network for training in trainings])
        weights = [training.state.weights for training in trainings]
        metrics = network_metrics(self.task, outputs, weights, scale=self.scale)
        seconds = (time.perf_counter() - began) / len(recipes)
        pairs = zip(trainings, metrics, strict=True)
        return tuple(self._finish(training, values, seconds=seconds) for training, values in pairs)

    def load_checkpoint(self, key: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The ``state_dict`` of a trial's network and its optimiser state.

        Raises:
            UserError: If the checkpoint is missing or damaged.
            ValueError: If the trainer has no ``checkpoints``.
        """
        if self.checkpoints is None:
            raise ValueError("A start from another trial's weights needs a trainer with `checkpoints`; found None.")
        return self.checkpoints.load(key)

    @cached_property
    def scale(self) -> CanonicalScale:
        """The scale that complexity is measured in."""
        return canonical_scale(self.task)

    @cached_property
    def channels(self) -> Channels:
        """Which parts of the task's network can be left out as they die."""
        return trainable_channels(self.task)

    @cached_property
    def computed(self) -> Mapping[str, Tensor] | None:
        """For each entry of the penalised parameters the group of what takes the unit that it computes, by name."""
        return self.scale.groups and computed_groups(self.channels, self.scale.groups)

    def _prepare(self, recipe: Recipe) -> _PreparedTraining:
        network_seed, order_seed = (int(seed) for seed in np.random.SeedSequence(recipe.seed).generate_state(2))
        weights = Weights(self.task.network(network_seed).to(self.task.device), self.task.penalised)
        penalty = penalty_of(weights, self.scale.groups, self.computed)
        optimiser_state = initialise(recipe.start, weights, penalty, load_checkpoint=self.load_checkpoint)
        optimiser = Optimiser(recipe, weights, penalty)
        if optimiser_state is not None:
            self._check_penalised(*recipe.parents)
            optimiser.load(optimiser_state)
        rescale_(self.task, self.scale, recipe, weights=weights, optimiser=optimiser)
        trained = not isinstance(recipe.start, Offspring | Initial)
        per_epoch = self._steps_per_epoch(recipe)
        steps = step_count(recipe.epochs, per_epoch) if trained else 0
        pruner = pruner_for(recipe.pruning, epochs=recipe.epochs, steps=steps)
        pruner.prune(0, weights, optimiser)
        weights.round()
        recorder = Recorder(weights, self.scale, steps=steps, per_epoch=per_epoch) if self.curves and trained else None
        state = TrainState(weights.network, weights, optimiser)
        return _PreparedTraining(
            recipe=recipe, key=recipe.key(self.task.fingerprint), state=state, pruner=pruner,
            shrinking=Shrinking(
                state, self.channels, recipe=recipe, pruner=pruner, decayed=self.task.decayed(weights.network)
            ),
            steps=steps, order_seed=order_seed, recorder=recorder,
        )  # fmt: skip

    def _check_penalised(self, parent: str) -> None:
        """Raises if the parent penalised other parameters, as its optimiser state then has another layout."""
        expected, names = self.checkpoints and self.checkpoints.penalised_names(parent), self.task.penalised
        rule = f"as in trial {parent}, whose optimiser state is continued: {', '.join(sorted(expected or ()))}"
        check("penalised", ", ".join(sorted(names)), rule, holds=expected is None or expected == names)

    def _steps_per_epoch(self, recipe: Recipe) -> int:
        return len(batch_sizes(len(self.task.splits["train"].targets), recipe.batch_size))

    def _train_loop(self, training: _PreparedTraining) -> float | None:
        """Takes all steps; returns the epochs after which the loss was no longer finite, or None if it always was."""
        recipe, pruner, steps = training.recipe, training.pruner, training.steps
        transform, per_epoch = self.task.transform or (lambda inputs: inputs), self._steps_per_epoch(recipe)
        training.state.network.train()
        examples = batches(self.task.splits["train"], recipe.batch_size, seed=training.order_seed)
        for step, (inputs, targets) in zip(range(steps), examples, strict=False):
            if step % per_epoch == 0:
                self.on_epoch()
                state = training.shrinking.shrink()
                # A smaller network is not compiled, as every new shape would take a compilation.
                decayed = training.shrinking.decayed
                decay = state.weights.indicator(decayed).mul_(2 * self.task.weight_decay) if decayed else None
                network = compiled(state.network) if self.compile and state is training.state else state.network
            outputs = forward(network, transform(inputs))
            loss = self.task.loss(outputs, targets)
            if not math.isfinite(value := loss.item()):
                if math.isnan(value) and bool(outputs.isfinite().all()):
                    continue  # the loss leaves out all targets of this batch
                # This batch is charged too: a method could ask for free trainings forever.
                return min((step + 1) / per_epoch, recipe.epochs)
            if training.recorder:
                training.recorder.record(step, value)
            state.weights.gradient.zero_()
            loss.backward()
            state.weights.gather()
            if decay is not None:
                state.weights.gradient.addcmul_(decay, state.weights.vector)
            pruner.before_step(state.weights)
            state.optimiser.step(recipe.learning_rate * learning_rate(recipe.learning_rate_schedule, step / steps))
            pruner.prune(step + 1, state.weights, state.optimiser)
            state.weights.write()
        training.shrinking.end()
        training.state.weights.round()
        return None

    def _finish(self, training: _PreparedTraining, metrics: dict[str, float], *, seconds: float) -> Trial:
        recipe, measures = training.recipe, self.task.measures
        objectives = metrics[measures.loss.on(measures.objective)], metrics[measures.complexity.key]
        if not (training.state.weights.finite() and all(map(math.isfinite, objectives))):
            return _diverged(training, epochs=recipe.epochs, seconds=seconds)
        checkpoint = curve = ""
        if self.checkpoints:
            checkpoint = self.checkpoints.save(training.key, training.state.network, training.state.optimiser)
        if self.curves and training.recorder:
            curve = self.curves.save(training.key, training.recorder.curve(recipe.epochs, measures.objectives))
        return Trial(
            key=training.key, recipe=recipe, status=Status.COMPLETE, objectives=objectives, metrics=metrics,
            epochs=recipe.epochs, seconds=seconds, checkpoint_sha256=checkpoint, curve_sha256=curve,
        )  # fmt: skip


def _diverged(training: _PreparedTraining, *, epochs: float, seconds: float) -> Trial:
    return Trial(
        key=training.key, recipe=training.recipe, status=Status.DIVERGED, objectives=None, metrics={}, epochs=epochs,
        seconds=seconds,
    )  # fmt: skip
