"""Every table of a report, from one place: the page shows them, and ``tables.json`` keeps them for other forms."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from frontsearch.comparison import Comparison
from frontsearch.errors import one_line
from frontsearch.measures import Measures
from frontsearch.report.evidence import posterior_rows
from frontsearch.report.figures.anytime import anytime_rows
from frontsearch.report.figures.rank_diagram import rank_rows
from frontsearch.report.importance_table import importance_rows
from frontsearch.report.indicator_tables import indicator_rows, knee_rows, source_rows
from frontsearch.report.network_card import network_card
from frontsearch.report.recipe_table import TITLE, recipe_rows
from frontsearch.report.repeat_tables import best_first, effect_rows, epochs_rows, pair_rows, range_rows
from frontsearch.selection import ChosenNetworks

TABLES = "tables.json"
KEY_DIGITS = 8


def _as_wide(rows: "Rows") -> "Rows":
    if any(len(row) != len(rows[0]) for row in rows):
        raise ValueError("all rows must be as wide as the header")
    return rows


Text = Annotated[str, AfterValidator(one_line)]
Rows = tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportTable:
    """A table as texts.

    Attributes:
        name: Its name, that of files with it.
        title: What it shows.
        rows: Its rows, as wide as the first, the header.
    """

    name: Annotated[str, Field(pattern=re.compile(r"^[\w-]+\Z", re.ASCII), max_length=100)]
    title: Text
    rows: Annotated[Rows, Field(min_length=1), AfterValidator(_as_wide)]


TABLES_JSON = TypeAdapter(tuple[ReportTable, ...])


def report_tables(comparison: Comparison, choice: ChosenNetworks | None = None) -> tuple[ReportTable, ...]:
    """The tables of a report in reading order.

    Args:
        comparison: The runs to report.
        choice: Picked networks and their summaries; None if the runs come from several studies.
    """
    candidates = [
        *(_network_tables(choice, comparison.measures) if choice else ()),
        *_method_tables(comparison),
        *(_importance(choice) if choice else ()),
        ("sources", "Study or file that each method's results come from", source_rows(comparison)),
    ]
    return tuple(
        ReportTable(name=name, title=title, rows=tuple(map(tuple, rows))) for name, title, rows in candidates if rows
    )


def tables_json(tables: Sequence[ReportTable]) -> bytes:
    """Content of ``tables.json``."""
    return TABLES_JSON.dump_json(tuple(tables), indent=1) + b"\n"


Candidate = tuple[str, str, Sequence[tuple[str, ...]]]


def _method_tables(comparison: Comparison) -> Iterator[Candidate]:
    trained = any(result.run.trials for result in comparison.runs)
    tested = comparison.has_repeats and len(comparison.methods) > 1
    yield "knees", "Knees by method", best_first(comparison, knee_rows(comparison))
    yield "indicators", "Quality and cost", best_first(comparison, indicator_rows(comparison))
    if tested:
        yield "pairs", f"{comparison.ranking[0]} against every other method", pair_rows(comparison)
        yield "effects", "A (Vargha and Delaney's A12) for every pair of methods", effect_rows(comparison)
    if comparison.has_repeats:
        yield "ranges", "Spread of the indicators over repeats", range_rows(comparison)
    if trained:
        yield "anytime", "Hypervolume over time", anytime_rows(comparison)
        yield "epochs", "Epochs to a share of the reference hypervolume", epochs_rows(comparison)
    if comparison.ranks:
        yield "ranks", "Mean ranks", rank_rows(comparison.ranks)
    if comparison.posteriors:
        yield "posteriors", f"Probability that {comparison.ranking[0]} is better", posterior_rows(comparison)
    yield "recipes", TITLE, recipe_rows(comparison)


def _network_tables(choice: ChosenNetworks, measures: Measures) -> Iterator[Candidate]:
    for summary in choice.network_summaries.values():
        card = network_card(summary, choice.folder, measures, template=choice.template)
        key = card.key[:KEY_DIGITS]
        yield f"recipe-{key}", f"Recipe of trial {key}", card.recipe.changed
        yield f"recipe-rest-{key}", f"Recipe of trial {key}, as in the study's template", card.recipe.unchanged
        yield f"layers-{key}", f"Layers of trial {key}", card.layers
        if card.benchmark:
            timed = card.benchmark.timings
            yield f"sizes-{key}", f"Sizes of files with trial {key}", card.benchmark.sizes if timed else ()
            yield f"times-{key}", f"Times of trial {key}", timed


def _importance(choice: ChosenNetworks) -> Iterator[Candidate]:
    yield "importance", "Hyperparameter importance", importance_rows(choice.importances)
