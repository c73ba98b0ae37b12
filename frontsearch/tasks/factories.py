"""Tasks by name: a built-in one, or what a function of somebody's own module makes."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import safetensors.torch
from safetensors import SafetensorError

from frontsearch.errors import UserError, allowed_names, in_words, one_line
from frontsearch.measures import Complexity
from frontsearch.tasks.base import Task
from frontsearch.tasks.built_in import TASKS
from frontsearch.tasks.initial_network import InitialNetwork


def make_task(
    name: str, options: Mapping[str, Any], *, folder: Path | None = None, start: bytes | None = None,
    complexity: Complexity | None = None,
) -> Task:  # fmt: skip
    """The task of a built-in name, or of a factory ``module:function``.

    Args:
        name: Name or factory.
        options: Arguments by name.
        folder: Where to look for the factory's module before Python's own path.
        start: Content of a safetensors file with the state dict of a trained network, which replaces an untrained one.
        complexity: What replaces the task's own complexity, if anything.

    Raises:
        UserError: If the module or the function is missing, fails, or makes no task; or the weights do not fit.
    """
    task = TASKS[name](**options) if ":" not in name else _made(name, options, folder)
    task = task if start is None else _started(task, start)
    return task if complexity in {None, task.complexity} else replace(task, complexity=complexity)


def _made(name: str, options: Mapping[str, Any], folder: Path | None) -> Task:
    function = _factory(name, folder)
    try:
        task = function(**options)
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        given = ", ".join(options) or "no arguments"
        raise UserError(f"[task] `factory` {name}, called with {given}, raised {in_words(error)}") from error
    if not isinstance(task, Task):
        raise UserError(f"[task] `factory` {name} must return a frontsearch.Task; found {type(task).__name__}.")
    return task


def _started(task: Task, start: bytes) -> Task:
    network = task.network(0)
    try:
        network.load_state_dict(safetensors.torch.load(start))
    except (RuntimeError, SafetensorError) as error:
        detail = one_line(str(error))[:300].rstrip(".")
        raise UserError(
            f"`start` must be a safetensors file with weights of the network of the task {task.name}, as "
            f"`safetensors.torch.save_file(network.state_dict(), path)` writes it; found {detail}."
        ) from error
    return replace(task, build=None, network=InitialNetwork(None, network))


def _factory(name: str, folder: Path | None) -> Callable[..., object]:
    module_name, _, function_name = name.partition(":")
    module = _module(module_name, folder)
    functions: dict[str, Callable[..., object]] = {key: value for key, value in vars(module).items() if callable(value)}
    if function_name not in functions:
        names = [key for key, value in functions.items() if getattr(value, "__module__", None) == module_name]
        raise UserError(
            f"[task] `factory`: {module_name} has no function {function_name!r}: {allowed_names(function_name, names)}"
        )
    return functions[function_name]


def _module(name: str, folder: Path | None) -> ModuleType:
    try:
        with _first_on_path(folder):
            _forget_other(name, folder)
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise UserError(f"[task] `factory`: importing {name} raised {in_words(error)}") from error
        where = f"{folder} or on " if folder else ""
        raise UserError(f"[task] `factory`: there is no module {name!r} in {where}Python's path.") from error
    except (Exception, SystemExit) as error:
        raise UserError(f"[task] `factory`: importing {name} raised {in_words(error)}") from error


@contextmanager
def _first_on_path(folder: Path | None) -> Iterator[None]:
    if folder is None:
        yield
        return
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _forget_other(name: str, folder: Path | None) -> None:
    """Forgets a module of this name from elsewhere if the folder has one, as another study's factory may share it."""
    loaded = getattr(sys.modules.get(name), "__file__", None)
    if loaded and folder and (folder / f"{name}.py").is_file() and Path(loaded).parent != folder:
        del sys.modules[name]
