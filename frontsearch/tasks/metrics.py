"""``Metric``: a figure beside the loss; which ones a loss brings with it, and what a loss is called."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from frontsearch.errors import check
from frontsearch.measures import Direction

Measure = Callable[[Tensor, Tensor], float]
IGNORED = -100  # torch's own default for targets that its losses ignore


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A figure of a network on a split, reported beside the loss and never minimised.

    Attributes:
        function: Function of the outputs and targets of all examples of a split.
        maximise: Whether more is better.
    """

    function: Measure
    maximise: bool = False

    def computed(self, outputs: Tensor, targets: Tensor) -> float:
        """Its value, from the CPU, where functions of other libraries expect tensors; raises what the function does."""
        return float(self.function(outputs.cpu(), targets.cpu()))

    def value(self, outputs: Tensor, targets: Tensor) -> float:
        """Its value; NaN where it raises, as some do where a network predicts one class only."""
        try:
            return self.computed(outputs, targets)
        except Exception:  # noqa: BLE001 - a function of the user's, tried before any training
            return math.nan

    @property
    def direction(self) -> Direction:
        """Whether less or more is better, in one word."""
        return "maximise" if self.maximise else "minimise"


def misclassified(outputs: Tensor, targets: Tensor, *, ignored: int = IGNORED) -> float:
    """Classification error: the share of targets that the largest output misses.

    Args:
        outputs: Logits, ``(n, classes, ...)``.
        targets: Class indices, ``(n, ...)``, or class probabilities of the shape of ``outputs``.
        ignored: Class index that does not count.
    """
    classes = targets.argmax(dim=1) if targets.is_floating_point() else targets
    wrong = outputs.argmax(dim=1) != classes
    return float(wrong[classes != ignored].double().mean())


def misclassified_binary(outputs: Tensor, targets: Tensor, *, threshold: float = 0.0) -> float:
    """Share of the targets, 0 or 1, on whose wrong side of the threshold the output lies."""
    return float(((outputs > threshold) != (targets > 0.5)).double().mean())


def r2(outputs: Tensor, targets: Tensor) -> float:
    """Coefficient of determination, averaged over columns: 1 is perfect, 0 as good as the targets' mean."""
    predicted, true = (part.double().reshape(len(part), -1) for part in (outputs, targets))
    residual, total = (predicted - true).square().sum(0), (true - true.mean(0)).square().sum(0)
    return float((1 - residual / total)[total > 0].mean())


def default_metrics(loss: Callable[..., Tensor]) -> Mapping[str, Metric]:
    """The metrics of a loss that says what it is for: an error for classes, R2 for numbers, else none."""
    match torch_function(loss):
        case "cross_entropy" | "nll_loss":
            ignored = getattr(loss, "ignore_index", IGNORED)
            measure: Measure = misclassified if ignored == IGNORED else partial(misclassified, ignored=ignored)
            return {"error": Metric(function=measure)}
        case "binary_cross_entropy_with_logits":
            return {"error": Metric(function=misclassified_binary)}
        case "binary_cross_entropy":
            return {"error": Metric(function=partial(misclassified_binary, threshold=0.5))}
        case "mse_loss" | "l1_loss" | "smooth_l1_loss" | "huber_loss":
            return {"r2": Metric(function=r2, maximise=True)}
    return {}


def named_metrics(given: Mapping[str, Measure | Metric] | None, loss: Callable[..., Tensor]) -> Mapping[str, Metric]:
    """The metrics that a task was given, by name; those of its loss if it was given none.

    Raises:
        ValueError: If a metric is no function, or its name no identifier.
    """
    if given is None:
        return default_metrics(loss)
    check("metrics", type(given).__name__, "a mapping of functions by name", holds=isinstance(given, Mapping))
    for name, metric in given.items():
        named = isinstance(name, str) and name.isidentifier()
        check("metrics", name, "named by letters, digits and underscores, such as f1_macro", holds=named)
        check(
            f"metrics[{name!r}]",
            metric,
            "a function or a `Metric`",
            holds=isinstance(metric, Metric) or callable(metric),
        )
    return {name: value if isinstance(value, Metric) else Metric(function=value) for name, value in given.items()}


def known_name(loss: Callable[..., Tensor]) -> str:
    """What people call a loss, such as ``cross entropy``; for one of their own, its name in words."""
    known = LOSSES.get(torch_function(loss))
    if known is None:
        plain = loss.func if isinstance(loss, partial) else loss
        text = getattr(plain, "__name__", type(plain).__name__)
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text.replace("<lambda>", "loss"))
        known = " ".join(word if word.isupper() else word.lower() for word in words.replace("_", " ").split()) or "loss"
    return known


def is_mean(loss: Callable[..., Tensor], targets: Tensor) -> bool:
    """Whether a loss is known to weigh all these targets alike, so that means of pieces make up the mean of all."""
    plain = loss in FUNCTIONS.values() or (isinstance(loss, nn.Module) and torch_function(loss) in FUNCTIONS)
    weighted = getattr(loss, "weight", None) is not None
    return plain and not weighted and not bool((targets == getattr(loss, "ignore_index", IGNORED)).any())


def torch_function(loss: Callable[..., Tensor]) -> str:
    """Name of the torch function that a loss computes; empty if it is none of torch's."""
    plain = loss.func if isinstance(loss, partial) else loss
    for name, function in FUNCTIONS.items():
        if plain is function or type(plain) is MODULES[name]:
            return name
    return ""


def option_of(loss: Callable[..., Tensor], name: str, default: Any) -> Any:  # noqa: ANN401 - of any type
    """An option of one of torch's losses, which may be a ``partial``, such as its class weights."""
    if isinstance(loss, partial):
        return loss.keywords.get(name, getattr(loss.func, name, default))
    return getattr(loss, name, default)


LOSSES = {
    "cross_entropy": "cross entropy",
    "nll_loss": "negative log-likelihood",
    "binary_cross_entropy_with_logits": "binary cross entropy",
    "binary_cross_entropy": "binary cross entropy",
    "mse_loss": "mean squared error",
    "l1_loss": "mean absolute error",
    "smooth_l1_loss": "smooth l1 loss",
    "huber_loss": "huber loss",
}
FUNCTIONS: Mapping[str, Callable[..., Tensor]] = {name: getattr(functional, name) for name in LOSSES}
MODULES: Mapping[str, type[nn.Module]] = {
    "cross_entropy": nn.CrossEntropyLoss,
    "nll_loss": nn.NLLLoss,
    "binary_cross_entropy_with_logits": nn.BCEWithLogitsLoss,
    "binary_cross_entropy": nn.BCELoss,
    "mse_loss": nn.MSELoss,
    "l1_loss": nn.L1Loss,
    "smooth_l1_loss": nn.SmoothL1Loss,
    "huber_loss": nn.HuberLoss,
}
