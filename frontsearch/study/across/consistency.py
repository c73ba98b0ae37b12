"""Checks that the results of several sources are on the same task and were measured in the same way."""

from collections.abc import Iterable
from dataclasses import dataclass

from frontsearch.errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskProperty:
    """One property of the task, or of how results were measured, as a source states it.

    Attributes:
        source: Folder of a study, or file and line, for people.
        name: Name of the property, such as ``fingerprint`` or ``l1_reduction``.
        value: Value of the property.
    """

    source: str
    name: str
    value: str


def check_consistent(properties: Iterable[TaskProperty]) -> None:
    """Compares each property with the first of the same name; a source need not state all of them.

    Raises:
        UserError: When two sources differ. The message lists every property in which the first such source differs.
    """
    first: dict[str, TaskProperty] = {}
    differences: dict[str, list[str]] = {}
    for stated in properties:
        expected = first.setdefault(stated.name, stated)
        if stated.value != expected.value:
            words = f"{stated.name} ({stated.value!r}, where {expected.source} has {expected.value!r})"
            differences.setdefault(stated.source, []).append(words)
    for source, differing in differences.items():
        raise UserError(
            "Only results on the same task, measured in the same way, can be compared (data, split, network, penalised "
            f"weights and the sum of their absolute values); {source} differs in {', '.join(differing)}."
        )
