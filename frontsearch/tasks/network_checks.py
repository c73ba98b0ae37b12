"""What a network must be so that it can be trained and kept, checked before the first step."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from frontsearch.errors import UserError, check, in_words


class Check(Protocol):
    """Raises a ValueError with the value found and the rule, unless the rule holds."""

    def __call__(self, found: object, rule: str, *, holds: bool) -> None:
        """Raises it."""


def checked_network(build: Callable[[], nn.Module] | None, network: Callable[[], nn.Module]) -> nn.Module:
    """An untrained network, after checks.

    Args:
        build: The task's ``build``; None if it was given a trained network.
        network: Calls it with a seed, or copies the trained network.

    Raises:
        ValueError: If ``build`` is no function, raises, or returns something else than a module whose parameters have
            values and whose state consists of tensors.
    """
    found = f"a {type(build).__name__}"
    function = build is None or (callable(build) and not isinstance(build, nn.Module))
    check("build", found, "a function that returns an untrained network, such as a lambda", holds=function)
    try:
        built = network()
    except UserError:
        raise
    except Exception as error:  # anything may go wrong in a function of the user's
        rule = (
            "`network` must be a network that `copy.deepcopy` can copy; that"
            if build is None
            else "`build` must be a function that returns an untrained network when called without arguments; it"
        )
        raise ValueError(f"{rule} raised {in_words(error)}") from error
    _check_module(partial(check_given, "network" if build is None else "build"), built)
    return built


def floats_for(network: nn.Module) -> torch.dtype:
    """The dtype that arrays are converted to for a network, as they are mostly float64 and networks are mostly not."""
    floats = {each.dtype for each in network.parameters() if each.is_floating_point()}
    # Not a narrower dtype than torch's default, which would round targets.
    return torch.float64 if floats == {torch.float64} else torch.get_default_dtype()


def check_given(given: str, found: object, rule: str, *, holds: bool) -> None:
    """Raises a ValueError with the value found and the rule for a network, unless it holds.

    Args:
        given: What the task was given: ``network``, or ``build`` that made it.
        found: The value.
        rule: What the network must be, such as "a network on one device".
        holds: Whether it is.
    """
    check(given, found, rule if given == "network" else f"a function that returns {rule}", holds=holds)


def must_be(given: str) -> str:
    """The beginning of a sentence on a network; ``given`` as in :func:`check_given`."""
    return "`network` must be" if given == "network" else "`build` must make"


def _check_module(check: Check, network: nn.Module) -> None:
    kind = type(network).__name__
    rule = "a `torch.nn.Module`" + "; a function that makes one is a task's `build`" * callable(network)
    check(kind, rule, holds=isinstance(network, nn.Module))
    rule = "a plain `torch.nn.Module`, such as the one that was scripted or traced"
    check(kind, rule, holds=not isinstance(network, torch.jit.ScriptModule))
    named = [*network.named_parameters(), *network.named_buffers()]
    empty = [name for name, tensor in named if is_lazy(tensor) or tensor.is_meta]
    rule = (
        "a network whose parameters have shapes and values: call it on an example in there, or use layers such as "
        "`nn.Linear` instead of `nn.LazyLinear`"
    )
    check(empty, rule, holds=not empty)
    state = network.state_dict().items()
    others = [f"{name}, a {type(value).__name__}" for name, value in state if not isinstance(value, Tensor)]
    rule = (
        "a network whose state is tensors, as only they are kept: return a tensor from `get_extra_state`, or set the "
        "value in `__init__`; quantise a network once it is trained"
    )
    check(others, rule, holds=not others)
    trained = {name: each for name, each in network.named_parameters() if each.requires_grad}
    check(kind, "a network with parameters that require a gradient", holds=bool(trained))
    _check_parameters(check, network, trained)


def _check_parameters(check: Check, network: nn.Module, trained: Mapping[str, Tensor]) -> None:
    complex_ones = [f"{name}, {each.dtype}" for name, each in trained.items() if each.is_complex()]
    check(complex_ones, "a network with real parameters, as l1 is of real numbers", holds=not complex_ones)
    sparse = [name for name, each in network.state_dict().items() if each.layout != torch.strided or each.is_quantized]
    check(sparse, "a network of plain tensors, neither sparse nor quantised ones", holds=not sparse)
    numbers = [(name, each) for name, each in network.named_parameters() if each.is_floating_point()]
    others = [name for name, each in numbers if not bool(torch.isfinite(each).all())]
    check(others, "a network whose weights are finite, neither NaN nor infinite", holds=not others)
    devices = sorted({str(tensor.device) for tensor in (*network.parameters(), *network.buffers())})
    check(devices, "a network on one device, as trainings move it to where the data are", holds=len(devices) == 1)
