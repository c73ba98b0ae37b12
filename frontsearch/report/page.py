"""The report as one self-contained HTML file."""

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from frontsearch.comparison import Comparison
from frontsearch.report.embedding import embedded
from frontsearch.report.evidence import (
    best_first,
    best_rows,
    best_words,
    effect_rows,
    epochs_rows,
    range_rows,
    repeated,
)
from frontsearch.report.figures import INK, colour, panels, symbol
from frontsearch.report.words import exact_words, indicator_rows, knee_rows, published_words, verdict

DRAWN_FIRST = 8  # methods; more are told apart by few

# Every value is escaped; only plotly's own script is let through.
PAGES = Environment(
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    loader=PackageLoader("frontsearch.report", package_path=""),
)
PAGES.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A method in the legend: how it is drawn, its place in the study, and whether it is drawn at first."""

    name: str
    style: int
    colour: str
    symbol: str
    hypervolume: str
    drawn: bool


def report_html(comparison: Comparison, *, name: str, task: str, settings: str, penalised: Sequence[str] = ()) -> str:
    """The page: the answer first, then the evidence, then what the figures mean and the settings.

    Args:
        comparison: What is reported.
        name: The study's name.
        task: The task's name.
        settings: The resolved study as text.
        penalised: Names of the parameters that l1 sums.
    """
    shown = panels(comparison)
    entries = legend(comparison)
    many = repeated(comparison) and len(comparison.methods) > 1
    return PAGES.get_template("page.html.jinja").render(
        name=name,
        task=task,
        settings=settings,
        penalised=penalised,
        comparison=comparison,
        repeated=repeated(comparison),
        verdict=verdict(comparison),
        sentences=list(filter(None, (best_words(comparison), exact_words(comparison), published_words(comparison)))),
        legend=entries,
        legend_by_name={entry.name: entry for entry in entries},
        panels={panel.slug: panel for panel in shown},
        indicators=best_first(comparison, indicator_rows(comparison)),
        ranges=range_rows(comparison),
        epochs=epochs_rows(comparison),
        against=best_rows(comparison) if many else (),
        effects=effect_rows(comparison) if many else (),
        knees=best_first(comparison, knee_rows(comparison)),
        figures=embedded(shown),
        plotly=Markup(get_plotlyjs()),  # noqa: S704 - plotly's own script
    )


def legend(comparison: Comparison) -> tuple[Entry, ...]:
    """The methods, best first."""
    return tuple(
        Entry(
            name=method,
            style=(style := comparison.methods.index(method)),
            colour="var(--ink)" if colour(style) == INK else colour(style),
            symbol=symbol(style),
            hypervolume=f"{comparison.median(method, 'hypervolume'):.4f}",
            drawn=place < DRAWN_FIRST,
        )
        for place, method in enumerate(comparison.ranking)
    )
