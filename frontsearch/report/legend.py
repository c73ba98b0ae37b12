"""The legend shared by all figures: the methods, their colours and symbols, and which are shown at first."""

from dataclasses import dataclass

from frontsearch.comparison import Comparison
from frontsearch.report.figures import FOREGROUND, colour, symbol

INITIALLY_SHOWN = 8  # methods; more fronts are hard to tell apart


@dataclass(frozen=True, kw_only=True, slots=True)
class LegendEntry:
    """A method in the legend.

    Attributes:
        name: The method.
        style: Its index in the study, which decides colour and symbol.
        colour: CSS colour.
        symbol: plotly's name of its symbol.
        hypervolume: Median of the hypervolume that ranks the methods, as text.
        initially_shown: Whether it is drawn before the reader chooses.
    """

    name: str
    style: int
    colour: str
    symbol: str
    hypervolume: str
    initially_shown: bool


def legend(comparison: Comparison) -> tuple[LegendEntry, ...]:
    """One entry per method, best hypervolume first."""
    styles = {method: style for style, method in enumerate(comparison.methods)}
    return tuple(
        LegendEntry(
            name=method,
            style=styles[method],
            colour=css_colour(styles[method]),
            symbol=symbol(styles[method]),
            hypervolume=f"{comparison.median(method, comparison.ranked_by):.4f}",
            initially_shown=rank < INITIALLY_SHOWN,
        )
        for rank, method in enumerate(comparison.ranking)
    )


def css_colour(style: int) -> str:
    """CSS colour of the method with this style."""
    found = colour(style)
    return "var(--foreground)" if found == FOREGROUND else found
