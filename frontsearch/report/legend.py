"""The legend of all figures: the methods, how each is drawn, and which are drawn at first."""

from dataclasses import dataclass

from frontsearch.comparison import Comparison
from frontsearch.report.figures import INK, colour, symbol

DRAWN_FIRST = 8  # methods; of more nobody can tell the fronts apart


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A method in the legend.

    Attributes:
        name: The method.
        style: Its place in the study, which decides its colour and symbol.
        colour: For style sheets.
        symbol: Its name.
        hypervolume: The median, as text.
        drawn: Whether it is drawn at first.
    """

    name: str
    style: int
    colour: str
    symbol: str
    hypervolume: str
    drawn: bool


def legend(comparison: Comparison) -> tuple[Entry, ...]:
    """The methods, best first."""
    styles = {method: style for style, method in enumerate(comparison.methods)}
    return tuple(
        Entry(
            name=method,
            style=styles[method],
            colour="var(--ink)" if colour(styles[method]) == INK else colour(styles[method]),
            symbol=symbol(styles[method]),
            hypervolume=f"{comparison.median(method, 'hypervolume'):.4f}",
            drawn=place < DRAWN_FIRST,
        )
        for place, method in enumerate(comparison.ranking)
    )
