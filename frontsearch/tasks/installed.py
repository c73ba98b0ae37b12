"""Tells the code of installed packages, which a name identifies, from the user's own, which may change at any time."""

import importlib
import importlib.util
import sys
import sysconfig
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType

# This package counts as installed wherever it lies, also in a checkout.
_ROOTS = [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")] + [Path(__file__).parents[1]]
_FOLDERS = {"site-packages", "dist-packages"}


@cache
def is_installed_file(path: str) -> bool:
    """Whether a source file belongs to Python, an installed package or this one; a cell of a notebook does not."""
    if path.startswith("<"):
        return path.startswith("<frozen ")
    resolved = Path(path).resolve()
    inside = any(resolved.is_relative_to(root) for root in _ROOTS)
    return inside or not _FOLDERS.isdisjoint(Path(path).parts) or not _FOLDERS.isdisjoint(resolved.parts)


def is_installed_module(name: object) -> bool:
    """Whether the module of this name belongs to Python, an installed package or this one."""
    if not isinstance(
        name, str
    ):  # some compiled types have something else for a module's name; functions may have None
        return name is not None
    parts = name.split(".")
    if parts[0] in sys.stdlib_module_names:
        return True
    # Compiled submodules need not have a file; the package around them has.
    for count in range(len(parts), 0, -1):
        path = getattr(sys.modules.get(".".join(parts[:count])), "__file__", None)
        if path is not None:
            return is_installed_file(path)
    return False


def has_name(value: FunctionType | type) -> bool:
    """Whether a function or class of an installed package is found under its own name, so that the name says it all."""
    # A wrapper bears the module and the name of the function that it wraps.
    wrote = not isinstance(value, FunctionType) or is_installed_file(value.__code__.co_filename)
    if not wrote or not is_installed_module(value.__module__):
        return False
    found: object = sys.modules.get(value.__module__)
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is value


def own_module(name: str, package: str | None) -> ModuleType | None:
    """The user's module that a function imports as it runs, imported if need be; None if it is an installed one."""
    for found in (name, f"{package}.{name}"):
        try:
            if is_installed_module(found) or importlib.util.find_spec(found) is None:
                continue
            module = importlib.import_module(found)
        except (ImportError, ValueError):
            continue
        return None if is_installed_module(found) else module
    return None
