"""A task's parts in a form that is the same in every process, for its fingerprint.

Layers of torch whose ``repr`` tells everything, and functions of installed packages, are described as earlier versions
did, so their fingerprints stay. Whatever else there is, such as code of the user's, is described by its contents.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import Any

from torch import Tensor, nn

from frontsearch.names import SPLITS
from frontsearch.tasks.code_contents import module_hooks, module_options
from frontsearch.tasks.contents import Contents, UnreadableError, tensor_bytes
from frontsearch.tasks.installed import has_name

# Layers whose `repr` shows every option that `__constants__` names.
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_NORMALISATIONS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_SHOWN = (
    nn.Sequential, nn.Flatten, nn.Linear, *_CONVOLUTIONS, *_NORMALISATIONS, nn.Dropout, nn.Identity,
    nn.ReLU, nn.Sigmoid, nn.Tanh,
)  # fmt: skip
_LOSSES = "torch.nn.modules.loss"  # described by their attributes and buffers besides
_VALUES = (int, float, str, type(None), Tensor)


def description(task: Mapping[str, Any], network: nn.Module) -> dict[str, object]:
    """All that a fingerprint depends on but the numbers in weights and data; what is not there is left out.

    Args:
        task: The fields of a task by name.
        network: Its network before training.

    Raises:
        ValueError: If a part of the task cannot be read and its ``version`` is None.
    """
    loss, metrics, splits = task["loss"], task["metrics"], task["splits"]
    others = {name: metric for name, metric in metrics.items() if name != "error" or metric.maximise}
    functions = {"transform": task["transform"], **{name: metric.function for name, metric in others.items()}}
    error = None if "error" in others or "error" not in metrics else metrics["error"].function
    shapes = {name: list(parameter.shape) for name, parameter in network.named_parameters()}
    names = [function_name(loss), function_name(error)]
    forms = (form for split in SPLITS for form in splits[split].forms.values())
    always = {
        "name": task["name"],
        "objective": [task["objective_split"], *names, task["train_metric_examples"]],
        "network": [network_name(network), shapes, sorted(task["penalised"])],
        "data": [[list(shape), str(dtype)] for shape, dtype in forms],
    }
    sometimes = {
        "complexity": task["complexity"] if task["complexity"] != "l1" else None,
        "weight_decay": task["weight_decay"],
        "buffers": dict(network.named_buffers()),
        "options": options(loss, error),
        "metrics": [[name, metric.maximise] for name, metric in others.items()],
        "functions": {name: function_name(found) for name, found in functions.items() if found is not None},
        "contents": contents(version=task["version"], build=network, loss=loss, error=error, **functions),
        "version": None if task["version"] is None else str(task["version"]),
    }
    return always | {name: value for name, value in sometimes.items() if value not in (None, 0, {}, [])}


def function_name(function: Callable[..., object] | None) -> str:
    """A function's qualified name, or its type's; unlike its ``repr`` it is the same in every process."""
    return getattr(function, "__qualname__", type(function).__qualname__)


def network_name(network: nn.Module) -> str:
    """A network's ``repr`` if that tells everything; else its type's name, as a ``repr`` may show an address."""
    return str(network) if _is_shown(network) else type(network).__qualname__


def options(*functions: object) -> list[object] | None:
    """What earlier versions said of functions with options, such as partials; None if there are none."""
    named = all(function is None or hasattr(function, "__qualname__") for function in functions)
    return None if named else [function if _is_shown(function) else None for function in functions]


def contents(*, version: object, **parts: object) -> dict[str, str]:
    """Hashes of those parts of a task that their names and options do not describe, by their contents.

    Args:
        version: The task's ``version``; unless None, what cannot be read is left out.
        **parts: Network, loss, metrics: anything that changes a training.

    Raises:
        ValueError: If a part cannot be read and ``version`` is None.
    """
    return {name: _digest(name, part, version) for name, part in parts.items() if not _is_shown(part)}


def _digest(name: str, part: object, version: object) -> str:
    try:
        return Contents(skip_unreadable=version is not None).digest(part)
    except UnreadableError as error:
        kind = type(error.args[0])
        raise ValueError(
            f"`{name}` must consist of what Python can read, so that another {name} gets another fingerprint; found an "
            f"object of the type {kind.__module__}.{kind.__qualname__} in it: give the task a `version`, and another "
            "one whenever that object changes."
        ) from error


def json_default(value: object) -> object:
    """The ``default`` of ``json.dumps``: describes tensors, partials, modules and functions."""
    match value:
        case Tensor():
            return [str(value.dtype), list(value.shape), hashlib.sha256(tensor_bytes(value)).hexdigest()]
        case partial():
            return [value.func, value.args, value.keywords]
        case nn.Module():
            attributes = {name: module_options(module) for name, module in value.named_modules()}
            return [str(value), attributes, dict(value.named_parameters()), dict(value.named_buffers())]
    return value.__qualname__ if isinstance(value, FunctionType) else type(value).__qualname__


def _is_shown(part: object) -> bool:
    """Whether a part is described by its name, its options and its tensors."""
    match part:
        case None:
            return True
        case FunctionType():
            return has_name(part)
        case partial():
            values = all(isinstance(value, _VALUES) for value in (*part.args, *part.keywords.values()))
            return values and not vars(part) and _is_shown(part.func)
        case nn.Module():
            parameters = all(weight.requires_grad and not weight._backward_hooks for weight in part.parameters())  # noqa: SLF001
            return parameters and all(map(_is_shown_layer, part.modules()))
    return False


def _is_shown_layer(layer: nn.Module) -> bool:
    kind = type(layer)
    shown = {*getattr(kind, "__constants__", ()), "transposed", "_reversed_padding_repeated_twice"}
    known = kind in _SHOWN or kind.__module__.startswith("frontsearch.")
    plain = known and set(module_options(layer)) <= shown and not module_hooks(layer)
    return plain or (kind.__module__ == _LOSSES and has_name(kind) and not module_hooks(layer))
