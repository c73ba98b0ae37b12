"""What a task says of its study: the default reference point, range of l1 weights and batch size."""

import math

import torch
from torch import Tensor, nn

from frontsearch.errors import LARGEST, SMALLEST, UserError
from frontsearch.scale import canonical_scale
from frontsearch.tasks import Examples, Task, option_of, seeded, torch_function
from frontsearch.training.certificates import backpropagate, in_scale
from frontsearch.training.constant_outputs import best_constant, outputs_of
from frontsearch.training.fresh import fresh_network, sample, vital_parameters
from frontsearch.training.objectives import complexity_of
from frontsearch.training.penalties import penalty_of
from frontsearch.training.weights import Weights

NETWORKS = 5  # the largest gradient of new networks of one architecture varies tenfold
VITAL_SHARE = 0.2  # of the l1 weight that outweighs all gradients of a layer that the outputs cannot do without
SHARE = 0.03  # what the reference point's l1 costs at the least l1 weight, as a share of its loss
STEPS = 16  # in an epoch, at least
FEW = (2, 4, 8)  # batch sizes on little data
BATCH_SIZES = (16, 32, 64, 128)


def default_reference_point(task: Task) -> tuple[float, float]:
    """The default reference point: (loss of a network that ignores its inputs, l1 of the untrained network, seed 0).

    For cross entropy with classes the loss is the logarithm of their number, or that of equal outputs where weights of
    classes and label smoothing together make it another. For any other loss it is the least that constant outputs have
    on the objective's split. If they cannot be found, or their loss is zero, it is the loss of the untrained network.

    Raises:
        UserError: If the loss or l1 is not positive and finite.
    """
    network = fresh_network(task, 0)
    loss = _loss_without_inputs(task, network)
    _check(task, "reference_point", loss, of="the loss of a network that ignores its inputs")
    l1 = complexity_of(Weights(network, task.penalised), canonical_scale(task))[0]
    _check(task, "reference_point", l1, of="the l1 of the untrained network")
    return loss, l1


def default_l1_weights(task: Task, reference_point: tuple[float, float]) -> tuple[float, float]:
    """The default range of l1 weights, to two digits; nothing is trained.

    At the greatest, the penalty outweighs the gradient of the loss by every penalised weight of five untrained
    networks, at the best constant outputs. Of a linear network, it is the smallest l1 weight whose optimum has all
    penalised weights zero. At the least, the reference point's l1 costs 3 % of its loss: where a front is convex, at
    most 1.5 % of the hypervolume's box lies beyond.

    A layer dies at the l1 weight that outweighs all of its gradients, and the network with it if its outputs cannot do
    without the layer. In deep networks this is far below the greatest; the least is at most a fifth of it.

    Args:
        task: Task.
        reference_point: Reference point ``(loss, l1)``. The least is also at most 3 % of the greatest.

    Raises:
        UserError: If that gradient is zero or not finite.
    """
    networks = [fresh_network(task, seed) for seed in range(NETWORKS if task.build else 1)]
    examples, scale, vital = sample(task.splits["train"]), canonical_scale(task), vital_parameters(task, networks[0])
    constant = best_constant(task.loss, examples.targets, like=outputs_of(networks[0], examples))
    greatest, deadly = 0.0, math.inf
    for network in networks:
        weights = Weights(network, task.penalised)
        _backpropagate(task, weights, examples, outputs=outputs_of(network, examples) if constant is None else constant)
        held_by = penalty_of(weights, scale.groups).dual(in_scale(weights, scale)[1])
        largest = {name: float(held.max()) for name, held in weights.penalised_views(held_by).items()}
        greatest = max([greatest, *largest.values()])
        deadly = min([deadly, *(value for name, value in largest.items() if name in vital and value > 0)])
    _check(task, "l1_weights", greatest, of="the largest gradient of untrained networks")
    least = min(SHARE * reference_point[0] / reference_point[1], SHARE * greatest, VITAL_SHARE * deadly)
    return _two_digits(max(least, SMALLEST)), _two_digits(greatest)


def default_batch_size(task: Task) -> int:
    """The largest of 16, 32, 64 and 128 that leaves 16 steps or more in an epoch, else 16.

    With fewer than 64 examples it is the largest of 2, 4 and 8 that leaves four steps, if there is one: some trainings
    take a quarter of an epoch, which must be a step.
    """
    count = len(task.splits["train"].targets)
    usual = [size for size in BATCH_SIZES if size * STEPS <= count]
    few = [size for size in FEW if 4 * size <= count < 64]
    return max(usual or few, default=BATCH_SIZES[0])


def _loss_without_inputs(task: Task, network: nn.Module) -> float:
    examples = task.splits[task.objective_split]
    classes = not examples.targets.is_floating_point()
    if classes and torch_function(task.loss) in {"cross_entropy", "nll_loss"}:
        return _loss_of_equal_outputs(task, network)
    outputs = outputs_of(network, examples)
    constant = best_constant(task.loss, examples.targets, like=outputs)
    least = 0.0 if constant is None else float(task.loss(constant, examples.targets))
    return least or float(task.loss(outputs, examples.targets))


def _loss_of_equal_outputs(task: Task, network: nn.Module) -> float:
    """The logarithm of the number of classes, unless a loss with label smoothing weighs rare classes more."""
    if option_of(task.loss, "label_smoothing", 0.0) and option_of(task.loss, "weight", None) is not None:
        examples = task.splits[task.objective_split]
        return float(task.loss(torch.zeros_like(outputs_of(network, examples)), examples.targets))
    return math.log(int(task.splits["train"].targets.max()) + 1)


def _backpropagate(task: Task, weights: Weights, examples: Examples, *, outputs: Tensor) -> None:
    """Adds the gradient at these outputs; that of training mode where the network has none in evaluation mode."""
    try:
        backpropagate(task, weights.network, examples, outputs=outputs)
    except RuntimeError:
        weights.gradient.zero_()
        with seeded(0):
            backpropagate(task, weights.network.train(), examples, outputs=outputs)


def _two_digits(number: float) -> float:
    return float(f"{number:.1e}")  # it reads well and does not depend on how a processor rounds


def _check(task: Task, key: str, found: float, *, of: str) -> None:
    if not SMALLEST * 1000 <= found <= LARGEST:
        remedy = "; a loss that may be negative needs a constant added to it" if found < 0 else ""
        raise UserError(
            f"`{key}` must be given for the task {task.name}, as {of}, from which it is derived, must be positive and "
            f"finite, from {SMALLEST * 1000:g} to {LARGEST:g}; found {found:.4g}{remedy}."
        )
