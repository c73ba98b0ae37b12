"""The options of a method, from its table in a study file."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeVar, cast, get_args

from pydantic import TypeAdapter, ValidationError

from frontsearch.errors import allowed_names, inside, is_integer, place, shown, table
from frontsearch.methods import Debiased, Method, SharesBudget, without_debiasing
from frontsearch.study.config.error_messages import error_message

Options = TypeVar("Options")
MOST = 1_000_000  # that an option may count, and trainings of a run: a list of so many fits into memory


def parse_options(kind: type[Options], options: object, *, where: tuple[str, ...]) -> Options:
    """Builds an options dataclass from a table of the study file.

    Args:
        kind: Class of the options.
        options: Content of the table.
        where: Names of the table and of those around it.

    Raises:
        ValueError: When an option is unknown or its value is invalid.
    """
    kinds = {field.name: field.type for field in fields(cast("Any", kind))}
    names = kinds.keys() | ({"debias"} if len(where) == 2 else set())
    for option, value in options.items() if isinstance(options, dict) else ():
        check_known("key", option, names, where=table(*where))
        if isinstance(value, str | bool) and _is_of_numbers(kinds.get(option)):  # pydantic would convert it
            raise ValueError(f"{place(*where, option)} must be a number; found {shown(value)}.")
        if is_integer(value) and abs(value) > MOST:
            raise ValueError(f"{inside(*where)} `{option}` must be at most {MOST:,}; found {shown(value)}.")
    try:
        return TypeAdapter(kind).validate_python(options)
    except ValidationError as error:
        raise ValueError(error_message(error.errors()[0], within=where)) from error


def _is_of_numbers(kind: object) -> bool:
    """Whether this is the type of an option that is a number, perhaps left out."""
    return not {int, float}.isdisjoint(get_args(kind) or (kind,))


def check_known(kind: str, found: str, names: Iterable[str], *, where: str) -> None:
    """Raises a ValueError that suggests the most similar of ``names`` unless ``found`` is one of them."""
    if found not in (choices := set(names)):
        raise ValueError(f"unknown {kind} {found!r} in {where}: {allowed_names(found, choices)}")


def lengths(method: Method, *where: str, budget: float) -> dict[str, float]:
    """The lengths of trainings, in epochs, that the options of a method and its budget give, by option."""
    tables: dict[str, object] = {inside(*where): without_debiasing(method)}
    if isinstance(method, Debiased):
        tables[inside(*where, "debias")] = method.options
    given = {
        f"{beginning} `{name}`": value
        for beginning, options in tables.items()
        for name, value in vars(options).items()
        if name.endswith("epochs") and value is not None
    }
    searching = without_debiasing(method)
    shares = searching.shortest(budget) if isinstance(searching, SharesBudget) else {}
    return given | {f"{inside(*where)} the shortest training by `{name}`": epochs for name, epochs in shares.items()}
