"""What a finished study leaves for optuna-dashboard: its comparison, and the networks of its fronts."""

import hashlib
import shutil
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from optuna.exceptions import ExperimentalWarning
from optuna_dashboard import save_note, save_plotly_graph_object

from frontsearch.comparison import Comparison, RunResult
from frontsearch.dashboard.artifacts import Artifacts
from frontsearch.dashboard.sketch import sketched
from frontsearch.folder import Folder
from frontsearch.ledger import Ledger, storage_errors
from frontsearch.report import (
    Chart,
    anytime_chart,
    difference_chart,
    indicator_rows,
    markdown,
    objectives_chart,
    plot,
    verdict,
)

FILES = ("report.html", "fronts.csv")
Export = Callable[[str, Path], None]
DIGEST = "digest"  # attribute of the study NAME/comparison: of its figures and note


def publish(comparison: Comparison, ledger: Ledger, folder: Folder, *, export: Export) -> None:
    """Puts the comparison on the Optuna study ``NAME/comparison``, and their networks on the trials of every front.

    What is there already is not put there again: a journal only ever grows.

    Args:
        comparison: All runs of the study.
        ledger: Its ledger.
        folder: Its output folder.
        export: Writes the network of the trial with this key to a file.

    Raises:
        UserError: When the storage or the folder cannot be written to, or a checkpoint is damaged.
    """
    with storage_errors("What the dashboard shows"):
        _publish_comparison(comparison, ledger, folder)
        for figures in comparison.runs:
            _attach_networks(figures, ledger, folder, export=export)


def _publish_comparison(comparison: Comparison, ledger: Ledger, folder: Folder) -> None:
    study = ledger.comparison_study()
    artifacts = Artifacts(study, ledger.storage, folder.artifacts)
    for name in FILES:
        artifacts.attach(name, partial(shutil.copyfile, folder.path / name))
    table = markdown(indicator_rows(comparison))
    words = " ".join((verdict(comparison), *comparison.notes, _ended_last(comparison)))
    note = f"{words} [Open the report]({artifacts.address(FILES[0])})\n\n{table}\n"
    figures = {chart.slug: sketched(plot(chart)) for chart in _charts(comparison, before=artifacts.drawn("difference"))}
    digest = hashlib.sha256("".join([note, *(figure.to_json() for figure in figures.values())]).encode()).hexdigest()[
        :16
    ]
    if study.user_attrs.get(DIGEST) == digest:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        for slug, figure in figures.items():
            save_plotly_graph_object(study, figure, graph_object_id=slug)
    save_note(study, note)
    study.set_user_attr(DIGEST, digest)


def _ended_last(comparison: Comparison) -> str:
    """Whose comparison it is: several coordinators may share a storage, each with some methods."""
    return f"This is of the command that ended last, with {' and '.join(comparison.methods)}."


def _charts(comparison: Comparison, *, before: bool) -> Iterator[Chart]:
    """The figures; ``before`` is whether there is a difference of another command's two best."""
    yield objectives_chart(comparison)
    yield anytime_chart(comparison)
    if len(comparison.methods) > 1 and comparison.reference.trials:
        yield difference_chart(comparison, *comparison.ranking[:2])
    elif before:  # a figure cannot be taken back
        yield Chart(slug="difference", title="No two fronts, and so no difference", x_title="", y_title="")


def _attach_networks(figures: RunResult, ledger: Ledger, folder: Folder, *, export: Export) -> None:
    """Puts what the folder has of the points of a run's fronts on their trials: the network and its learning curve."""
    keys = {point.trial.key for point in (*figures.points, *figures.sparse)}
    if not keys:
        return
    run = figures.run
    artifacts = Artifacts(ledger.optuna_study(run.method, run.repeat), ledger.storage, folder.artifacts)
    numbers = ledger.trial_numbers(run.method, run.repeat)
    for key in sorted(keys):
        checkpoint, curve = folder.checkpoints / f"{key}.safetensors", folder.curves / f"{key}.json"
        for file, write in ((checkpoint, partial(export, key)), (curve, partial(shutil.copyfile, curve))):
            if file.is_file() and key in numbers:  # another run's, that one which is not over would have next
                artifacts.attach(file.name, write, trial=numbers[key])
