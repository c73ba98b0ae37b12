"""Notes in Optuna's dashboard: on a study, and on trials, which name their network and say how to get it."""

from collections.abc import Mapping
from html import escape
from math import nan
from pathlib import Path

from optuna.storages import BaseStorage

from frontsearch.comparison import RunResult
from frontsearch.measures import Measures
from frontsearch.selection import Saving, export_command, saving_title

LONGEST = 2045  # characters of one piece, which is optuna-dashboard's limit


class Notes:
    """Notes as optuna-dashboard keeps them, in the system attributes of an Optuna study.

    Its own ``save_note`` takes a trial only while it runs.

    Args:
        storage: The storage that holds the study.
        study: The storage's id of the study.
    """

    def __init__(self, storage: BaseStorage, study: int) -> None:
        self._storage, self._study = storage, study
        self._attributes = storage.get_study_system_attrs(study)

    def save(self, text: str, *, trial: int | None = None) -> None:
        """Replaces a note.

        Args:
            text: The note, as Markdown.
            trial: The storage's id of the trial that has it; None if the study does.
        """
        version, prefix = self._names(trial)
        before = self._attributes.get(version, 0)
        pieces = [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)]
        for number, piece in enumerate(pieces):
            self._set(f"{prefix}{number}", piece)
        left = sum(name.startswith(prefix) for name in self._attributes)
        for number in range(len(pieces), left):
            self._set(f"{prefix}{number}", "")
        self._set(version, before + 1 if type(before) is int else 1)  # it may be damaged

    def save_once(self, text: str, *, trial: int) -> None:
        """Writes the note of a trial that has none, so that what a reader writes there stays."""
        if self._names(trial)[0] not in self._attributes:
            self.save(text, trial=trial)

    def _set(self, name: str, value: str | int) -> None:
        self._storage.set_study_system_attr(self._study, name, value)

    @staticmethod
    def _names(trial: int | None) -> tuple[str, str]:
        owner = "" if trial is None else f"{trial}:"
        return f"dashboard:{owner}note_ver", f"dashboard:{owner}note_str:"


def network_notes(
    result: RunResult, measures: Measures, savings: Mapping[str, Saving], *, folder: Path, in_python: bool
) -> dict[str, str]:
    """A note for each network on a run's fronts, by trial key.

    Args:
        result: The run's result.
        measures: Loss and metrics of the task.
        savings: What one more point of error would save, by trial key.
        folder: Output folder of the study, as the user names it.
        in_python: Whether a program made the task, so that only that program exports networks.
    """
    run, criterion = result.run, measures.criterion
    what = "Get its weights alone, with their zeros" if in_python else "Get it without its dead units"
    notes: dict[str, str] = {}
    for point in result.networks:
        key, metrics = point.trial.key, point.trial.metrics
        values = [f"validation {criterion.label} {criterion.text(metrics.get(criterion.on('validation'), nan))}"]
        values += [f"{metrics[size.key]:,.0f} {size.label}" for size in measures.listed_sizes if size.key in metrics]
        saving = f" {saving_title(criterion)} saves {savings[key].text(measures)}." if key in savings else ""
        sentence = f"Network {key[:8]} of {run.method}, repeat {run.repeat}: {', '.join(values)}.{saving}"
        get = f"{what}:\n\n    {export_command(folder, key, weights_alone=in_python)}\n"
        notes[key] = f"{escape(sentence, quote=False)}\n\n{get}"
    return notes
