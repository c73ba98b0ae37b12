"""The hyperparameters of the networks on the fronts, method by method, as ranges on one scale per hyperparameter."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from frontsearch.comparison import Comparison, VariedField, front_recipes
from frontsearch.recipe import Field

TITLE = "Hyperparameters of the networks on the fronts"
LEAST_WIDTH = 0.04  # of a bar, so that a single value is seen


@dataclass(frozen=True, kw_only=True, slots=True)
class RangeCell:
    """What the networks of a method have of one hyperparameter.

    Attributes:
        text: Their least and greatest number, or each choice with how many networks have it; empty if none has any.
        ends: Where the numbers begin and end, as shares of the range over all methods; None where a bar
            would tell nothing.
    """

    text: str
    ends: tuple[float, float] | None = None


def recipe_cells(comparison: Comparison) -> tuple[tuple[str, tuple[RangeCell, ...]], ...]:
    """Each hyperparameter that varies, with a cell for all methods and one for each method, the best first."""
    rows = front_recipes(comparison)
    indices = {
        method: [place for place, (result, _) in enumerate(rows.rows) if result.run.method == method]
        for method in comparison.ranking
    }
    everywhere = range(len(rows.rows))
    cells = {
        field.name: [_cell(field, [field.values[at] for at in of]) for of in (everywhere, *indices.values())]
        for field in rows.fields
    }
    return tuple((name, (RangeCell(text=first.text), *rest)) for name, (first, *rest) in cells.items())


def recipe_rows(comparison: Comparison) -> tuple[tuple[str, ...], ...]:
    """The same as texts under a header; empty if no hyperparameter varies."""
    rows = [(name, *(cell.text for cell in cells)) for name, cells in recipe_cells(comparison)]
    return (("hyperparameter", "all networks", *comparison.ranking), *rows) if rows else ()


def _cell(field: VariedField, values: Sequence[Field]) -> RangeCell:
    known = [value for value in values if value is not None]
    if any(isinstance(value, str | bool) for value in field.values):
        counts = Counter(map(str, known)).most_common()
        return RangeCell(text=", ".join(f"{choice} {count}" for choice, count in counts))
    if not known:
        return RangeCell(text="")
    numbers = [float(value) for value in known]
    texts = dict.fromkeys(f"{end:.3g}" for end in (min(numbers), max(numbers)))
    return RangeCell(text=" to ".join(texts), ends=_ends(field, numbers))


def _ends(field: VariedField, numbers: Sequence[float]) -> tuple[float, float] | None:
    """The ends of a bar; None if all methods have one number."""
    known = [_place(float(value), log=field.log) for value in field.values if value is not None]
    first, last = min(known), max(known)
    if first == last:
        return None
    low, high = ((_place(end, log=field.log) - first) / (last - first) for end in (min(numbers), max(numbers)))
    low = min(low, 1 - LEAST_WIDTH)
    return round(low, 3), round(max(high, low + LEAST_WIDTH), 3)


def _place(value: float, *, log: bool) -> float:
    return math.log10(value) if log else value
