"""Trains one recipe by itself; read it top to bottom."""

import math
from collections.abc import Callable

from frontsearch.compaction import Channels
from frontsearch.tasks import Task, forward_once, joined
from frontsearch.training.batches import batches
from frontsearch.training.compiling import compiled
from frontsearch.training.prepared import PreparedTraining
from frontsearch.training.shrinking import Shrinking


def train_alone(
    task: Task, training: PreparedTraining, channels: Channels, *, with_compiler: bool, on_epoch: Callable[[], None]
) -> None:
    """Takes all steps of a training, or those until its loss is no longer finite.

    Args:
        task: The task.
        training: The training.
        channels: Which parts of the task's network can be left out as they die.
        with_compiler: Whether torch compiles the network.
        on_epoch: Called before each epoch.
    """
    recipe, pruner = training.recipe, training.pruner
    shrinking = Shrinking(training, channels, decayed=task.decayed(training.network))
    transform = task.transform or (lambda inputs: inputs)
    training.network.train()
    examples = batches(task.splits["train"], recipe.batch_size, seed=training.order_seed)
    for step, (inputs, targets) in zip(range(training.steps), examples, strict=False):
        if step % training.per_epoch == 0:
            on_epoch()
            state = shrinking.shrink()
            channel_norms = shrinking.channel_norms()
            # A smaller network is not compiled, as every new shape would take a compilation.
            decayed = shrinking.decayed
            decay = state.weights.indicator(decayed).mul_(2 * task.weight_decay) if decayed else None
            network = compiled(state.network) if with_compiler and state is shrinking.full else state.network
        if training.recorder:
            training.recorder.measure(step)
        outputs = forward_once(network, transform(inputs))
        loss = task.loss(outputs, targets)
        if not math.isfinite(value := loss.item()):
            if math.isnan(value) and bool(joined(outputs).isfinite().all()):
                continue  # the loss leaves out all targets of this batch
            training.diverged_at = step
            return
        if training.recorder:
            training.recorder.record(step, value)
        state.weights.gradient.zero_()
        loss.backward()
        state.weights.gather()
        if decay is not None:
            state.weights.gradient.addcmul_(decay, state.weights.vector)
        pruner.before_step(state.weights)
        state.optimiser.step(training.learning_rate(step))
        channel_norms.restore_()
        pruner.prune(step + 1, state.weights, state.optimiser)
        state.weights.write()
    shrinking.end()
