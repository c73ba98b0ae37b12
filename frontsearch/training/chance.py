"""``chance_metrics``: what a guess scores that knows the targets but not the inputs."""

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.nn import functional

from frontsearch.names import ERROR
from frontsearch.tasks import IGNORED, Task, forward, option_of, torch_function
from frontsearch.training.constant_outputs import as_they_are, best_constant

FEW = 4  # as a layer that normalises over batches in evaluation mode needs two
ROUNDING = 1e-3  # of a sum of probabilities

Form = Callable[[Tensor], Tensor]


def chance_metrics(task: Task) -> tuple[float | None, float | None]:
    """The least loss and the least error of guesses that are the same for all examples, both on the validation split.

    For classes, the guesses are their frequencies and what has the least loss, where that is something else: weights of
    classes move it, and it then may err more often. The error is None if the task has no ``error``; both are None if no
    such guess is known, or where they are not finite.
    """
    targets = task.splits["validation"].targets
    guesses = _guesses(task)
    error = task.metrics.get(ERROR)
    losses = [float(task.loss(guess, targets)) for guess in guesses]
    return _least(losses), _least(error.value(guess, targets) for guess in guesses) if error else None


def _least(values: Iterable[float]) -> float | None:
    return min(filter(math.isfinite, values), default=None)


def _guesses(task: Task) -> list[Tensor]:
    """Outputs, each the same for all examples of the validation split; one of them has the least loss."""
    examples, loss = task.splits["validation"], task.loss
    targets = examples.targets
    with torch.no_grad():
        outputs = forward(task.network(0).to(task.device).eval(), next(examples.pieces(FEW)).inputs)
    like = outputs[:1].expand(len(targets), *outputs.shape[1:])
    if targets.is_floating_point() or targets.ndim != 1 or outputs.ndim != 2:
        plain = [functional.binary_cross_entropy_with_logits] if option_of(loss, "pos_weight", None) is not None else []
        return [guess for each in (loss, *plain) for guess in _known(best_constant(each, targets, like=like))]
    counted = targets[targets != option_of(loss, "ignore_index", IGNORED)]
    frequencies = _frequencies(counted, outputs)
    if torch_function(loss) in {"cross_entropy", "nll_loss"}:
        shares = [] if frequencies is None else [frequencies, *_known(_reweighted(loss, frequencies))]
        return [_logarithms(each).expand_as(like) for each in shares]
    form = _form(outputs)
    by_frequency = None if frequencies is None else form(_logarithms(frequencies)[None]).expand_as(like)
    return _known(by_frequency) + _known(best_constant(loss, targets, like=like, form=form))


def _known(found: Tensor | None) -> list[Tensor]:
    return [] if found is None else [found]


def _frequencies(classes: Tensor, outputs: Tensor) -> Tensor | None:
    """The share of each class, one for each output; None if these are no classes of a network with these outputs."""
    count = outputs.shape[1]
    if not len(classes) or int(classes.min()) < 0 or int(classes.max()) >= count:
        return None
    return classes.bincount(minlength=count).to(outputs.dtype) / len(classes)


def _reweighted(loss: Callable[..., Tensor], frequencies: Tensor) -> Tensor | None:
    """The probabilities of least loss for one of torch's losses of classes; None if they are the frequencies."""
    smoothing, weight = option_of(loss, "label_smoothing", 0.0), option_of(loss, "weight", None)
    if not smoothing and weight is None:
        return None
    shares = (1 - smoothing) * frequencies + smoothing / len(frequencies)
    weighted: Tensor = shares if weight is None else shares * weight
    return weighted / weighted.sum()


def _logarithms(shares: Tensor) -> Tensor:
    return shares.clamp(min=torch.finfo(shares.dtype).tiny).log()


def _form(outputs: Tensor) -> Form:
    """What makes any numbers outputs like these: probabilities, their logarithms, or any numbers."""
    if bool((outputs >= 0).all()) and _are_ones(outputs.sum(1)):
        return lambda logits: logits.softmax(1)
    return (lambda logits: logits.log_softmax(1)) if _are_ones(outputs.exp().sum(1)) else as_they_are


def _are_ones(sums: Tensor) -> bool:
    return torch.allclose(sums, torch.ones_like(sums), atol=ROUNDING)
