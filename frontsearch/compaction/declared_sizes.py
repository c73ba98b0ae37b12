"""Sizes that a network's own modules hold as attributes, such as a number of heads, and that its forward pass uses."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Self

from torch import Tensor, nn

from frontsearch.compaction.channels import Channels

Sizes = Mapping[str, tuple[int, ...]]


class DeclaredSize(int):
    """A whole number that remembers which attribute it comes from, or a multiple or a part of such a number.

    Attributes:
        place: Name of the attribute in the network, and the position in it of a list or tuple, else 0.
        share: What this number has to be multiplied by to give that of the attribute.
    """

    place: tuple[str, int]
    share: Fraction

    def __new__(cls, value: int, place: tuple[str, int], share: Fraction = Fraction(1)) -> Self:
        """A number with its place."""
        size = super().__new__(cls, value)
        size.place, size.share = place, share
        return size

    def __mul__(self, other: int) -> int:
        """A multiple."""
        product = super().__mul__(other)
        is_size = isinstance(other, int) and other > 0
        return DeclaredSize(product, self.place, self.share / int(other)) if is_size else product

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> int:
        """A part; of a number that it does not divide, nothing is remembered."""
        quotient = super().__floordiv__(other)
        is_exact = isinstance(other, int) and other > 0 and quotient * int(other) == self
        return DeclaredSize(quotient, self.place, self.share * int(other)) if is_exact else quotient


@contextmanager
def declared_sizes(network: nn.Module) -> Iterator[None]:
    """Lets the whole numbers among the attributes of a network's own modules remember where they come from."""
    replaced = []
    for layer, module in network.named_modules():
        if type(module).__module__.startswith("torch.nn"):
            continue  # its sizes change with its parameters (cutting.py)
        for attribute, value in list(vars(module).items()):
            if (marked := _marked(value, f"{layer}.{attribute}".lstrip("."))) is not None:
                vars(module)[attribute] = marked
                replaced.append((vars(module), attribute, value))
    try:
        yield
    finally:
        for attributes, attribute, value in replaced:
            attributes[attribute] = value


def _marked(value: object, name: str) -> object:
    """The value with its places; None if it is no whole number, nor a list or tuple of some."""
    if type(value) is int:
        return DeclaredSize(value, (name, 0))
    if (type(value) is list or type(value) is tuple) and value and all(type(item) is int for item in value):
        return type(value)(DeclaredSize(item, (name, place)) for place, item in enumerate(value))
    return None


def sizes_left(network: nn.Module, channels: Channels, live: Tensor) -> dict[str, tuple[int, ...]]:
    """The attributes that need other values once only some channels are left, with these values, by name.

    One that would need two values at once keeps its own; a network that depends on it then fails by trial.

    Args:
        network: The network.
        channels: Its channels.
        live: Those that are left, ``(channels,)``.
    """
    needed: dict[tuple[str, int], set[Fraction]] = {}
    for count in channels.counts:
        left = int(live[channels.of(count.labels)].any(1).sum())
        needed.setdefault(count.place, set()).add(left * count.share)
    found: dict[str, tuple[int, ...]] = {}
    for (name, item), values in needed.items():
        size = found.get(name) or _values(network, name)
        if len(values) == 1 and (value := values.pop()).denominator == 1 and value != size[item]:
            found[name] = (*size[:item], int(value), *size[item + 1 :])
    return found


def set_sizes_(network: nn.Module, sizes: Sizes) -> None:
    """Gives attributes of a network's modules other values, in place.

    Raises:
        ValueError: If the network has no such attributes, or their values are smaller; none has changed then.
    """
    for name, values in sizes.items():
        old = _values(network, name)
        if len(old) != len(values):
            raise ValueError(f"the network has no {name} of {len(values)} whole numbers")
        if not all(type(new) is int and 0 <= new <= most for new, most in zip(values, old, strict=True)):
            raise ValueError(f"{name} is {values}, in the network {old}")
    for name, values in sizes.items():
        layer, _, attribute = name.rpartition(".")
        module = network.get_submodule(layer)
        kind = type(getattr(module, attribute))
        setattr(module, attribute, values[0] if kind is int else kind(values))


def _values(network: nn.Module, name: str) -> tuple[int, ...]:
    """What an attribute holds; nothing if it is no whole number, nor a list or tuple of some."""
    layer, _, attribute = name.rpartition(".")
    modules = dict(network.named_modules())
    value = getattr(modules[layer], attribute, ()) if layer in modules else ()
    if _marked(value, name) is None:
        return ()
    return (value,) if isinstance(value, int) else tuple(value)
