"""``{{ bibliography() }}`` in a page: the entries of ``references.bib`` as a list, each with an anchor."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BIB = Path(__file__).with_name("references.bib")
ENTRY = re.compile(r"^@\w+\{(\w+),(.*)\}$", re.MULTILINE)
FIELD = re.compile(r"(\w+) = \{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
ACCENT = re.compile(r"""\\(['"~])\{?(\w)\}?""")
COMBINING = {"'": "\u0301", '"': "\u0308", "~": "\u0303"}
SOURCES = ("journal", "booktitle", "publisher", "institution", "howpublished")
ARXIV = re.compile(r"arXiv:([\d.]+)")


def define_env(env: Any) -> None:  # noqa: ANN401 - called by the site generator
    """Registers the macro."""
    env.macro(bibliography)


def bibliography() -> str:
    """The entries by key, as Markdown."""
    return "\n\n".join(f"[](){{#{key}}}**{key}** {line(fields)}" for key, fields in sorted(entries().items()))


def entries() -> dict[str, dict[str, str]]:
    """The fields of every entry by its key, as plain text."""
    found = ENTRY.findall(BIB.read_text(encoding="utf-8"))
    return {key: {name: plain(text) for name, text in FIELD.findall(body)} for key, body in found}


def plain(text: str) -> str:
    """Text without LaTeX."""
    accented = ACCENT.sub(lambda found: unicodedata.normalize("NFC", found[2] + COMBINING[found[1]]), text)
    return re.sub(r"\$(\w)_(\w)\$", r"\1\2", accented).replace("--", "\u2013").replace("{", "").replace("}", "")


def line(entry: Mapping[str, str]) -> str:
    """One entry as a line of Markdown."""
    names = [" ".join(reversed(name.split(", ", 1))) for name in entry["author"].split(" and ")]
    authors = ", ".join(names[:-1]) + " and " * (len(names) > 1) + names[-1]
    where = next(entry[name] for name in SOURCES if name in entry)
    volume = entry.get("volume", "") + (f"({entry['number']})" if "number" in entry else "")
    place = ", ".join(part for part in (f"{where} {volume}".strip(), entry.get("pages", "")) if part)
    place = ARXIV.sub(r"[arXiv:\1](https://arxiv.org/abs/\1)", place)
    return f"{authors} ({entry['year']}). *{entry['title']}*. {place}."
