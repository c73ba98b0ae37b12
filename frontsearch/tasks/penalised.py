"""Which parameters are penalised: by rule, names, patterns or a function."""

import re
from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase

from torch import nn

from frontsearch.errors import allowed_names, check, in_words

Penalised = str | Collection[str] | Callable[[str, nn.Parameter], bool]

# Patterns of the names that torch's layers give their kernels.
DENSE = {nn.Linear: "weight", nn.MultiheadAttention: r"\w*proj_weight"}
KERNELS = {
    **DENSE,
    nn.Bilinear: "weight",
    nn.modules.conv._ConvNd: "weight",  # noqa: SLF001 - torch has no public name for all convolutions
    nn.RNNBase: r"weight_(ih|hh|hr)_l\d+(_reverse)?",
    nn.RNNCellBase: "weight_(ih|hh)",
}
NORMALISATIONS: dict[type[nn.Module], str] = {nn.modules.batchnorm._BatchNorm: "weight|bias"}  # noqa: SLF001
COMPUTED = r"parametrizations\.({kernel})\..+|({kernel})_(orig|g|v)"  # by `parametrize`, or by its older forms
MAKE_PLAIN = "`torch.nn.utils.parametrize.remove_parametrizations` or `torch.nn.utils.prune.remove` makes them so"
LAYERS = {"kernels": "linear, bilinear, convolution, recurrent and attention", "dense": "linear and attention"}
RULES = (*LAYERS, "all")


def penalised_names(penalised: Penalised, network: nn.Module, *, normalisations: bool = False) -> frozenset[str]:
    """Names of the parameters of a network that are penalised.

    Args:
        penalised: ``kernels``, the weights of all linear, bilinear, convolution, recurrent and attention layers;
            ``dense``, those of linear and attention layers; ``all``, every parameter; names or patterns such as
            ``encoder.*.weight``; or a function of a parameter's name and the parameter that returns whether it is
            penalised. Rules, patterns and functions pass over frozen parameters; ``kernels`` and ``dense`` also over
            :func:`computed_kernels`. Tied weights, one parameter under several names, can be given by any of these.
        network: The network.
        normalisations: Whether the weights and biases of BatchNorms are penalised, too.

    Returns:
        Each parameter's name in ``network.named_parameters()``, once for weights that are tied; none without entries.

    Raises:
        ValueError: If nothing is penalised, or a name or pattern matches nothing, or a name is that of a frozen
            parameter.
    """
    parameters = dict(network.named_parameters(remove_duplicate=False))
    first_names = {parameter: name for name, parameter in network.named_parameters()}
    trained = {name for name, parameter in parameters.items() if parameter.requires_grad}
    if callable(penalised):
        names = {name for name in trained if _is_penalised(penalised, name, parameters[name])}
    elif isinstance(penalised, str) and penalised in RULES:
        names = _by_rule(penalised, network) & trained
    else:
        listed = isinstance(penalised, Collection) and all(isinstance(name, str) for name in penalised)
        rule = "a rule (kernels, dense, all), names, patterns or a function"
        check("penalised", penalised, rule, holds=listed)
        patterns = [penalised] if isinstance(penalised, str) else sorted(penalised)
        names = {name for pattern in patterns for name in _matching(pattern, parameters, trained)}
    if normalisations:
        names |= trained & set(_of_layers(network, NORMALISATIONS))
    found = f"none of {', '.join(sorted(trained))}"
    check("penalised", found, _rule(penalised, network), holds=bool(names))
    sizes = {name: tuple(parameters[name].shape) for name in sorted(names)}
    check("penalised", sizes, "parameters with entries", holds=any(parameters[name].numel() for name in names))
    return frozenset(first_names[parameters[name]] for name in names if parameters[name].numel())


def _rule(penalised: Penalised, network: nn.Module) -> str:
    """What must be chosen, where nothing is."""
    rule = "a choice of at least one parameter that is trained"
    if isinstance(penalised, str) and penalised in LAYERS:
        default = ", the default," * (penalised == "kernels")
        rule += (
            f": {penalised!r}{default} takes the weights of {LAYERS[penalised]} layers, of which this network trains "
            "none, and 'all', names, patterns or a function take others"
        )
    remedy = f"; kernels that are computed from others are left out until they are plain: {MAKE_PLAIN}"
    return rule + remedy * bool(computed_kernels(network))


def _is_penalised(rule: Callable[[str, nn.Parameter], bool], name: str, parameter: nn.Parameter) -> bool:
    try:
        return bool(rule(name, parameter))
    except Exception as error:
        raise ValueError(
            "`penalised` must be a function of a parameter's name and the parameter that returns True or False; for "
            f"{name} it raised {in_words(error)}"
        ) from error


def computed_kernels(network: nn.Module) -> list[str]:
    """Names of the parameters from which kernels are computed, as by weight norm, spectral norm or a pruning mask.

    Their l1 is not that of the kernel: weight norm and spectral norm divide a kernel by its norm, so that all of its
    entries may shrink while the network stays the same.
    """
    return [name for name in _of_layers(network, KERNELS, COMPUTED) if network.get_parameter(name).requires_grad]


def _by_rule(rule: str, network: nn.Module) -> set[str]:
    if rule == "all":
        return {name for name, _ in network.named_parameters()}
    return set(_of_layers(network, KERNELS if rule == "kernels" else DENSE))


def _of_layers(network: nn.Module, kernels: Mapping[type[nn.Module], str], form: str = "{kernel}") -> list[str]:
    """Names of the parameters of these layers whose own names in the layer have this form, each once."""
    found = {
        id(parameter)
        for module in network.modules()
        for kind, kernel in kernels.items()
        if isinstance(module, kind)
        for name, parameter in module.named_parameters()
        if re.fullmatch(form.format(kernel=kernel), name)
    }
    return [name for name, parameter in network.named_parameters() if id(parameter) in found]


def _matching(pattern: str, parameters: dict[str, nn.Parameter], trained: set[str]) -> set[str]:
    named = pattern in parameters
    # The gradient of the loss would not move a frozen parameter, but l1 and pruning would.
    check("penalised", pattern, "parameters that require a gradient", holds=not named or pattern in trained)
    matching = {pattern} if named else {name for name in trained if fnmatchcase(name, pattern)}
    if not matching:
        raise ValueError(f"`penalised` names no parameter with {pattern!r}: {allowed_names(pattern, parameters)}")
    return matching
