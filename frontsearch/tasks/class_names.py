"""The names of a task's classes, which exported files carry."""

from collections.abc import Iterable, Sequence

from frontsearch.errors import check
from frontsearch.tasks.feature_names import plain_texts


def resolved_class_names(given: Iterable[str] | None, outputs: Sequence[int]) -> tuple[str, ...] | None:
    """The names of the classes as plain texts; None if none are given.

    Args:
        given: Names that the user gave.
        outputs: Shape of the network's outputs for some examples, ``(n, classes, ...)``; with one output for an
            example, there are two classes.

    Raises:
        ValueError: If these are no texts, are not as many as classes, or are not all different.
    """
    if given is None:
        return None
    names = plain_texts("class_names", given, "a list of texts, one for each class, or None")
    several = len(outputs) > 1 and outputs[1] > 1
    count, end = (outputs[1], "each output") if several else (2, "each class, as one output tells two classes apart")
    check("class_names", f"{len(names)} names", f"{count} names, one for {end}", holds=len(names) == count)
    check("class_names", list(names), "names that are all different", holds=len(set(names)) == len(names))
    return names
