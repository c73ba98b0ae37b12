"""The report as one self-contained HTML file."""

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from frontsearch.comparison import Comparison
from frontsearch.report.cards import card
from frontsearch.report.choosing import choosing, knee_words, networks, rules
from frontsearch.report.embedding import embedded
from frontsearch.report.evidence import (
    best_first,
    best_rows,
    best_words,
    effect_rows,
    epochs_rows,
    power_words,
    range_rows,
    repeated,
)
from frontsearch.report.figures import panels
from frontsearch.report.importance_rows import importance_rows, importance_words
from frontsearch.report.legend import legend
from frontsearch.report.words import exact_words, indicator_rows, knee_rows, published_words, source_rows, verdict
from frontsearch.selection import ChosenNetworks

# Every value is escaped; only plotly's own script is let through.
PAGES = Environment(
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    loader=PackageLoader("frontsearch.report", package_path=""),
)
PAGES.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}


def report_html(
    comparison: Comparison,
    *,
    name: str,
    task: str,
    settings: str,
    penalised: Sequence[str] = (),
    choice: ChosenNetworks | None = None,
) -> str:
    """The page: the answer first, then the evidence, then what the figures mean and the settings.

    Args:
        comparison: What is reported.
        name: The study's name.
        task: The task's name.
        settings: The resolved study as text.
        penalised: Names of the parameters that l1 sums.
        choice: What helps to choose a network; where the networks are not all of one study there is nothing.
    """
    entries, shown = legend(comparison), panels(comparison, choice)
    found = networks(comparison) if choice else ()
    sentences = (
        knee_words(choice) if choice else "", best_words(comparison), exact_words(comparison),
        published_words(comparison),
    )  # fmt: skip
    return PAGES.get_template("page.html.jinja").render(
        name=name,
        task=task,
        settings=settings,
        penalised=penalised,
        comparison=comparison,
        sentences=[sentence for sentence in sentences if sentence],
        legend=entries,
        legend_by_name={entry.name: entry for entry in entries},
        panels={panel.slug: panel for panel in shown},
        rules=rules(found) if choice else (),
        cards=[card(portrait, choice.folder) for portrait in choice.network_summaries.values()] if choice else [],
        without=choice.without if choice else 0,
        choosing=choosing(comparison, choice, found) if choice else None,
        mattering=importance_rows(choice.importances) if choice else (),
        mattering_words=importance_words(choice.importances) if choice else (),
        figures=embedded(shown, found),
        sources=source_rows(comparison),
        notes=comparison.notes,
        plotly=Markup(get_plotlyjs()),  # noqa: S704 - plotly's own script
        **_methods(comparison),
    )


def _methods(comparison: Comparison) -> dict[str, Any]:
    """What the page says of the methods."""
    many = repeated(comparison) and len(comparison.methods) > 1
    return {
        "verdict": verdict(comparison),
        "repeated": repeated(comparison),
        "indicators": best_first(comparison, indicator_rows(comparison)),
        "ranges": range_rows(comparison),
        "epochs": epochs_rows(comparison),
        "against": best_rows(comparison) if many else (),
        "effects": effect_rows(comparison) if many else (),
        "power": power_words(comparison),
        "knees": best_first(comparison, knee_rows(comparison)),
    }
