"""Checks on a few examples that a network can be trained, and that its state dict is all of what training leaves."""

import warnings
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

import torch
from torch import Tensor, nn

from frontsearch.errors import check, in_words
from frontsearch.tasks.examples import Examples, Inputs, forward
from frontsearch.tasks.network_checks import check_given, must_be
from frontsearch.tasks.outputs import are_same, evaluated


def check_trainable(
    networks: tuple[nn.Module, nn.Module],
    few: Examples,
    *,
    loss: Callable[[Tensor, Tensor], Tensor],
    transform: Callable[[Inputs], Inputs] | None,
    penalised: AbstractSet[str],
    given: str,
) -> Examples:
    """Computes the loss of a few training examples in training mode and its gradient.

    Args:
        networks: Two networks of the task, with different seeds and on the device of the examples; both are changed.
        few: Training examples, which the transform may change.
        loss: The task's loss.
        transform: The task's transform of training inputs.
        penalised: Names of the penalised parameters.
        given: What the task was given: ``network``, or ``build`` that made it.

    Returns:
        The examples as a training sees them, transformed.

    Raises:
        ValueError: If the transform changes more than numbers and shapes, a training step fails or gives a parameter
            other memory, networks or parameters share weights, a penalised parameter gets no gradient, or a network
            with another seed computes something else once it has the trained one's state dict.
    """
    plain = few.map(Tensor.clone)
    seen = few if transform is None else _transformed(few, transform)
    trained, fresh = networks
    _check_distinct(trained, fresh)
    _check_own_memory(trained, given=given)
    places = {name: each.data_ptr() for name, each in trained.named_parameters()}
    expected = f"{must_be(given)} a network that can be trained with this loss"
    if _shapes(seen) != _shapes(plain):
        expected = (
            f"`transform` must return inputs that the network takes, and makes {_shapes(seen)} of {_shapes(plain)}"
        )
    _try_step(trained, seen, loss, expected=expected)
    _check_places(trained, places, given=given)
    _check_reached(trained, plain, penalised)
    _check_kept(trained, fresh, plain, given=given)
    return seen


def _transformed(few: Examples, transform: Callable[[Inputs], Inputs]) -> Examples:
    expected = _parts(few)
    try:
        found = Examples(transform(few.inputs), few.targets)
        parts = _parts(found)
    except Exception as error:
        raise ValueError(
            f"`transform` must take a batch of training inputs, {expected}, and return one of the same form; it raised "
            f"{in_words(error)}"
        ) from error
    rule = f"a function that keeps the form, the dtypes and the number of the inputs, {expected}"
    check("transform", parts, rule, holds=parts == expected)
    return found


def _parts(examples: Examples) -> dict[str, str]:
    return {
        name: f"{shape[0]} rows of {str(dtype).removeprefix('torch.')}"
        for name, (shape, dtype) in examples.forms.items()
        if name != "targets"
    }


def _shapes(examples: Examples) -> dict[str, tuple[int, ...]]:
    return {name: shape for name, (shape, _) in examples.forms.items() if name != "targets"}


def _check_distinct(first: nn.Module, second: nn.Module) -> None:
    """Raises if two networks share weights or buffers, as each training would then start where another one ended."""
    changed = {id(each) for each in (*first.parameters(), *first.buffers()) if each.requires_grad or _is_buffer(each)}
    shared = [name for name, each in (*second.named_parameters(), *second.named_buffers()) if id(each) in changed]
    rule = (
        "a function that returns a new network at each call; copy what it shares with `copy.deepcopy`, or give a "
        "trained network as `network`"
    )
    check("build", f"the same {', '.join(shared)} twice", rule, holds=not shared)


def _check_own_memory(network: nn.Module, *, given: str) -> None:
    """Raises if two parameters overlap in memory: all are moved into one vector, where they would not."""
    found, (end, last) = [], (0, "")
    for begin, name, each in sorted((each.data_ptr(), name, each) for name, each in network.named_parameters()):
        if begin < end:
            found.append(f"{name} in that of {last}")
        extent = 1 + sum(stride * (size - 1) for stride, size in zip(each.stride(), each.shape, strict=True))
        if each.numel() and begin + extent * each.element_size() > end:
            end, last = begin + extent * each.element_size(), name
    rule = (
        "a network whose parameters have memory of their own; use one parameter twice instead, such as by "
        "`functional.linear(inputs, self.encoder.weight.t())`"
    )
    check_given(given, found, rule, holds=not found)


def _check_places(network: nn.Module, places: Mapping[str, int], *, given: str) -> None:
    """Raises if a forward pass has given a parameter other memory than that in which it is trained."""
    found = [name for name, each in network.named_parameters() if each.data_ptr() != places[name]]
    rule = (
        "a network whose forward pass changes weights only in place, such as by `weight.data.copy_(...)` instead of "
        "`weight.data = ...`, since they are trained where they are"
    )
    check_given(given, found, rule, holds=not found)


@torch.no_grad()
def _check_reached(network: nn.Module, few: Examples, penalised: AbstractSet[str]) -> None:
    """Raises if outputs depend on a penalised parameter without a gradient: the penalty alone would move it to zero."""
    found = []
    for name, each in network.named_parameters():
        if name in penalised and each.requires_grad and each.grad is None:
            before, kept = evaluated(network, few.inputs), each.clone()
            nn.init.normal_(each)
            found += [name] * (not torch.equal(evaluated(network, few.inputs), before))
            each.copy_(kept)
    rule = (
        "parameters that the gradient of the loss reaches, as the penalty alone would shrink the others to zero: does "
        "the forward pass use them within `torch.no_grad()`? Freeze them by `requires_grad_(False)`"
    )
    check("penalised", found, rule, holds=not found)


def _is_buffer(tensor: Tensor) -> bool:
    return not isinstance(tensor, nn.Parameter)


def _try_step(network: nn.Module, few: Examples, loss: Callable[[Tensor, Tensor], Tensor], *, expected: str) -> None:
    try:
        with torch.enable_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            loss(forward(network.train(), few.inputs), few.targets).backward()
    except Exception as error:
        raise ValueError(
            f"{expected}; a forward and a backward pass of {len(few.targets)} training examples in training mode "
            f"raised {in_words(error)}"
        ) from error


def _check_kept(trained: nn.Module, fresh: nn.Module, few: Examples, *, given: str) -> None:
    try:
        fresh.load_state_dict(trained.state_dict())
    except RuntimeError as error:
        raise ValueError(
            f"{must_be(given)} a network whose state dict another one of its kind takes, also after a forward pass; "
            f"loading it raised {in_words(error)}"
        ) from error
    expected, found = (evaluated(network, few.inputs) for network in (trained, fresh))
    rule = (
        "a network whose state dict is all that its outputs depend on, as only that is kept: "
        "register what it draws in `__init__`, or changes in training, as a parameter or a persistent buffer"
    )
    check_given(
        given, "other outputs of another network with the same state dict", rule, holds=are_same(found, expected)
    )
