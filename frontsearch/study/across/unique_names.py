"""Names under which the methods of several sources are told apart in one comparison."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from frontsearch.errors import UserError, one_line


class NamedSource(Protocol):
    """A folder, file or database with results of some methods."""

    @property
    def source(self) -> str:
        """Path or URL, as the user gave it."""

    @property
    def label(self) -> str:
        """Short name for people."""

    @property
    def methods(self) -> Sequence[str]:
        """Names of its methods, each once."""


def unique_names(sources: Sequence[NamedSource]) -> list[dict[str, str]]:
    """For each source, the unique name of each method: the method's own, or ``LABEL:METHOD`` if others share it.

    Raises:
        UserError: When two methods would still have the same name.
    """
    counts = Counter(method for source in sources for method in source.methods)
    renamings = [
        {method: method if counts[method] == 1 else f"{label}:{method}" for method in source.methods}
        for source, label in zip(sources, _unique_labels(sources), strict=True)
    ]
    name, count = Counter(name for names in renamings for name in names.values()).most_common(1)[0]
    if count > 1:
        raise UserError(f"Two methods would both be called {name!r}; rename a folder, a file or a method in a file.")
    return renamings


def _unique_labels(sources: Sequence[NamedSource]) -> list[str]:
    """The sources' labels; where several share a label, their paths."""
    counts = Counter(source.label for source in sources)
    return [source.label if counts[source.label] == 1 else one_line(source.source) for source in sources]
