"""Describes any function, module or object by its contents: code, captured values, attributes.

The description holds no address, path, line number or name of a module of the user's, so it is the same in every
process. It holds bytecode rather than source: notebooks, lambdas and files edited meanwhile have no source to trust,
and comments do not enter bytecode. Bytecode differs between Python's minor versions.
"""

import copyreg
import functools
import hashlib
import json
import logging
import pickle
import random
import types
import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

Parts = tuple[str, Iterable[object]]  # what kind of thing a value is, and the values that it consists of


# Their state is that of the process: seeded anew in each, and wherever one seeds it.
_GENERATORS = (*(getattr(draw, "__self__", None) for draw in (random.random, np.random.rand)), torch.default_generator)


class UnreadableError(Exception):
    """An object whose contents cannot be read; its argument is the object."""


class Contents:
    """Hashes of values by their contents.

    Args:
        skip_unreadable: Whether an object that cannot be read stands as its type alone.

    Raises:
        UnreadableError: If an object cannot be read and ``skip_unreadable`` is False.
    """

    def __init__(self, *, skip_unreadable: bool = False) -> None:
        self._skip_unreadable = skip_unreadable
        self._stack: list[int] = []
        self._known: dict[int, tuple[object, str]] = {}  # with the value, as the identity of a dead one is used again

    def digest(self, value: object) -> str:
        """64 hexadecimal digits; a few characters inside a value that contains itself."""
        identity = id(value)
        if identity in self._stack:
            return f"the one {len(self._stack) - self._stack.index(identity)} levels up"
        if identity not in self._known:
            self._stack.append(identity)
            self._known[identity] = (value, self._digest(value))
            self._stack.pop()
        return self._known[identity][1]

    def _digest(self, value: object) -> str:
        try:
            kind, inner = parts(value)
        except UnreadableError:
            if not self._skip_unreadable:
                raise
            kind, inner = f"unreadable {type(value).__qualname__}", ()
        digests = [self.digest(each) for each in inner]
        ordered = sorted(digests) if isinstance(value, set | frozenset) else digests
        return hashlib.sha256(json.dumps([kind, ordered]).encode()).hexdigest()


def tensor_bytes(tensor: Tensor) -> memoryview:
    """The bytes of a tensor of any dtype, including those that NumPy lacks."""
    plain = tensor.detach().cpu().resolve_conj().resolve_neg()
    return plain.contiguous().flatten().view(torch.uint8).numpy().data


@functools.singledispatch
def parts(value: Any) -> Parts:  # noqa: ANN401 - of any type
    """What kind of thing a value is, and the values that it consists of; by default what ``pickle`` would keep."""
    if any(value is each for each in _GENERATORS):
        return "the process's generator", [type(value)]
    reducer = copyreg.dispatch_table.get(type(value))
    try:
        reduced = reducer(value) if reducer else value.__reduce_ex__(4)
    except (TypeError, ValueError, AttributeError, RuntimeError, pickle.PicklingError) as error:
        raise UnreadableError(value) from error
    if isinstance(reduced, str):
        return f"global {reduced}", [type(value), getattr(value, "__wrapped__", None)]
    make, arguments, state, items, pairs, *setter = (*reduced, None, None, None)[: max(len(reduced), 5)]
    return "object", [make, arguments, state, list(items or ()), list(pairs or ()), setter]


@parts.register(int | float | complex | str | bytes | types.NoneType | types.EllipsisType)
def _(value: Any) -> Parts:  # noqa: ANN401
    name = type(value).__name__
    plain = type(value) in {int, float, complex, str, bytes, bool, types.NoneType, types.EllipsisType}
    return (f"{name} {value!r}", ()) if plain else parts.dispatch(object)(value)


@parts.register(list | tuple | set | frozenset)
def _(value: Any) -> Parts:  # noqa: ANN401
    plain = type(value) in {list, tuple, set, frozenset}
    return (type(value).__name__, value) if plain else parts.dispatch(object)(value)


@parts.register
def _(value: dict) -> Parts:  # type: ignore[type-arg]
    plain = type(value) is dict
    return ("dict", [each for pair in value.items() for each in pair]) if plain else parts.dispatch(object)(value)


@parts.register
def _(value: types.MappingProxyType) -> Parts:  # type: ignore[type-arg]
    return "mapping", [dict(value)]


@parts.register
def _(value: np.ndarray) -> Parts:
    if type(value) is not np.ndarray:
        return parts.dispatch(object)(value)
    if value.dtype.hasobject:
        return f"array {value.dtype} {value.shape}", value.ravel().tolist()
    return f"array {value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}", ()


@parts.register
def _(value: Tensor) -> Parts:
    hooks = list((getattr(value, "_backward_hooks", None) or {}).values())
    attributes = {name: each for name, each in sorted(vars(value).items()) if not name.startswith("_")}
    kind = f"{type(value).__qualname__} {value.dtype} {tuple(value.shape)} {value.requires_grad}"
    if value.layout != torch.strided or value.is_quantized or value.is_meta:
        return kind, [hooks, attributes, parts.dispatch(object)(value)[1]]
    return f"{kind} {hashlib.sha256(tensor_bytes(value)).hexdigest()}", [hooks, attributes]


@parts.register(torch.finfo | torch.iinfo)
def _(value: torch.finfo | torch.iinfo) -> Parts:
    return repr(value), ()


@parts.register(torch._ops.OpOverload | torch._ops.OpOverloadPacket)  # noqa: SLF001 - they have no public name
def _(value: Any) -> Parts:  # noqa: ANN401
    name = str(value)
    if not name.startswith(("aten.", "prims.", "prim.")):  # others are registered by name, with any code
        raise UnreadableError(value)
    return f"operator {name}", ()


@parts.register(logging.Logger | weakref.WeakKeyDictionary | weakref.WeakValueDictionary | weakref.WeakSet)
def _(value: object) -> Parts:
    return type(value).__name__, ()  # messages and caches change no result


@parts.register
def _(value: weakref.ref) -> Parts:  # type: ignore[type-arg]
    return "reference", [value()]


@parts.register
def _(value: functools.partial) -> Parts:  # type: ignore[type-arg]
    return "partial", [type(value), value.func, value.args, value.keywords, vars(value)]


@parts.register(staticmethod | classmethod)
def _(value: Any) -> Parts:  # noqa: ANN401
    return type(value).__name__, [value.__func__]


@parts.register
def _(value: property) -> Parts:
    return "property", [value.fget, value.fset, value.fdel]


@parts.register
def _(value: functools.cached_property) -> Parts:  # type: ignore[type-arg]
    return "property", [value.func]


@parts.register
def _(value: types.MethodType) -> Parts:
    return "method", [value.__func__, value.__self__]


@parts.register
def _(value: types.BuiltinFunctionType) -> Parts:
    owner = None if isinstance(value.__self__, types.ModuleType) else value.__self__
    return f"built-in {value.__module__}.{value.__qualname__}", [owner]


@parts.register
def _(value: types.CellType) -> Parts:
    try:
        return "cell", [value.cell_contents]
    except ValueError:
        return "empty cell", ()
