"""The one exception that means "the user can mend this", and the sentence parts it is made of."""

import math
from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake the user can mend: one sentence that names the thing, what was found and what is allowed."""


def allowed(found: str, names: Iterable[str]) -> str:
    """Half a sentence listing ``names``, led by the one nearest to ``found`` where one is near."""
    known = sorted(names)
    if not known:
        return "none is allowed."
    nearest = get_close_matches(found, known, n=1)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return f"{hint}Allowed: {', '.join(known)}."


def one_line(text: str) -> str:
    """``text`` without line breaks and whatever else would move a terminal's cursor or change its colours."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def check(name: str, found: object, rule: str, *, holds: bool) -> None:
    """Raises a ValueError of one sentence that names the field, its rule and what was found, unless the rule holds."""
    if not holds:
        raise ValueError(f"`{name}` must be {rule}; found {found!r}.")


def check_positive(**named: float) -> None:
    """As :func:`check`, for numbers that must be finite and positive."""
    for name, found in named.items():
        check(name, found, "finite and positive", holds=0 < found < math.inf)
