"""The report as one self-contained HTML file."""

import plotly.io
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from frontsearch.comparison import Comparison
from frontsearch.report.figures import Chart, charts, plot
from frontsearch.report.words import exact_words, indicator_rows, knee_rows, published_words, source_rows, verdict

SHOWN = {"responsive": True, "displaylogo": False}

# Every value is escaped; only plotly's own output is let through, which escapes what it embeds.
PAGES = Environment(
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    loader=PackageLoader("frontsearch.report", package_path=""),
)


def report_html(comparison: Comparison, *, name: str, task: str, settings: str) -> str:
    """The page: the answer first, then the figures, then tables and settings.

    Args:
        comparison: What is reported.
        name: The study's name.
        task: The task's name.
        settings: The resolved study as text.
    """
    return PAGES.get_template("page.html.jinja").render(
        name=name,
        task=task,
        settings=settings,
        verdict=verdict(comparison),
        indicators=indicator_rows(comparison),
        knees=knee_rows(comparison),
        exact=exact_words(comparison),
        published=published_words(comparison),
        sources=source_rows(comparison),
        notes=comparison.notes,
        split=comparison.split,
        corner=comparison.linear.high,
        log_low=comparison.log.low,
        figures=[(chart.title, Markup(_embed(chart))) for chart in charts(comparison)],  # noqa: S704 - plotly's own
        plotly=Markup(get_plotlyjs()),  # noqa: S704 - plotly's own script
    )


def _embed(chart: Chart) -> str:
    """The figure without its title, which the page sets as a heading: headings wrap on a phone."""
    figure = plot(chart).update_layout(title=None, margin_t=30)
    html: str = plotly.io.to_html(figure, include_plotlyjs=False, full_html=False, div_id=chart.slug, config=SHOWN)
    return html
