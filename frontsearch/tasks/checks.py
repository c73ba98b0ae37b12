"""Checks before any training that a network, examples, a loss and metrics go together."""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import torch
from torch import Tensor, nn

from frontsearch.errors import check, check_positive, in_words
from frontsearch.names import Split
from frontsearch.tasks.examples import Examples, forward
from frontsearch.tasks.metrics import IGNORED, Metric, torch_function
from frontsearch.tasks.on_demand import ExamplesOnDemand

EXAMPLES = 4
BATCH = 32  # examples that a transform and a training step are tried on
PIECE = 500  # examples in a forward pass, where all are tried
WHOLE_NUMBERS = {torch.int32, torch.int64}
DOUBLE_SHARE = 0.01  # a sum doubles with its examples, a mean stays what it was

Loss = Callable[[Tensor, Tensor], Tensor]


@torch.no_grad()
def check_fits(
    network: nn.Module,
    splits: Mapping[Split, Examples | ExamplesOnDemand],
    *,
    loss: Loss,
    metrics: Mapping[str, Metric],
) -> None:
    """Tries a few examples of every split, and all where inputs are whole numbers.

    Raises:
        ValueError: If the forward pass, the loss or a metric fails or returns something else than it must, the loss is
            a sum, or targets are no classes of the network.
    """
    _check_is_function(loss)
    network.eval()
    for split, examples in splits.items():
        few = next(examples.pieces(EXAMPLES))
        outputs = _outputs(network, few, split)
        if _has_whole_numbers(few):  # any of them may have no row in an embedding
            for piece in examples.pieces(PIECE):
                _outputs(network, piece, split)
        _check_classes(loss, split, classes=outputs.shape[1:2], targets=examples.targets)
        _check_loss(loss, split, (outputs, few.targets))
        for name, metric in metrics.items():
            _check_metric(name, metric, (outputs, few.targets))


def check_weight_decay(weight_decay: float, decayed: AbstractSet[str]) -> None:
    """Raises a ValueError unless weight decay is a nonnegative number and acts on some parameter."""
    check_positive(weight_decay=weight_decay, or_zero=True)
    rule = "0 where every kernel is penalised, as it acts on the other kernels only"
    check("weight_decay", weight_decay, rule, holds=not weight_decay or bool(decayed))


def _has_whole_numbers(examples: Examples) -> bool:
    inputs = (tensor for name, tensor in examples.tensors.items() if name != "targets")
    return any(tensor.dtype in WHOLE_NUMBERS for tensor in inputs)


def _outputs(network: nn.Module, few: Examples, split: str) -> Tensor:
    try:
        outputs = forward(network, few.inputs)
    except Exception as error:
        described = ", ".join(_described(tensor) for name, tensor in few.tensors.items() if name != "targets")
        raise ValueError(
            f"`build` must make a network that takes the {split} inputs, {described}; its forward pass raised "
            f"{in_words(error)}"
        ) from error
    kind = type(outputs).__name__
    check("build", kind, "a network whose forward pass returns one tensor", holds=isinstance(outputs, Tensor))
    rows = (tuple(outputs.shape), len(few.targets))
    holds = outputs.ndim > 0 and len(outputs) == len(few.targets)
    check("build", rows, "a network that returns a row for each example", holds=holds)
    return outputs


def _check_classes(loss: Loss, split: str, *, classes: Sequence[int], targets: Tensor) -> None:
    if torch_function(loss) not in {"cross_entropy", "nll_loss"} or targets.is_floating_point() or not classes:
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
    found = _loss_value(loss, split, pair)
    scalar = isinstance(found, Tensor) and found.numel() == 1
    check("loss", tuple(found.shape) if isinstance(found, Tensor) else found, "a mean, one number", holds=scalar)
    once, twice = float(found), float(loss(*(torch.cat([part, part]) for part in pair)))
    doubled = math.isfinite(once) and once != 0 and abs(twice / once - 2) < DOUBLE_SHARE
    check("loss", "a sum over examples", "a mean over examples, such as reduction='mean'", holds=not doubled)


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
            f"{in_words(error)}"
        ) from error


def _check_metric(name: str, metric: Metric, pair: tuple[Tensor, Tensor]) -> None:
    try:
        float(metric.function(*pair))
    except Exception as error:
        outputs, targets = map(_described, pair)
        raise ValueError(
            f"`metrics[{name!r}]` must return a number for outputs {outputs} and targets {targets}; it raised "
            f"{in_words(error)}"
        ) from error


def _described(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"
