"""What a notebook shows of a search: the fronts and the table of results, and networks as a table.

Everything is in the cell's output: an image and tables, with no script and no style sheet. Jupyter also shows these
where a notebook is not trusted; of an inline ``<svg>`` it would show the bare texts.
"""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from frontsearch.comparison import Comparison
from frontsearch.measures import Measure, Measures
from frontsearch.names import NONZEROS, PRUNABLE
from frontsearch.report.figures import objectives_chart
from frontsearch.report.figures.svg import HEIGHT, LEGEND_ROW, WIDTH, Drawing, drawn
from frontsearch.report.indicator_tables import indicator_rows
from frontsearch.report.page import template
from frontsearch.report.sentences import network_figures, verdict
from frontsearch.selection import Pick
from frontsearch.trial import Trial

SPLITS = ("validation", "test")


def result_html(comparison: Comparison, picked: Pick | str, *, report: Path) -> str:
    """The fronts as a drawing, and the table of results.

    Args:
        comparison: The runs to show.
        picked: The network that is taken where nobody says which; or why there is none.
        report: Path of the report.
    """
    chosen = picked.point if isinstance(picked, Pick) else None
    drawing = drawn(objectives_chart(comparison), (chosen.loss, chosen.complexity) if chosen else None)
    return template("notebook.html.jinja").render(
        drawing=drawing,
        image=_image(drawing) if drawing else "",
        rows=indicator_rows(comparison, short=True),
        picked=network_figures(chosen.trial.metrics, comparison.measures) if chosen else "",
        sentences=[verdict(comparison), *([picked] if isinstance(picked, str) else []), *comparison.notes],
        report=report,
    )


def _image(drawing: Drawing) -> str:
    """The drawing as base64 of an SVG file."""
    content = template("notebook.svg.jinja").render(drawing=drawing, frame=(WIDTH, HEIGHT), legend_row=LEGEND_ROW)
    return b64encode(content.encode()).decode()


def networks_html(trials: Sequence[Trial], measures: Measures) -> str:
    """A table with a row for each network: what it is picked by, its sizes and its objectives."""
    return template("notebook.html.jinja").render(
        drawing=None, rows=network_table(trials, measures), sentences=(), picked="", report=""
    )


def network_table(trials: Sequence[Trial], measures: Measures) -> list[tuple[str, ...]]:
    """A header and a row for each network."""
    criteria = dict.fromkeys((measures.criterion, measures.loss))
    known = {name for trial in trials for name in trial.metrics}
    columns = [(measure, split) for measure in criteria for split in SPLITS if measure.on(split) in known]
    header = (
        "network", "nonzeros", *(size.label for size in measures.listed_sizes if size.key != NONZEROS),
        *(f"{split} {measure.label}" for measure, split in columns), measures.complexity.label,
    )  # fmt: skip
    return [header, *(_row(trial, measures, columns) for trial in trials)]


def _row(trial: Trial, measures: Measures, columns: Sequence[tuple[Measure, str]]) -> tuple[str, ...]:
    metrics = trial.metrics
    values = ((measure, metrics.get(measure.on(split))) for measure, split in columns)
    sizes = (size.key for size in measures.listed_sizes if size.key != NONZEROS)
    return (
        trial.key[:8], f"{metrics[NONZEROS]:,.0f} of {metrics[PRUNABLE]:,.0f}",
        *(f"{metrics[size]:,.0f}" if size in metrics else "" for size in sizes),
        *("" if value is None else measure.text(value) for measure, value in values),
        f"{trial.objectives[1]:.5g}" if trial.objectives else "",
    )  # fmt: skip
