"""Which parameters are penalised: by rule, names, patterns or a function."""

from collections.abc import Callable, Collection
from fnmatch import fnmatchcase

from torch import nn

from frontsearch.errors import allowed_names, check

Penalised = str | Collection[str] | Callable[[str, nn.Parameter], bool]

KERNELS = (nn.Linear, nn.Bilinear, nn.modules.conv._ConvNd)  # noqa: SLF001 - torch has no public name for all of them
RULES = ("kernels", "dense", "all")


def penalised_names(penalised: Penalised, network: nn.Module) -> frozenset[str]:
    """Names of the parameters of a network that are penalised.

    Args:
        penalised: ``kernels``, the weights of all linear and convolution layers; ``dense``, those of linear layers;
            ``all``, every parameter; names or patterns such as ``encoder.*.weight``; or a function of a parameter's
            name and the parameter that returns whether it is penalised. Rules, patterns and functions pass over frozen
            parameters. Tied weights, one parameter under several names, can be given by any of these.
        network: The network.

    Returns:
        Each parameter's name in ``network.named_parameters()``, once for weights that are tied.

    Raises:
        ValueError: If nothing is penalised, or a name or pattern matches nothing, or a name is that of a frozen
            parameter.
    """
    parameters = dict(network.named_parameters(remove_duplicate=False))
    first_names = {parameter: name for name, parameter in network.named_parameters()}
    trained = {name for name, parameter in parameters.items() if parameter.requires_grad}
    if callable(penalised):
        names = {name for name in trained if penalised(name, parameters[name])}
    elif isinstance(penalised, str) and penalised in RULES:
        names = _by_rule(penalised, network) & trained
    else:
        listed = isinstance(penalised, Collection) and all(isinstance(name, str) for name in penalised)
        rule = "a rule (kernels, dense, all), names, patterns or a function"
        check("penalised", penalised, rule, holds=listed)
        patterns = [penalised] if isinstance(penalised, str) else sorted(penalised)
        names = {name for pattern in patterns for name in _matching(pattern, parameters, trained)}
    found = f"none of {', '.join(sorted(trained)) or 'no parameters that require a gradient'}"
    check("penalised", found, "a choice of at least one parameter that is trained", holds=bool(names))
    return frozenset(first_names[parameters[name]] for name in names)


def _by_rule(rule: str, network: nn.Module) -> set[str]:
    if rule == "all":
        return {name for name, _ in network.named_parameters()}
    kinds = KERNELS if rule == "kernels" else nn.Linear
    kernels = {
        id(parameter)
        for module in network.modules()
        for name, parameter in module.named_parameters(recurse=False)
        if (isinstance(module, kinds) and name.endswith("weight")) or _is_attention_kernel(module, name)
    }
    return {name for name, parameter in network.named_parameters() if id(parameter) in kernels}


def _is_attention_kernel(module: nn.Module, name: str) -> bool:
    """Whether it is one of the linear maps that attention holds without a layer around them."""
    return isinstance(module, nn.MultiheadAttention) and name.endswith("proj_weight")


def _matching(pattern: str, parameters: dict[str, nn.Parameter], trained: set[str]) -> set[str]:
    named = pattern in parameters
    # The gradient of the loss would not move a frozen parameter, but l1 and pruning would.
    check("penalised", pattern, "parameters that require a gradient", holds=not named or pattern in trained)
    matching = {pattern} if named else {name for name in trained if fnmatchcase(name, pattern)}
    if not matching:
        raise ValueError(f"`penalised` names no parameter with {pattern!r}: {allowed_names(pattern, parameters)}")
    return matching
