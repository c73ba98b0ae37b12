"""Checks before any training that a network, examples, a loss and metrics go together."""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import torch
from torch import Tensor, nn

from frontsearch.errors import check, check_one_of, check_positive, in_words, is_count
from frontsearch.measures import COMPLEXITIES
from frontsearch.names import SPLITS, Split
from frontsearch.tasks.examples import Examples, forward
from frontsearch.tasks.metrics import IGNORED, Metric, torch_function
from frontsearch.tasks.network_checks import check_given, must_be
from frontsearch.tasks.on_demand import ExamplesOnDemand

EXAMPLES = 4
BATCH = 32  # examples that a transform and a training step are tried on
PIECE = 500  # examples in a forward pass, where all are tried
WHOLE_NUMBERS = {torch.int32, torch.int64}
CLASS_LOSSES = {"cross_entropy", "nll_loss"}
FLOAT_LOSSES = {"binary_cross_entropy", "binary_cross_entropy_with_logits", "huber_loss"}  # never of whole numbers
SAME = 1e-6  # relative; what the order of a sum changes is less
DOUBLE_SHARE = 0.01  # a sum doubles with its examples, a mean stays what it was

Loss = Callable[[Tensor, Tensor], Tensor]


def check_arguments(given: Mapping[str, Any]) -> None:
    """Raises a ValueError unless a task's texts and numbers, by name, are what they must be."""
    name, version, loss_name = given["name"], given["version"], given["loss_name"]
    objective, count = given["objective_split"], given["train_metric_examples"]
    named = isinstance(name, str) and name.strip() != ""
    check("name", name, "a text that people know the task by, such as 'wine'", holds=named)
    check("version", version, "a short text, a number or None", holds=isinstance(version, str | int | float | None))
    check("objective_split", objective, f"one of {', '.join(SPLITS)}", holds=objective in SPLITS)
    valid = count is None or is_count(count)
    check("train_metric_examples", count, "a whole number, at least 1, or None", holds=valid)
    check_one_of("complexity", given["complexity"], tuple(COMPLEXITIES))
    words = loss_name is None or str(loss_name).replace(" ", "").isalnum()
    check("loss_name", loss_name, "letters, digits and spaces, or None", holds=words)


def warn_of_chain(chain: Sequence[str]) -> None:
    """Warns whoever still declares a network's layers."""
    if chain:
        message = "`chain` is not needed any more: trainings find dead units by themselves."
        warnings.warn(message, DeprecationWarning, stacklevel=3)


@torch.no_grad()
def check_fits(
    network: nn.Module,
    splits: Mapping[Split, Examples | ExamplesOnDemand],
    *,
    loss: Loss,
    metrics: Mapping[str, Metric],
    given: str,
) -> Sequence[int]:
    """Tries a few examples of every split, and all where inputs are whole numbers.

    Args:
        network: The network, which is put into evaluation mode.
        splits: Examples by split.
        loss: The loss.
        metrics: Metrics by name.
        given: What the task was given: ``network``, or ``build`` that made it.

    Returns:
        Shape of the network's outputs for a few examples.

    Raises:
        ValueError: If the forward pass, the loss or a metric fails or returns something else than it must, the loss is
            a sum, or targets are no classes of the network.
    """
    _check_is_function(loss)
    network.eval()
    for split, examples in splits.items():
        few = next(examples.pieces(EXAMPLES))
        outputs = _outputs(network, few, split, given=given)
        if _has_whole_numbers(few):  # any of them may have no row in an embedding
            for piece in examples.pieces(PIECE):
                _outputs(network, piece, split, given=given)
        _check_classes(loss, split, classes=outputs.shape[1:2], targets=examples.targets)
        _check_loss(loss, split, (outputs, few.targets))
        _check_paired(loss, split, (outputs, few.targets))
        for name, metric in metrics.items():
            with warnings.catch_warnings():  # which say nothing of the user's data: a few examples may be of one class
                warnings.simplefilter("ignore")
                undefined = math.isnan(metric.value(outputs, few.targets))
            if undefined:
                whole = torch.cat([_outputs(network, piece, split, given=given) for piece in examples.pieces(PIECE)])
                _check_metric(name, metric, (whole, examples.targets))
    return tuple(outputs.shape)


def check_weight_decay(weight_decay: float, decayed: AbstractSet[str]) -> None:
    """Raises a ValueError unless weight decay is a nonnegative number and acts on some parameter."""
    check_positive(weight_decay=weight_decay, or_zero=True)
    rule = "0 where every kernel is penalised, as it acts on the other kernels only"
    check("weight_decay", weight_decay, rule, holds=not weight_decay or bool(decayed))


def _has_whole_numbers(examples: Examples) -> bool:
    return any(tensor.dtype in WHOLE_NUMBERS for tensor in _inputs(examples))


def _outputs(network: nn.Module, few: Examples, split: str, *, given: str) -> Tensor:
    try:
        outputs = forward(network, few.inputs)
    except Exception as error:
        described = ", ".join(map(_described, _inputs(few)))
        raise ValueError(
            f"{must_be(given)} a network that takes the {split} inputs, {described}; its forward pass raised "
            f"{in_words(error)}{_other_precision(network, few)}{_wanted_floats(network, few)}"
        ) from error
    kind, rows = type(outputs).__name__, len(few.targets)
    rule = "a network whose forward pass returns one tensor"
    check_given(given, kind, rule, holds=isinstance(outputs, Tensor))
    shape = tuple(outputs.shape)
    rule = f"a network that returns a row for each example, here {rows}"
    check_given(given, f"outputs of shape {shape}", rule, holds=shape[:1] == (rows,))
    rule = f"a network whose outputs for the {split} inputs are numbers"
    check_given(given, "NaN", rule, holds=not bool(outputs.isnan().any()))
    return outputs


def _inputs(examples: Examples) -> list[Tensor]:
    return [tensor for name, tensor in examples.tensors.items() if name != "targets"]


def _other_precision(network: nn.Module, few: Examples) -> str:
    """A remedy if inputs and weights are floating-point numbers of other dtypes; else empty."""
    inputs, weights = (
        {_dtype(tensor) for tensor in tensors if tensor.is_floating_point()}
        for tensors in (_inputs(few), network.parameters())
    )
    if not inputs or inputs & weights:
        return ""
    weights_are = f"Its weights are {' and '.join(sorted(weights))}, the inputs {' and '.join(sorted(inputs))}"
    return f" {weights_are}: convert one of them, such as by `.float()`."


def _wanted_floats(network: nn.Module, few: Examples) -> str:
    """A remedy if all inputs are whole numbers, and the network takes the same ones as floats; else empty."""
    if not all(tensor.dtype in WHOLE_NUMBERS for tensor in _inputs(few)):
        return ""
    try:
        forward(network, few.map(lambda tensor: tensor.to(torch.get_default_dtype())).inputs)
    except Exception:  # noqa: BLE001 - a forward pass may do anything
        return ""
    return " Give floats, such as `table.astype(float)`."


def _check_classes(loss: Loss, split: str, *, classes: Sequence[int], targets: Tensor) -> None:
    if torch_function(loss) not in CLASS_LOSSES or targets.is_floating_point() or not classes:
        return
    counted = targets[targets != getattr(loss, "ignore_index", IGNORED)]
    least, greatest = (int(counted.min()), int(counted.max())) if len(counted) else (0, 0)
    last = classes[0] - 1
    rule = f"classes from 0 to {last}, as the network has {last + 1} outputs"
    check(f"splits[{split!r}].targets", f"{least} to {greatest}", rule, holds=least >= 0 and greatest <= last)
    rule = "of at least two classes"
    check(f"splits[{split!r}].targets", f"only {least}", rule, holds=split != "train" or least < greatest)


def _check_loss(loss: Loss, split: str, pair: tuple[Tensor, Tensor]) -> None:
    """Raises unless the loss is one number, the same for these outputs and targets and for each of them twice."""
    rule = "floating-point numbers for this loss, such as `targets.float()`"
    holds = pair[1].is_floating_point() or torch_function(loss) not in FLOAT_LOSSES
    check(f"splits[{split!r}].targets", _dtype(pair[1]), rule, holds=holds)
    found = _loss_value(loss, split, pair)
    scalar = isinstance(found, Tensor) and found.numel() == 1
    check("loss", tuple(found.shape) if isinstance(found, Tensor) else found, "a mean, one number", holds=scalar)
    once, twice = float(found), float(loss(*(torch.cat([part, part]) for part in pair)))
    doubled = math.isfinite(once) and once != 0 and abs(twice / once - 2) < DOUBLE_SHARE
    check("loss", "a sum over examples", "a mean over examples, such as reduction='mean'", holds=not doubled)


def _remedy_of_classes(targets: Tensor) -> str:
    """What to do about targets that should be numbers of classes, and are not; else empty."""
    if targets.shape[1:] == (1,):
        return " Give targets of shape (n,), such as `targets.squeeze(-1).long()`."
    return " Give numbers of classes, such as `targets.long()`." if targets.is_floating_point() else ""


def _check_is_function(loss: object) -> None:
    rule = "a function of outputs and targets, such as nn.CrossEntropyLoss() or functional.cross_entropy"
    check("loss", getattr(loss, "__name__", loss), rule, holds=callable(loss) and not isinstance(loss, type))


def _loss_value(loss: Loss, split: str, pair: tuple[Tensor, Tensor]) -> Tensor:
    outputs, targets = pair
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Using a target size")  # outputs and targets would be broadcast
            return loss(outputs, targets)
    except Exception as error:
        raise ValueError(
            f"`loss` must take outputs {_described(outputs)} and {split} targets {_described(targets)}; it raised "
            f"{in_words(error)}{_remedy(loss, pair)}"
        ) from error


def _check_paired(loss: Loss, split: str, pair: tuple[Tensor, Tensor]) -> None:
    """Raises if a loss of somebody's own compares each output with every target, as shapes are broadcast."""
    outputs, targets = pair
    if outputs.ndim == targets.ndim or outputs.numel() != targets.numel() or len(outputs.unique()) < len(outputs):
        return
    orders = [order for order in (targets.roll(1, 0), targets.flip(0)) if not torch.equal(order, targets)]
    found = loss(outputs, targets)
    if orders and all(torch.allclose(loss(outputs, order), found, rtol=SAME) for order in orders):
        raise ValueError(
            f"`loss` must compare each output with its own target; of outputs {_described(outputs)} and {split} "
            f"targets {_described(targets)}, it compares each with all.{_remedy(loss, pair)}"
        )


def _remedy(loss: Loss, pair: tuple[Tensor, Tensor]) -> str:
    """What to do about shapes that differ by a last dimension of one; else empty."""
    outputs, targets = pair
    if torch_function(loss) in CLASS_LOSSES:
        return _remedy_of_classes(targets)
    if outputs.shape == (*targets.shape, 1):
        return " Return `outputs.squeeze(-1)` in `forward`, or give targets of shape (n, 1)."
    if targets.shape == (*outputs.shape, 1):
        return " Give targets of shape (n,), such as `targets.squeeze(-1)`."
    return ""


def _check_metric(name: str, metric: Metric, pair: tuple[Tensor, Tensor]) -> None:
    try:
        metric.computed(*pair)
    except Exception as error:
        outputs, targets = map(_described, pair)
        raise ValueError(
            f"`metrics[{name!r}]` must return a number for outputs {outputs} and targets {targets}, NaN where it is "
            f"undefined; it raised {in_words(error)}"
        ) from error


def _described(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)} {_dtype(tensor)}"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
