"""What a network must be so that it can be trained and kept, checked before the first step."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from frontsearch.errors import UserError, check


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
        raise ValueError(
            "`build` must be a function that returns an untrained network when called without arguments; it raised "
            f"{type(error).__name__}: {error}"
        ) from error
    _check_tensors(built)
    return built


def _check_tensors(network: nn.Module) -> None:
    kind = type(network).__name__
    check("build", kind, "a function that returns a `torch.nn.Module`", holds=isinstance(network, nn.Module))
    named = [*network.named_parameters(), *network.named_buffers()]
    empty = [name for name, tensor in named if is_lazy(tensor) or tensor.is_meta]
    rule = (
        "a function that returns a network whose parameters have shapes and values: call it on an example in there, or "
        "use layers such as `nn.Linear` instead of `nn.LazyLinear`"
    )
    check("build", empty, rule, holds=not empty)
    trained = next(network.parameters(), None) is not None
    check("build", kind, "a function that returns a network with parameters", holds=trained)
    state = network.state_dict().items()
    others = [f"{name}, a {type(value).__name__}" for name, value in state if not isinstance(value, Tensor)]
    rule = (
        "a function that returns a network whose state is tensors, as only they are kept: return a tensor from "
        "`get_extra_state`, or set the value in `__init__`"
    )
    check("build", others, rule, holds=not others)
