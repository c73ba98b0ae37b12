"""Adds a finished study's comparison and the networks on its fronts to the Optuna storage, for optuna-dashboard."""

import hashlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from html import escape

from optuna.exceptions import ExperimentalWarning

from frontsearch.comparison import Comparison, RunResult
from frontsearch.dashboard.artifacts import REPORT, Artifacts
from frontsearch.dashboard.reduction import reduced
from frontsearch.dashboard.trial_notes import Notes, network_notes
from frontsearch.folder import Folder, changed_checkpoint, changed_curve
from frontsearch.ledger import Ledger, storage_errors
from frontsearch.report import (
    Chart,
    anytime_chart,
    difference_chart,
    indicator_rows,
    listed,
    markdown,
    objectives_chart,
    plot,
    verdict,
)
from frontsearch.selection import study_savings

FILES = (REPORT, "fronts.csv")
Export = Callable[[str], bytes]
DIGEST = "digest"  # user attribute of the Optuna study NAME/comparison: digest of its figures and note


def publish(comparison: Comparison, ledger: Ledger, folder: Folder, *, export: Export, in_python: bool) -> None:
    """Adds the comparison to the Optuna study ``NAME/comparison``, and networks to the trials of every front.

    Nothing is written twice, because a journal can only grow.

    Args:
        comparison: All runs of the study.
        ledger: The study's ledger.
        folder: The study's output folder.
        export: Returns the network of the trial with a given key as the content of a file.
        in_python: Whether a program made the task, so that only that program exports networks.

    Raises:
        UserError: If the storage or the folder is not writable, or a checkpoint is damaged.
    """
    with storage_errors("The dashboard's content"):
        _publish_comparison(comparison, ledger, folder)
        savings = study_savings(comparison, folder.path)
        for result in comparison.runs:
            notes = network_notes(result, comparison.measures, savings, folder=folder.path, in_python=in_python)
            _attach_networks(result, ledger, folder, export=export, notes=notes)


def _publish_comparison(comparison: Comparison, ledger: Ledger, folder: Folder) -> None:
    study = ledger.comparison_study()
    artifacts = Artifacts(study, ledger.storage, folder.artifacts)
    for name in FILES:
        artifacts.attach(name, (folder.path / name).read_bytes)
    table = markdown(indicator_rows(comparison))
    sentences = escape(" ".join((verdict(comparison), *comparison.notes, _scope(comparison))), quote=False)
    note = f"{sentences} [Open the report]({artifacts.url_path(FILES[0])})\n\n{table}\n"
    charts = _charts(comparison, had_difference=artifacts.has_plot("difference"))
    figures = {chart.slug: reduced(plot(chart)) for chart in charts}
    content = "".join([note, *(figure.to_json() for figure in figures.values())])
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    if study.user_attrs.get(DIGEST) == digest:
        return
    from optuna_dashboard import save_plotly_graph_object  # noqa: PLC0415 - a second of imports, for what is new alone

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        for slug, figure in figures.items():
            save_plotly_graph_object(study, figure, graph_object_id=slug)
    Notes(ledger.storage, artifacts.study_id).save(note)
    study.set_user_attr(DIGEST, digest)


def _scope(comparison: Comparison) -> str:
    """Which methods the comparison covers: several coordinators, each with some methods, may share a storage."""
    return f"These are the results of the last command to finish, for {listed(comparison.methods)}."


def _charts(comparison: Comparison, *, had_difference: bool) -> Iterator[Chart]:
    """The figures to save; ``had_difference`` says whether an earlier command saved a difference of two methods."""
    yield objectives_chart(comparison)
    yield anytime_chart(comparison)
    if len(comparison.methods) > 1 and comparison.reference_front.trials:
        yield difference_chart(comparison, *comparison.ranking[:2])
    elif had_difference:  # a saved figure cannot be deleted, only replaced
        yield Chart(slug="difference", title="No difference to show: fewer than two fronts", x_title="", y_title="")


def _attach_networks(
    result: RunResult, ledger: Ledger, folder: Folder, *, export: Export, notes: Mapping[str, str]
) -> None:
    """Attaches networks, learning curves and notes to the trials on a run's fronts."""
    trials = {point.trial.key: point.trial for point in result.networks}
    if not trials:
        return
    run = result.run
    artifacts = Artifacts(ledger.optuna_study(run.method, run.repeat), ledger.storage, folder.artifacts)
    numbers = ledger.trial_numbers(run.method, run.repeat)
    trial_notes = Notes(ledger.storage, artifacts.study_id)
    for key, trial in sorted(trials.items()):
        checkpoint, curve = folder.weights.find(key), folder.learning_curves.find(key)
        if key not in numbers:  # a trial of another run, which this unfinished run would have trained next
            continue
        if checkpoint and not changed_checkpoint(trial, folder):
            artifacts.attach(checkpoint.name, partial(export, key), trial=numbers[key])
        if curve and not changed_curve(trial, folder):
            artifacts.attach(curve.name, curve.read_bytes, trial=numbers[key])
        trial_notes.save_once(notes[key], trial=artifacts.trial_id(numbers[key]))
