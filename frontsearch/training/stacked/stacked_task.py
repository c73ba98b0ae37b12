"""``StackedTask``: what stacked trainings of a task share, and which of its trainings are stacked."""

from functools import cached_property

from torch import Tensor, nn
from torch.nn import functional

from frontsearch.recipe import Initial, Offspring, Recipe
from frontsearch.tasks import Examples, Task
from frontsearch.training.stacked.layers import padded
from frontsearch.training.stacked.losses import StackedLoss, stacked_loss
from frontsearch.training.stacked.network import chain_of
from frontsearch.training.stacked.weights import WIDTH
from frontsearch.training.weights import Weights

MAX_WORK = 2**21  # multiply-adds of a step; a training with more takes no longer by itself


class StackedTask:
    """What the stacked trainings of a task share.

    Args:
        task: The task, whose network is a chain of layers that can be stacked.
        loss: Its loss.

    Attributes:
        loss: The loss.
        targets: Targets of the training examples, ``(n, ...)``.
    """

    def __init__(self, task: Task, loss: StackedLoss) -> None:
        self.loss, self.targets = loss, task.splits["train"].targets
        self._task = task
        layers = [module for module in task.network(0).modules() if isinstance(module, nn.Linear)]
        self._work = sum(layer.weight.numel() for layer in layers)

    def company(self, recipe: Recipe) -> int | None:
        """What is equal for trainings that share a stack; None for one that is not stacked.

        It depends on the recipe alone, as the bits of a training do.
        """
        trained = not isinstance(recipe.start, Initial | Offspring)
        small = self._work * min(recipe.batch_size, len(self.targets)) <= MAX_WORK
        return recipe.batch_size if trained and small else None

    @cached_property
    def inputs(self) -> Tensor:
        """Inputs of the training examples, ``(n, features)``."""
        return _rows(self._task).contiguous()

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
    examples, network, loss = task.splits["train"], task.network(0), stacked_loss(task)
    chain = chain_of(network)
    plain = isinstance(examples, Examples) and isinstance(examples.inputs, Tensor)
    if chain is None or loss is None or not plain or task.transform is not None or task.complexity != "l1":
        return None
    inputs, parameters = _rows(task), list(network.parameters())
    first = next(module for _, module in chain if isinstance(module, nn.Linear))
    fits = inputs.ndim == 2 and inputs.shape[1] == first.in_features
    alike = all(each.requires_grad and each.dtype == inputs.dtype for each in parameters)
    return StackedTask(task, loss) if fits and alike else None


def _rows(task: Task) -> Tensor:
    inputs = task.splits["train"].read().inputs
    assert isinstance(inputs, Tensor)  # noqa: S101 - or its trainings are not stacked
    return inputs.flatten(1) if isinstance(task.network(0), nn.Sequential) else inputs
