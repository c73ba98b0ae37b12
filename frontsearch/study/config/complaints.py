"""pydantic's complaints in this program's words: table and key, what must hold, what was found."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from frontsearch.errors import allowed
from frontsearch.study.config.tables import (
    BreastCancerTask,
    ChoiceTable,
    DigitsTask,
    IrisTask,
    LassoTask,
    LogBoxTable,
    MnistTask,
    RangeTable,
    TrainingTable,
)

Place = tuple[int | str, ...]

# By the part of an error's place that tells which model complains.
TABLES: Mapping[str, type[BaseModel]] = {"training": TrainingTable, "log_box": LogBoxTable}
TASKS: Mapping[str, type[BaseModel]] = {
    "lasso": LassoTask,
    "iris": IrisTask,
    "breast_cancer": BreastCancerTask,
    "digits": DigitsTask,
    "mnist": MnistTask,
}
ENTRIES: Mapping[str, type[BaseModel]] = {"range": RangeTable, "choice": ChoiceTable}

# By the beginning of an error's type; a rule may use the error's context.
RULES = {
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "greater than {gt:g}",
    "less_than_equal": "at most {le:g}",
    "less_than": "less than {lt:g}",
    "finite": "finite",
    "literal": "{expected}",
    "union_tag_invalid": "one of {expected_tags}",
    "string_pattern": "at most 100 letters, digits, '.', '_' and '-', the first a letter or a digit",
    "string": "text",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a table",
    "model": "a table",
    "dataclass": "a table",
    # Every list of a fixed length has two entries.
    "tuple": "a list of two numbers",
    "missing": "a list of two numbers",
    "too_long": "a list of two numbers",
}


def complaint(error: ErrorDetails, *, within: Place = (), top: Iterable[str] = ()) -> str:
    """One sentence about one error.

    Args:
        error: As pydantic lists it.
        within: The tables that enclose the model that was validated.
        top: The keys that the top level knows.
    """
    loc = (*within, *error["loc"])
    if error["type"] == "value_error":
        text = error["msg"].removeprefix("Value error, ")
        return f"[{'.'.join(map(str, loc))}] {text}" if loc else text
    *tables, key = _named(loc, error["type"])
    where = f"[{'.'.join(tables)}]" if tables else "the top level"
    place = f"in {where}" if tables else f"at {where}"
    if error["type"] == "extra_forbidden":
        return f"unknown key {key!r} {place}: {allowed(key, _keys(loc, top))}"
    if error["type"] == "union_tag_not_found" or (error["type"] == "missing" and isinstance(loc[-1], str)):
        return f"{where} must have the key {key!r}."
    return f"{key!r} {place} must be {rule(error)}."


def rule(error: ErrorDetails) -> str:
    """The rest of a sentence that ends with "must be": what holds, what was found, what was meant perhaps."""
    context, found, loc = error.get("ctx", {}), error["input"], error["loc"]
    if error["type"] == "union_tag_invalid":
        found = found["name"]
    text = next((RULES[kind] for kind in RULES if error["type"].startswith(kind)), "valid").format_map(context)
    if loc[:1] == ("space",) and len(loc) == 3:
        text = "a table with `low` and `high`, or a list of options"
    elif len(loc) > 2 and isinstance(loc[-2], int):  # a branch of a union, of which the first one complained
        text = "a list of numbers, texts, true or false"
    near = get_close_matches(str(found), re.findall("'([^']*)'", text), n=1)
    return f"{text}; found {_short(found)}" + (f" (did you mean {near[0]!r}?)" if near else "")


def _short(found: object) -> str:
    text = repr(found)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _named(loc: Place, kind: str) -> list[str]:
    """The place as its file names it: without pydantic's tags and positions in lists."""
    names = [part for place, part in enumerate(loc) if (loc[0], place) not in {("task", 1), ("space", 2)}]
    end = next((place for place, part in enumerate(names) if isinstance(part, int)), len(names))
    return [str(part) for part in names[:end]] + ["name"] * kind.startswith("union_tag")


def _keys(loc: Place, top: Iterable[str]) -> Iterable[str]:
    """The keys that the table at this place knows."""
    table = {"task": TASKS, "space": ENTRIES}.get(str(loc[0]), TABLES)
    model = next((table[part] for part in map(str, reversed(loc[:-1])) if part in table), None)
    return model.model_fields if model else top
