"""Files that optuna-dashboard offers for an Optuna study and its trials."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from optuna import Study
from optuna.storages import BaseStorage

from frontsearch.folder import Directory

REPORT = "report.html"
MIME_TYPES = {".html": "text/html", ".csv": "text/csv", ".json": "application/json"}


class Artifacts:
    """The artifacts of one Optuna study and of its trials.

    Optuna's ``upload_artifact`` rejects finished trials and copies a file again at every call. This class therefore
    records a trial's artifacts in the study's system attributes, where optuna-dashboard looks as well. An artifact's id
    depends only on its owner and its file name, so it is recorded once, and a folder that has the file keeps it. An
    artifact that a reader deleted in the dashboard stays deleted.

    Args:
        study: The Optuna study.
        storage: The storage that holds it.
        folder: Folder of the artifacts; files are named by artifact id.
    """

    def __init__(self, study: Study, storage: BaseStorage, folder: Path) -> None:
        self._study, self._storage, self._files = study, storage, Directory(folder)
        self.study_id = storage.get_study_id_from_name(study.study_name)
        self._attributes = storage.get_study_system_attrs(self.study_id)

    def attach(self, name: str, content: Callable[[], bytes], *, trial: int | None = None) -> None:
        """Writes an artifact and records it, unless it is already recorded.

        Args:
            name: File name shown in the dashboard.
            content: Returns the file's content. A trial's artifact never changes, so an existing file is kept.
            trial: Optuna's number of the trial that owns the artifact; None if the study does.

        Raises:
            UserError: If it cannot be written, or there is a link in its place.
        """
        artifact = self._artifact_id(name, trial)
        attribute = self._attribute_prefix(trial) + artifact
        if self._attributes.get(attribute) == "null":  # the dashboard's mark for a deleted artifact
            return
        if trial is None or self._files.file(artifact) is None:
            self._files.write(artifact, content())
        if attribute not in self._attributes:
            mime_type = MIME_TYPES.get(Path(name).suffix, "application/octet-stream")
            meta = {"artifact_id": artifact, "filename": name, "mimetype": mime_type, "encoding": None}
            self._storage.set_study_system_attr(self.study_id, attribute, json.dumps(meta))

    def url_path(self, name: str) -> str:
        """The path under which the dashboard serves one of the study's own artifacts."""
        # As optuna_dashboard.artifact.get_artifact_path has it, which takes a second to import.
        return f"/artifacts/{self.study_id}/{self._artifact_id(name, None)}"

    def trial_id(self, number: int) -> int:
        """The storage's id of the trial with this number."""
        return self._storage.get_trial_id_from_study_id_trial_number(self.study_id, number)

    def has_plot(self, plot_id: str) -> bool:
        """Whether the study has a plot with this id."""
        return any(name.startswith(f"dashboard:plot_data:{plot_id}:") for name in self._attributes)

    def _artifact_id(self, name: str, trial: int | None) -> str:
        return artifact_id(self._study.study_name, name, trial=trial)

    def _attribute_prefix(self, trial: int | None) -> str:
        if trial is None:
            return "artifacts:"
        return f"dashboard:artifacts:{self.trial_id(trial)}:"


def artifact_id(study: str, name: str, *, trial: int | None = None) -> str:
    """The id of an artifact, which depends only on its owner and its file name.

    Args:
        study: Name of the Optuna study.
        name: File name.
        trial: Optuna's number of the trial that owns it; None if the study does.
    """
    return hashlib.sha256(json.dumps([study, trial, name]).encode()).hexdigest()[:32]
