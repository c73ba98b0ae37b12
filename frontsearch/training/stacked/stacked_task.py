"""``StackedTask``: what stacked trainings of a task share, and which of its trainings are stacked."""

from functools import cached_property

from torch import Tensor
from torch.nn import functional

from frontsearch.compaction import Channels, followed_channels
from frontsearch.recipe import Initial, Offspring, Recipe
from frontsearch.tasks import Examples, Task, seeded
from frontsearch.training.stacked.agreement import agrees
from frontsearch.training.stacked.chain import Chain, chain_of
from frontsearch.training.stacked.layer import padded
from frontsearch.training.stacked.losses import StackedLoss, stacked_loss
from frontsearch.training.stacked.weights import WIDTH
from frontsearch.training.weights import Weights

MAX_WORK = 2**21  # multiply-adds of a step; a training with more takes no longer by itself on a CPU
FEW, BATCH = 2, 8  # examples that a forward pass and a step are tried with


class StackedTask:
    """What the stacked trainings of a task share.

    Args:
        task: The task, whose network is a chain of layers that can be stacked.
        loss: Its loss.
        chain: The layers of its network.

    Attributes:
        loss: The loss.
        chain: The layers.
        inputs: Inputs of the training examples, ``(n, ...)``.
        targets: Their targets, ``(n, ...)``.
    """

    def __init__(self, task: Task, loss: StackedLoss, chain: Chain) -> None:
        self.loss, self.chain = loss, chain
        examples = task.splits["train"].read()
        assert isinstance(examples.inputs, Tensor)  # noqa: S101 - or its trainings are not stacked
        self.inputs, self.targets = examples.inputs.contiguous(), examples.targets
        self._task = task

    def company(self, recipe: Recipe) -> int | None:
        """What is equal for trainings that share a stack; None for one that is not stacked.

        It depends on the recipe alone, as the bits of a training do.
        """
        trained = not isinstance(recipe.start, Initial | Offspring)
        work = self.chain.work * min(recipe.batch_size, len(self.targets))
        small = work <= MAX_WORK or self._task.device.type != "cpu"
        return recipe.batch_size if trained and small else None

    @cached_property
    def channels(self) -> Channels:
        """The channels of every network of the task, whatever its weights."""
        inputs = next(self._task.splits["train"].pieces(1)).inputs  # one, of which any dead channel is a constant
        return followed_channels(self._task.network(0).to(self._task.device).eval(), inputs)

    @cached_property
    def decay(self) -> Tensor | None:
        """What each weight is multiplied by in the gradient of weight decay, ``(width,)``; None without any."""
        task, network = self._task, self._task.network(0).to(self._task.device)
        if not (decayed := task.decayed(network)):
            return None
        decay = Weights(network, task.penalised).indicator(decayed).mul_(2 * task.weight_decay)
        return functional.pad(decay, (0, padded(len(decay), WIDTH) - len(decay)))


def stacked_task(task: Task) -> StackedTask | None:
    """What stacked trainings of a task share; None if its trainings cannot be stacked."""
    examples, loss = task.splits["train"], stacked_loss(task)
    inputs, network = examples.inputs if isinstance(examples, Examples) else None, task.network(0).to(task.device)
    if loss is None or not isinstance(inputs, Tensor) or task.transform is not None or task.complexity != "l1":
        return None
    if not all(each.requires_grad and each.dtype == inputs.dtype for each in network.parameters()):
        return None
    with seeded(0):  # as a forward pass that is tried may draw
        chain = chain_of(network, inputs[:FEW].clone())
    few = examples.rows(slice(BATCH)).read()
    return StackedTask(task, loss, chain) if chain and agrees(task, chain, loss, few=few) else None
