"""Functions, classes and modules by their contents: registered with ``contents.parts`` when imported."""

import dis
import inspect
import itertools
import types
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, ModuleType

import torch
from torch import fx, nn

from frontsearch.tasks.contents import Parts, UnreadableError, parts
from frontsearch.tasks.installed import has_name, is_installed_file, is_installed_module, own_module

# Hooks in which a network may compute something; the others act on its state dict only.
HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
_BARE = frozenset(vars(nn.Module()))
_ANNOTATIONS = {"__annotate__", "__annotate_func__"}


def module_options(module: nn.Module) -> dict[str, object]:
    """The attributes of a module that a bare ``nn.Module`` does not have."""
    return {name: value for name, value in vars(module).items() if name not in _BARE}


def module_hooks(module: nn.Module) -> list[object]:
    """The forward and backward hooks of a module, with the options they were registered with."""
    hooks = {name: value for name, value in vars(module).items() if name.startswith(HOOKS) and value}
    # The keys of hooks count all hooks of the process.
    keys = sorted({key for value in hooks.values() if isinstance(value, dict) for key in value})
    return [
        [name, [(keys.index(key), hook) for key, hook in value.items()] if isinstance(value, dict) else value]
        for name, value in sorted(hooks.items())
    ]


@parts.register
def _(value: nn.Module) -> Parts:
    compiled = type(value).__module__.startswith("torch._dynamo.")
    if compiled:
        return "compiled", [value.get_submodule("_orig_mod")]
    own = dict(value.named_parameters(recurse=False)), dict(value.named_buffers(recurse=False))
    return "network", [type(value), module_options(value), module_hooks(value), *own, dict(value.named_children())]


@parts.register
def _(value: fx.GraphModule) -> Parts:
    targets = [[node.op, node.target] for node in value.graph.nodes]
    own = dict(value.named_parameters(recurse=False)), dict(value.named_buffers(recurse=False))
    return f"graph {value.code}", [targets, module_hooks(value), *own, dict(value.named_children())]


@parts.register(torch.jit.ScriptFunction)
def _(value: torch.jit.ScriptFunction) -> Parts:  # type: ignore[type-arg]
    return f"script {value.code}", ()


@parts.register
def _(value: torch.jit.ScriptModule) -> Parts:
    raise UnreadableError(value)  # its attributes are not Python's


@parts.register
def _(value: FunctionType) -> Parts:
    compiled = vars(value).get("_torchdynamo_orig_callable")
    if compiled is not None:
        return "compiled", [compiled]
    if has_name(value):
        return f"function {value.__module__}.{value.__qualname__}", ()
    code = value.__code__
    captured = [value.__defaults__, value.__kwdefaults__, list(value.__closure__ or ()), vars(value)]
    if is_installed_file(code.co_filename):
        return f"closure {value.__globals__.get('__name__')}.{code.co_qualname}", captured
    return f"function {value.__qualname__}", [code, *captured, _references(value)]


@parts.register
def _(value: CodeType) -> Parts:
    named = value.co_flags & inspect.CO_NEWLOCALS and not value.co_name.startswith("<")
    documented = named and value.co_consts and isinstance(value.co_consts[0], str)
    constants = (None, *value.co_consts[1:]) if documented else value.co_consts  # without the docstring
    names = (value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars)
    counts = (value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags)
    return "code", [value.co_code, value.co_exceptiontable, constants, names, counts]


@parts.register
def _(value: type) -> Parts:
    if has_name(value):
        return f"class {value.__module__}.{value.__qualname__}", ()
    body = {} if is_installed_module(value.__module__) else _body(value)
    return f"class {value.__qualname__}", [type(value), *value.__bases__, body]


@parts.register
def _(value: ModuleType) -> Parts:
    if is_installed_module(value.__name__):
        return f"module {value.__name__}", ()
    return "module", [{name: each for name, each in sorted(vars(value).items()) if not name.startswith("__")}]


def _body(value: type) -> dict[str, object]:
    """What a class of the user's defines: methods, properties and constants, without what Python notes about it."""
    return {name: each for name, each in sorted(vars(value).items()) if _defines(name, each)}


def _defines(name: str, value: object) -> bool:
    if name == "_abc_impl" or name in _ANNOTATIONS or isinstance(value, types.GetSetDescriptorType):
        return False
    return not name.startswith("__") or callable(value) or isinstance(value, classmethod | property)


def _references(function: FunctionType) -> dict[str, object]:
    """The global values, and what of the user's own modules, a function refers to by name, also in nested functions."""
    codes = list(_codes(function.__code__))
    loaded, imported = set[str](), set[str]()
    for instruction in itertools.chain.from_iterable(map(dis.get_instructions, codes)):
        if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            loaded.add(instruction.argval)
        elif instruction.opname == "IMPORT_NAME":
            imported.add(instruction.argval)
    names = frozenset(name for code in codes for name in code.co_names)
    found = {name: function.__globals__[name] for name in loaded if _is_value(name, function.__globals__)}
    modules = {name: own_module(name, function.__globals__.get("__package__")) for name in imported}
    return {name: _used(value, names) for name, value in sorted({**modules, **found}.items())}


def _is_value(name: str, within: Mapping[str, object]) -> bool:
    """Whether a name is a global value; names such as ``__file__`` and ``__name__`` differ between processes."""
    return name in within and not (name.startswith("__") and name.endswith("__"))


def _used(value: object, names: frozenset[str]) -> object:
    """A value; of a module of the user's only what has one of these names."""
    if not isinstance(value, ModuleType) or is_installed_module(value.__name__):
        return value
    used = sorted(name for name in names if _is_value(name, vars(value)))
    return {name: _used(vars(value)[name], names - {name}) for name in used}


def _codes(code: CodeType) -> Iterator[CodeType]:
    """This code and that of all functions defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
