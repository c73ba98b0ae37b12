"""Files that optuna-dashboard offers beside an Optuna study and its trials."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from optuna import Study
from optuna.storages import BaseStorage
from optuna_dashboard.artifact import get_artifact_path

MIME_TYPES = {".html": "text/html", ".csv": "text/csv", ".json": "application/json"}


class Artifacts:
    """The artifacts of one Optuna study and of its trials.

    Optuna's own ``upload_artifact`` takes no trial that has finished, and copies a file again whenever it is asked to.
    What a trial has is therefore noted on its study, where optuna-dashboard has looked since before Optuna knew of
    artifacts, and an artifact's id hangs on what it belongs to and on its name: it is noted once, and a folder that
    has it need not copy it again. Nothing takes an artifact back but its reader: one that was deleted in the dashboard
    stays deleted.

    Args:
        study: The Optuna study.
        storage: Where it lives.
        folder: Of the files, which are named by their ids.
    """

    def __init__(self, study: Study, storage: BaseStorage, folder: Path) -> None:
        self._study, self._storage, self._folder = study, storage, folder
        self._number = storage.get_study_id_from_name(study.study_name)
        self._noted = storage.get_study_system_attrs(self._number)

    def attach(self, name: str, write: Callable[[Path], object], *, trial: int | None = None) -> None:
        """Notes an artifact, unless it is noted, and has it written.

        Args:
            name: The file's name, as the dashboard shows it.
            write: Writes the file to the path it is given. What belongs to a trial never changes, so it is not written
                where it is already.
            trial: Optuna's number of the trial it belongs to; None is the study itself.
        """
        path = self._folder / self._id(name, trial)
        place = self._place(trial) + path.name
        if self._noted.get(place) == "null":  # as the dashboard notes what it has deleted
            return
        if trial is None or not path.exists():
            self._written(path, write)
        if place not in self._noted:
            kind = MIME_TYPES.get(Path(name).suffix, "application/octet-stream")
            meta = {"artifact_id": path.name, "filename": name, "mimetype": kind, "encoding": None}
            self._storage.set_study_system_attr(self._number, place, json.dumps(meta))

    def address(self, name: str) -> str:
        """The path at which the dashboard serves an artifact of the study itself."""
        return str(get_artifact_path(self._study, self._id(name, None)))

    def drawn(self, figure: str) -> bool:
        """Whether the study itself has a figure of this id."""
        return any(name.startswith(f"dashboard:plot_data:{figure}:") for name in self._noted)

    def _written(self, path: Path, write: Callable[[Path], object]) -> None:
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def _id(self, name: str, trial: int | None) -> str:
        owner = [self._study.study_name, trial, name]
        return hashlib.sha256(json.dumps(owner).encode()).hexdigest()[:32]

    def _place(self, trial: int | None) -> str:
        if trial is None:
            return "artifacts:"
        number = self._storage.get_trial_id_from_study_id_trial_number(self._number, trial)
        return f"dashboard:artifacts:{number}:"
