"""The names of a table's columns: as given, or as a data frame has them."""

from collections.abc import Iterable, Mapping
from typing import Any

from frontsearch.errors import check
from frontsearch.names import Split
from frontsearch.tasks.examples import Examples, Form
from frontsearch.tasks.on_demand import ExamplesOnDemand

ONE_TABLE = "inputs"  # what the inputs are called where they are a single tensor


def resolved_feature_names(
    given: Iterable[str] | None,
    splits: Mapping[Any, object],
    examples: Mapping[Split, Examples | ExamplesOnDemand],
) -> tuple[str, ...] | None:
    """The names of the input columns; None if there are none.

    Args:
        given: Names that the user gave; None takes those of the training inputs, if they are a table with named
            columns, such as a pandas ``DataFrame``.
        splits: Examples by split, as the user gave them.
        examples: The same examples in one form, and those of splits that were drawn.

    Raises:
        ValueError: If these are no texts, are not as many as columns, or splits name their columns otherwise.
    """
    own = {split: names for split, found in splits.items() if (names := _columns(found))}
    for split, names in own.items():
        rule = "of the columns of the training inputs, in their order"
        check(f"splits[{split!r}]", list(names), rule, holds=names == own.get("train", names))
    if given is None:
        return own.get("train")
    names = plain_texts("feature_names", given, "a list of texts, one for each column of the inputs, or None")
    if "train" in examples:
        _check_count(names, examples["train"].forms)
    return names


def plain_texts(name: str, given: Iterable[str], rule: str) -> tuple[str, ...]:
    """Texts that a field was given, as Python's own instead of NumPy's.

    Raises:
        ValueError: If these are no texts; the message names the field and the rule.
    """
    several = not isinstance(given, str) and isinstance(given, Iterable)
    texts = tuple(given) if several else ()
    check(name, given, rule, holds=several and all(isinstance(text, str) for text in texts))
    return tuple(map(str, texts))


def _columns(found: object) -> tuple[str, ...] | None:
    """Names of the columns of a split's inputs, if all of them are texts, as scikit-learn asks."""
    inputs = found[0] if isinstance(found, tuple | list) and len(found) == 2 else None
    columns = tuple(getattr(inputs, "columns", ()))
    return columns if columns and all(isinstance(name, str) for name in columns) else None


def _check_count(names: tuple[str, ...], forms: Mapping[str, Form]) -> None:
    shape = forms[ONE_TABLE][0] if ONE_TABLE in forms else ()
    described = f"inputs of shape {shape}" if shape else "several inputs"
    rule = "None, as only the columns of a single table, `(examples, columns)`, have names"
    check("feature_names", described, rule, holds=len(shape) == 2)
    rule = f"{shape[-1]} names, one for each column of the inputs"
    check("feature_names", f"{len(names)} names", rule, holds=len(names) == shape[-1])
