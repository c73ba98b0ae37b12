"""One-sentence messages for pydantic's errors: table and key, what must hold, what was found."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from frontsearch.errors import allowed_names, inside, missing, place, shown, table
from frontsearch.study.config.tables import ChoiceTable, LogBoxTable, RangeTable, TrainingTable
from frontsearch.study.config.task_tables import BUILT_IN_TASKS

Location = tuple[int | str, ...]

# Models by the part of an error's location that identifies them.
TABLES: Mapping[str, type[BaseModel]] = {"training": TrainingTable, "log_box": LogBoxTable}
ENTRIES: Mapping[str, type[BaseModel]] = {"range": RangeTable, "choice": ChoiceTable}

# Rules by the beginning of an error's type; the fields in braces come from the error's context.
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
    # All lists of fixed length in study files have two entries.
    "tuple": "a list of two numbers",
    "missing": "a list of two numbers",
    "too_long": "a list of two numbers",
}


def error_message(error: ErrorDetails, *, within: Location = (), top_level_keys: Iterable[str] = ()) -> str:
    """A sentence for one error.

    Args:
        error: Error as pydantic lists it.
        within: Names of the tables around the model that was validated.
        top_level_keys: Keys that are allowed at the top level.
    """
    loc = (*within, *error["loc"])
    if error["type"] == "value_error":
        text = error["msg"].removeprefix("Value error, ")
        names = list(map(str, loc))
        named = not names or text.startswith(table(*names))  # as Python's arguments are
        return text if named else f"{inside(*names)} {text}"
    names = _names_in_file(loc, error["type"])
    if error["type"] == "extra_forbidden":
        return f"unknown key {place(*names)}: {allowed_names(names[-1], _allowed_keys(loc, top_level_keys))}"
    if error["type"] == "union_tag_not_found" or (error["type"] == "missing" and isinstance(loc[-1], str)):
        return missing(*names)
    return f"{place(*names)} must be {rule(error)}."


def rule(error: ErrorDetails) -> str:
    """The rest of a sentence after "must be": the rule, the value found and perhaps a similar allowed value."""
    context, value, loc = error.get("ctx", {}), error["input"], error["loc"]
    if error["type"] == "union_tag_invalid":
        value = value["name"]
    text = next((RULES[kind] for kind in RULES if error["type"].startswith(kind)), "valid").format_map(context)
    if loc[-1:] == ("factory",):
        text = "a module and a function of it with a colon between, such as 'mymodule:make_task'"
    elif loc[:1] == ("space",) and len(loc) == 3:
        text = "a table with `low` and `high`, or a list of options"
    elif len(loc) > 2 and isinstance(loc[-2], int):  # the error is of the first type of a union
        text = "a list of numbers, texts, true or false"
    if 0 < context.get("ge", 0) < 1:
        text = f"positive, {text}"
    similar = get_close_matches(shown(value).strip("'"), re.findall("'([^']*)'", text), n=1)
    return f"{text}; found {shown(value)}" + (f" (did you mean {similar[0]!r}?)" if similar else "")


def _names_in_file(loc: Location, kind: str) -> list[str]:
    """Names of the tables and the key in the file: the location without pydantic's tags and indices of lists."""
    tags = {"task": {1, 2} if loc[1:2] == ("built-in",) else {1}, "space": {2}}.get(str(loc[0]), set())
    names = [part for depth, part in enumerate(loc) if depth not in tags]
    end = next((depth for depth, part in enumerate(names) if isinstance(part, int)), len(names))
    return [str(part) for part in names[:end]] + ["name"] * kind.startswith("union_tag")


def _allowed_keys(loc: Location, top_level_keys: Iterable[str]) -> Iterable[str]:
    """Keys that are allowed in the table at this location."""
    models = {"task": BUILT_IN_TASKS, "space": ENTRIES}.get(str(loc[0]), TABLES)
    model = next((models[part] for part in map(str, reversed(loc[:-1])) if part in models), None)
    return model.model_fields if model else top_level_keys
