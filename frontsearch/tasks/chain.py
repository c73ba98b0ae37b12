"""Checks that a task's ``chain`` names all layers of its network that have parameters."""

from torch import nn

from frontsearch.errors import check


def check_chain_names(chain: tuple[str, ...], network: nn.Module) -> None:
    """Raises a ValueError unless the chain names distinct layers that hold every parameter and buffer."""
    owned = [name for name, _ in (*network.named_parameters(), *network.named_buffers())]
    layers = [name for name, layer in network.named_modules() if f"{name}.weight" in owned and _is_chainable(layer)]
    named = isinstance(chain, tuple) and all(name in layers for name in chain) and len(set(chain)) == len(chain)
    rule = f"distinct names of linear or ungrouped convolution layers, which are: {', '.join(layers) or 'none'}"
    check("chain", chain, rule, holds=named)
    dtypes = sorted({str(parameter.dtype) for parameter in network.parameters()})
    check(
        "build", dtypes, "a function that makes parameters of one dtype, as there is a `chain`", holds=len(dtypes) == 1
    )
    outside = next((name for name in owned if name.rpartition(".")[0] not in chain), None)
    rule = f"all layers of the network that have parameters or buffers; {outside} lies in none of them"
    check("chain", chain, rule, holds=outside is None)


def _is_chainable(layer: nn.Module) -> bool:
    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    return isinstance(layer, kinds) and getattr(layer, "groups", 1) == 1
