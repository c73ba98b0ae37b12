"""``Trainer``: one training from its recipe to its trial; read it top to bottom."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from frontsearch.compaction import Channels, computed_groups, trainable_channels
from frontsearch.errors import check
from frontsearch.folder import Curves
from frontsearch.recipe import Initial, Offspring, Recipe
from frontsearch.scale import CanonicalScale, canonical_scale
from frontsearch.tasks import Task, seeded
from frontsearch.training.alone import train_alone
from frontsearch.training.batches import steps_per_epoch, training_steps
from frontsearch.training.channel_norms import normalised_kernels
from frontsearch.training.checkpoints import Checkpoints, check_penalised
from frontsearch.training.compiling import keeps_gradient
from frontsearch.training.objectives import network_metrics, network_outputs, stacked_outputs
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import penalty_of
from frontsearch.training.prepared import PreparedTraining
from frontsearch.training.pruning import pruner_for
from frontsearch.training.recorder import Recorder
from frontsearch.training.rescaling import rescale_
from frontsearch.training.shrinking import evaluation_network, zero_unread_
from frontsearch.training.stacked import StackedTask, stacked_task, train_stack
from frontsearch.training.starts import initialise
from frontsearch.training.weights import Weights
from frontsearch.trial import Status, Trial


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
        compile: Whether torch compiles the network, if it keeps its gradient; the last bits of results may change.
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
        for name, kind in {"checkpoints": Checkpoints, "curves": Curves}.items():
            value = getattr(self, name)
            check(name, value, f"`{kind.__name__}` or None", holds=isinstance(value, kind | None))

    def __call__(self, recipe: Recipe) -> Trial:
        """Trains a recipe and returns its trial, with status ``DIVERGED`` if a loss or weight became infinite or NaN.

        Raises:
            UserError: If the training has half a step or less, its batches are too small for normalisation, the
                checkpoint of a warm start is missing, or the checkpoint or learning curve cannot be written.
            ValueError: If the checkpoint of a warm start is from another network, or its optimiser state from another
                optimiser or other penalised parameters.
        """
        (trial,) = self.train([recipe])
        return trial

    def train(self, recipes: Sequence[Recipe]) -> tuple[Trial, ...]:
        """Trains recipes and returns their trials in the same order; a trial does not depend on the other recipes.

        Small networks are trained side by side, and offspring evaluated in one batched forward pass.

        Raises:
            UserError: As for one recipe.
            ValueError: As for one recipe.
        """
        groups: dict[object, list[Recipe]] = {}
        for recipe in {Recipe.of_fields(each.fields()): None for each in recipes}:  # NumPy's floats give other bits
            groups.setdefault(self._company(recipe), []).append(recipe)
        trials = {trial.recipe: trial for kind, group in groups.items() for trial in self._train_group(kind, group)}
        return tuple(trials[recipe] for recipe in recipes)

    def check(self, recipe: Recipe) -> None:
        """Raises a UserError if the training has half a step or less, or batches too small for normalisation."""
        training_steps(self.task, recipe)

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
    def normalised(self) -> frozenset[str]:
        """Names of the kernels whose channels may have any scale, as a BatchNorm follows."""
        return normalised_kernels(self.task)

    @cached_property
    def channels(self) -> Channels:
        """Which parts of the task's network can be left out as they die."""
        return trainable_channels(self.task)

    @cached_property
    def computed(self) -> Mapping[str, Tensor] | None:
        """For each entry of the penalised parameters the group of what takes the unit that it computes, by name."""
        return self.scale.groups and computed_groups(self.channels, self.scale.groups)

    @cached_property
    def compiles(self) -> bool:
        """Whether the network is compiled: if that was asked for, and it keeps its gradient."""
        return self.compile and keeps_gradient(self.task)

    @cached_property
    def stacked(self) -> StackedTask | None:
        """What trainings side by side share; None if the task's are never side by side."""
        return None if self.compile else stacked_task(self.task)

    def _company(self, recipe: Recipe) -> object:
        """What is equal for recipes that are trained together: a class, a batch size, or the recipe itself."""
        if isinstance(recipe.start, Offspring):
            return Offspring
        return (self.stacked and self.stacked.company(recipe)) or recipe

    def _train_group(self, company: object, recipes: Sequence[Recipe]) -> list[Trial]:
        if company is Offspring:
            return self._evaluate_offspring(recipes)
        if self.stacked and isinstance(company, int):
            return self._train_side_by_side(self.stacked, recipes)
        return [self._train_alone(recipe) for recipe in recipes]

    def _train_alone(self, recipe: Recipe) -> Trial:
        began = time.perf_counter()
        with seeded(recipe.seed, self.task.device.type):  # layers such as dropout draw from torch's global generator
            training = self._prepare(recipe)
            train_alone(self.task, training, self.channels, with_compiler=self.compiles, on_epoch=self.on_epoch)
            return self._evaluate(training, began=began)

    def _train_side_by_side(self, stacked: StackedTask, recipes: Sequence[Recipe]) -> list[Trial]:
        began = time.perf_counter()
        trainings = self._prepare_all(recipes)
        train_stack(stacked, trainings, on_epoch=self.on_epoch)
        for each in trainings:
            zero_unread_(each, self.channels)
        steps, seconds = sum(each.steps for each in trainings), time.perf_counter() - began
        return [self._evaluate(each, began=time.perf_counter() - seconds * each.steps / steps) for each in trainings]

    def _evaluate_offspring(self, recipes: Sequence[Recipe]) -> list[Trial]:
        """Evaluates recipes that cross two trials' weights without training in one batched forward pass."""
        began, trainings = time.perf_counter(), self._prepare_all(recipes)
        outputs = stacked_outputs([training.network for training in trainings])
        weights = [training.weights for training in trainings]
        fixed = self.stacked.channels if self.stacked else None
        metrics = network_metrics(self.task, outputs, weights, scale=self.scale, channels=fixed)
        seconds = (time.perf_counter() - began) / len(recipes)
        return [self._finish(*pair, seconds=seconds) for pair in zip(trainings, metrics, strict=True)]

    def _prepare_all(self, recipes: Sequence[Recipe]) -> list[PreparedTraining]:
        trainings = []
        for recipe in recipes:
            with seeded(recipe.seed, self.task.device.type):
                trainings.append(self._prepare(recipe))
        return trainings

    def _prepare(self, recipe: Recipe) -> PreparedTraining:
        network_seed, order_seed, seed = map(int, np.random.SeedSequence(recipe.seed).generate_state(3))
        weights = Weights(self.task.network(network_seed).to(self.task.device), self.task.penalised)
        free, device = bool(self.normalised), self.task.device
        penalty = penalty_of(weights, self.scale.groups, self.computed, has_free_kernels=free, device=device)
        optimiser_state = initialise(recipe.start, weights, penalty, load_checkpoint=self.load_checkpoint)
        optimiser = Optimiser(recipe, weights, penalty)
        if optimiser_state is not None:
            check_penalised(self.checkpoints, *recipe.parents, names=self.task.penalised)
            optimiser.load(optimiser_state)
        rescale_(self.task, self.scale, recipe, weights=weights, optimiser=optimiser)
        per_epoch = steps_per_epoch(self.task, recipe.batch_size)
        steps = 0 if isinstance(recipe.start, Offspring | Initial) else training_steps(self.task, recipe)
        pruner = pruner_for(recipe, steps=steps)
        pruner.prune(0, weights, optimiser)
        weights.round()
        recorder = Recorder(weights, self.scale, steps=steps, per_epoch=per_epoch) if self.curves and steps else None
        return PreparedTraining(
            recipe=recipe, key=recipe.key(self.task.fingerprint), weights=weights, optimiser=optimiser, pruner=pruner,
            recorder=recorder, steps=steps, per_epoch=per_epoch, order_seed=order_seed, normalised=self.normalised,
            generator=torch.Generator(self.task.device).manual_seed(seed),
        )  # fmt: skip

    def _evaluate(self, training: PreparedTraining, *, began: float) -> Trial:
        """The trial of a training that has ended."""
        metrics = None
        if training.diverged_at is None:
            (weights := training.weights).round()
            is_small = isinstance(self._company(training.recipe), int)  # so that compaction takes longer than it saves
            network = weights.network if is_small else evaluation_network(weights, self.channels)
            outputs, fixed = network_outputs(network), self.stacked.channels if self.stacked else None
            (metrics,) = network_metrics(self.task, outputs, [weights], scale=self.scale, channels=fixed)
        return self._finish(training, metrics, seconds=time.perf_counter() - began)

    def _finish(self, training: PreparedTraining, metrics: dict[str, float] | None, *, seconds: float) -> Trial:
        recipe, measures = training.recipe, self.task.measures
        diverged = Trial(
            key=training.key, recipe=recipe, status=Status.DIVERGED, objectives=None, metrics={},
            epochs=training.epochs, seconds=seconds,
        )  # fmt: skip
        if metrics is None:
            return diverged
        objectives = metrics[measures.loss.on(measures.objective)], metrics[measures.complexity.key]
        if not (training.weights.finite() and all(map(math.isfinite, objectives))):
            return diverged
        checkpoint = curve = ""
        if self.checkpoints:
            checkpoint = self.checkpoints.save(training.key, training.network, training.optimiser)
        if self.curves and training.recorder and (found := training.recorder.curve(recipe.epochs, measures.objectives)):
            curve = self.curves.save(training.key, found)
        return replace(
            diverged, status=Status.COMPLETE, objectives=objectives, metrics=metrics, checkpoint_sha256=checkpoint,
            curve_sha256=curve,
        )  # fmt: skip
