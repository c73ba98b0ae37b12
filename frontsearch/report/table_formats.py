"""A table of a report as LaTeX or Markdown, in which no text is markup."""

import re
from collections.abc import Sequence
from html import escape

from frontsearch.errors import one_line

Rows = Sequence[Sequence[str]]

LATEX = str.maketrans({
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}", '"': r"{\char34}",
})  # fmt: skip
LIGATURES = re.compile(r"([-,'])(?=\1)")  # of fonts, such as two hyphens for a dash
MARKDOWN = re.compile(r"([\\`*|\[\]~$]|(?<![^\W_])_|_(?![^\W_]))")
NUMBER = re.compile(r"(-?[\d,./]+(e[-+]?\d+)?|unknown|imported)?", re.ASCII)


def latex(rows: Rows, title: str = "") -> str:
    """A ``tabular`` with the rules of booktabs; columns of numbers are aligned to the right.

    Args:
        rows: The rows, all as wide as the first, the header.
        title: What it shows, for a comment above it.
    """
    header, *body = map(_latex_row, rows)
    columns = zip(*rows[1:], strict=True) if len(rows) > 1 else (("text",) for _ in rows[0])
    alignment = "".join("r" if all(map(NUMBER.fullmatch, column)) else "l" for column in columns)
    return "\n".join([
        f"% {one_line(title)} (needs \\usepackage{{booktabs}})", f"\\begin{{tabular}}{{{alignment}}}", r"\toprule",
        header, r"\midrule", *body, r"\bottomrule", r"\end{tabular}", "",
    ])  # fmt: skip


def markdown(rows: Rows) -> str:
    """A Markdown table; the first row is the header."""
    cells = ([MARKDOWN.sub(r"\\\1", escape(one_line(cell), quote=False)) for cell in row] for row in rows)
    header, *body = ("| " + " | ".join(row) + " |" for row in cells)
    return "\n".join([header, "|" + " --- |" * len(rows[0]), *body])


def _latex_row(row: Sequence[str]) -> str:
    text = " & ".join(LIGATURES.sub(r"\1{}", one_line(cell).translate(LATEX)) for cell in row)
    return f"{'{}' if text.startswith(('[', '*')) else ''}{text} \\\\"  # else they would belong to the row's end before
