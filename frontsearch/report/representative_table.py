"""The networks that stand for a front, as rows of a table."""

from collections.abc import Mapping, Sequence

from frontsearch.measures import Measures
from frontsearch.selection import Pick, Saving

Rows = tuple[tuple[str, ...], ...]


def representative_rows(picks: Sequence[Pick], measures: Measures, savings: Mapping[str, Saving]) -> Rows:
    """A header and one row for each network; the last column is what one more point of error would save."""
    criterion = measures.criterion
    header = (
        "network", "method", f"validation {criterion.label}", *(size.label for size in measures.listed_sizes),
        measures.complexity.label, "a point more saves",
    )  # fmt: skip
    return (header, *(_row(picked, measures, savings.get(picked.trial.key)) for picked in picks))


def _row(picked: Pick, measures: Measures, saving: Saving | None) -> tuple[str, ...]:
    metrics, criterion = picked.point.trial.metrics, measures.criterion
    sizes = (f"{metrics[size.key]:,.0f}" if size.key in metrics else "" for size in measures.listed_sizes)
    value = metrics.get(criterion.on("validation"), float("nan"))
    return (
        picked.trial.key[:8], picked.result.run.method, criterion.text(value), *sizes,
        f"{picked.point.complexity:.5g}", _saved(saving, measures.size.key),
    )  # fmt: skip


def _saved(saving: Saving | None, size: str) -> str:
    if saving is None:
        return "unknown"
    if saving.smaller is None:
        return "nothing"
    before, after = (point.trial.metrics[size] for point in (saving.point, saving.smaller))
    return f"{before - after:,.0f} ({1 - after / before:.0%})"
