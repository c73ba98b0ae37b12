"""Citations and roles in docstrings as links: ``[Key]_`` to the references, ``:meth:`name``` to plain code."""

import re
from typing import Any

import griffe

CITATION = re.compile(r"\[([A-Z][A-Za-z]+\d{4}[a-z]?)\]_")
ROLE = re.compile(r":\w+:`~?([\w.]+)`")


class Citations(griffe.Extension):
    """Rewrites the docstring of each object before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:  # noqa: ANN401 - griffe's own signature
        """Called once for every module, class, function and attribute that griffe reads."""
        if obj.docstring:
            text = CITATION.sub(r"[[\1]](references.md#\1)", obj.docstring.value)
            obj.docstring.value = ROLE.sub(lambda role: f"`{role[1].split('.')[-1]}`", text)
