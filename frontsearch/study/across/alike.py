"""Whether figures from several places were measured on the same task and in the same way."""

from collections.abc import Iterable
from dataclasses import dataclass

from frontsearch.errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What one place says of the figures it has.

    Attributes:
        where: The place, as a user finds it.
        what: Which circumstance, such as ``fingerprint`` or ``l1_reduction``.
        value: What it is there.
    """

    where: str
    what: str
    value: str


def check_alike(statements: Iterable[Statement]) -> None:
    """Holds every statement against the first one on the same circumstance; what a place leaves open differs from none.

    Raises:
        UserError: When two places differ; it names every circumstance in which the first such place does.
    """
    first: dict[str, Statement] = {}
    differences: dict[str, list[str]] = {}
    for one in statements:
        known = first.setdefault(one.what, one)
        if one.value != known.value:
            words = f"{one.what} ({one.value!r}, where {known.where} has {known.value!r})"
            differences.setdefault(one.where, []).append(words)
    for where, found in differences.items():
        raise UserError(
            "Only figures of one task, measured alike, can be compared (data, split, network, penalised weights and "
            f"the sum of their absolute values); {where} differs in {', '.join(found)}."
        )
