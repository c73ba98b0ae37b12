"""What mattered for reaching the front, in rows of text."""

from collections.abc import Sequence

from frontsearch.comparison import Importance


def importance_rows(importances: Sequence[Importance]) -> tuple[tuple[str, ...], ...]:
    """The header and a row a recipe field, the most important first: its median share in each search that can tell."""
    told = [one for one in importances if one.shares]
    fields = {name: max(one.medians.get(name, 0.0) for one in told) for one in told for name in one.shares}
    rows = (
        (name, *(f"{one.medians[name]:.2f}" if name in one.medians else "" for one in told))
        for name in sorted(fields, key=lambda name: -fields[name])
    )
    return (("field", *(one.method for one in told)), *rows) if told else ()


def importance_words(importances: Sequence[Importance]) -> tuple[str, ...]:
    """By how many trainings each search was judged, or why it was not."""
    judged = "; ".join(f"{one.method} {'/'.join(map(str, one.trainings))}" for one in importances if one.shares)
    words = [f"Trainings judged by, in each repeat: {judged}."] if judged else []
    return (*words, *(f"{one.method}: {one.reason}" for one in importances if not one.shares))
