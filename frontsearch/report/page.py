"""The report as one self-contained HTML page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from frontsearch.comparison import Comparison
from frontsearch.measures import Measures
from frontsearch.report.evidence import best_sentence, least_p_note, posterior_note, ranks_caption, repeats_sentence
from frontsearch.report.figures import panels
from frontsearch.report.figures.rank_diagram import RankDiagram, rank_diagram
from frontsearch.report.figures.views import views
from frontsearch.report.importance_table import importance_sentences
from frontsearch.report.legend import LegendEntry, legend
from frontsearch.report.network_card import NetworkCard, network_card
from frontsearch.report.offered_rules import offered_rules
from frontsearch.report.page_data import page_data
from frontsearch.report.picker import Network, networks, picker_data
from frontsearch.report.recipe_table import TITLE, recipe_cells
from frontsearch.report.recommended import recommended
from frontsearch.report.report_tables import ReportTable, report_tables
from frontsearch.report.sentences import (
    GAP_NOTE,
    dead_sentence,
    exact_sentence,
    published_sentence,
    ranking_measure,
    verdict,
)
from frontsearch.selection import ChosenNetworks

if TYPE_CHECKING:
    from jinja2 import Template

SHOWN = (  # tables that the template places by name
    "indicators", "ranges", "epochs", "pairs", "effects", "ranks", "posteriors", "knees", "importance", "sources",
)  # fmt: skip


def _readable(value: object) -> object:
    """The value; a text without control characters and those that change the direction of what follows."""
    if type(value) is not str or value.isprintable():
        return value
    return "".join(character if character.isprintable() or character == "\n" else " " for character in value)


def template(name: str) -> "Template":
    """A page's template. Every value is escaped except plotly's own script."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - tables need no pages

    environment = Environment(
        autoescape=True,
        finalize=_readable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=PackageLoader("frontsearch.report", package_path=""),
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}
    return environment.get_template(name)


def report_html(
    comparison: Comparison,
    *,
    name: str,
    task: str,
    settings: str,
    penalised: Sequence[str] = (),
    choice: ChosenNetworks | None = None,
) -> str:
    """The page: first the findings, then figures and tables, then definitions and settings.

    Args:
        comparison: The runs to report.
        name: Name of the study.
        task: Name of the task.
        settings: The resolved study file, as text.
        penalised: Names of the penalised parameters.
        choice: Picked networks and their summaries for the picker; None if the runs come from several studies.
    """
    entries, shown = legend(comparison), panels(comparison, choice)
    candidates = networks(comparison) if choice else ()
    findings = (exact_sentence(comparison), published_sentence(comparison))
    return template("page.html.jinja").render(
        name=name,
        task=task,
        settings=settings,
        penalised=penalised,
        comparison=comparison,
        certainty=" ".join(filter(None, (best_sentence(comparison), repeats_sentence(comparison)))),
        findings=list(filter(None, findings)),
        legend=entries,
        legend_by_name={entry.name: entry for entry in entries},
        panels={panel.slug: panel for panel in shown},
        **_picking(comparison, choice, candidates),
        page_data=page_data(shown, candidates, views(comparison.measures) if choice else ()),
        notes=comparison.notes,
        recipes={"title": TITLE, "methods": comparison.ranking, "rows": recipe_cells(comparison)},
        gap_note=GAP_NOTE,
        dead_sentence=dead_sentence(comparison.measures),
        plotly=_plotly(),
        diagram=_diagram(comparison, entries),
        ranks_caption=ranks_caption(comparison),
        posterior_note=posterior_note(of="the differences between repeats of equal number"),
        **_method_tables(comparison, report_tables(comparison, choice)),
    )


def _picking(
    comparison: Comparison, choice: ChosenNetworks | None, candidates: tuple[Network, ...]
) -> dict[str, object]:
    """What the recommended network, the picker and the cards of networks are filled with, by name."""
    if choice is None:
        lists: dict[str, object] = dict.fromkeys(("rules", "cards", "importance_sentences"), ())
        return {"recommended": None, "picker_data": None, "omitted": 0, **lists}
    return {
        "recommended": recommended(choice, comparison.measures),
        "picker_data": picker_data(comparison, choice, candidates),
        "omitted": choice.omitted,
        "rules": offered_rules(comparison, choice),
        "cards": _cards(choice, comparison.measures),
        "importance_sentences": importance_sentences(choice.importances),
    }


def _plotly() -> Markup:
    """The script that plotly draws with."""
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 - tables need no figures

    return Markup(get_plotlyjs())  # noqa: S704


def _diagram(comparison: Comparison, entries: Sequence[LegendEntry]) -> RankDiagram | None:
    """The diagram of mean ranks in the legend's colours; None where nothing is ranked."""
    colours = {entry.name: entry.colour for entry in entries}
    return rank_diagram(comparison.ranks, colours) if comparison.ranks else None


def _cards(choice: ChosenNetworks, measures: Measures) -> list[NetworkCard]:
    summaries, template = choice.network_summaries.values(), choice.template
    return [network_card(summary, choice.folder, measures, template=template) for summary in summaries]


def _method_tables(comparison: Comparison, tables: Sequence[ReportTable]) -> dict[str, Any]:
    """What the template shows of the methods: every table by its name, empty where there is none, and sentences."""
    rows = {table.name: table.rows for table in tables}
    return {
        "verdict": verdict(comparison),
        "ranking_measure": ranking_measure(comparison),
        "has_repeats": comparison.has_repeats,
        "least_p_note": least_p_note(comparison),
        **{name: rows.get(name, ()) for name in SHOWN},
    }
