"""Hyperparameter importance as a table, and the sentences under it."""

from collections.abc import Sequence

from frontsearch.comparison import Importance


def importance_rows(importances: Sequence[Importance]) -> tuple[tuple[str, ...], ...]:
    """A header and one row per hyperparameter, the most important first: its median share in each search.

    Empty if no search had enough trials.
    """
    known = [importance for importance in importances if importance.shares]
    highest = {
        name: max(importance.medians.get(name, 0.0) for importance in known)
        for search in known
        for name in search.shares
    }
    rows = (
        (name, *(f"{search.medians[name]:.2f}" if name in search.medians else "" for search in known))
        for name in sorted(highest, key=lambda name: -highest[name])
    )
    return (("hyperparameter", *(search.method for search in known)), *rows) if known else ()


def importance_sentences(importances: Sequence[Importance]) -> tuple[str, ...]:
    """How many trials each search was assessed on, and each reason once why others were not."""
    counts = "; ".join(
        f"{search.method} {'/'.join(map(str, search.trainings))}" for search in importances if search.shares
    )
    sentences = [f"Trials used, per repeat: {counts}."] if counts else []
    methods: dict[str, list[str]] = {}
    for search in importances:
        if not search.shares:
            methods.setdefault(search.reason, []).append(search.method)
    return (*sentences, *(f"{', '.join(names)}: {reason}" for reason, names in methods.items()))
