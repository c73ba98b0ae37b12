"""``Folder``: a study's output folder, with the paths of its files and atomic writes."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontsearch.errors import UserError, option
from frontsearch.folder.directory import Directory, check_no_link
from frontsearch.folder.owner import Owner
from frontsearch.folder.trial_files import TrialFiles

# The files that a study writes to its folder; subfolders are not among them.
STUDY_FILES = frozenset(
    {
        "study.toml", "ledger.journal", "report.html", "summary.json", "trials.csv", "fronts.csv", "sparse_fronts.csv",
        "unit_fronts.csv", "attainment.csv", "attainment_differences.csv", "learning_curves.csv", "tables.json",
    }
)  # fmt: skip

SUBFOLDERS = frozenset({"checkpoints", "curves", "benchmarks", "artifacts", "owner"})

OPTIMISER_STATE = "optimiser/"  # prefix of the optimiser's tensors in a checkpoint


@dataclass(frozen=True)
class Folder:
    """The output folder of one study."""

    path: Path

    @property
    def study(self) -> Path:
        """The resolved study file."""
        return self.path / "study.toml"

    @property
    def journal(self) -> Path:
        """The Optuna journal."""
        return self.path / "ledger.journal"

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints, named by trial key."""
        return self.path / "checkpoints"

    @property
    def curves(self) -> Path:
        """Folder of the learning curves, named by trial key."""
        return self.path / "curves"

    @property
    def benchmarks(self) -> Path:
        """Folder of what ``frontsearch bench`` measured, named by trial key."""
        return self.path / "benchmarks"

    @property
    def artifacts(self) -> Path:
        """Folder of the files that the dashboard serves."""
        return self.path / "artifacts"

    @property
    def report(self) -> Path:
        """The report page."""
        return self.path / "report.html"

    @property
    def owner(self) -> Owner | None:
        """What the folder belongs to; None if it is new, or an earlier version wrote it.

        Raises:
            UserError: If it cannot be read.
        """
        return Owner.read(self._files)

    def claim(self, owner: Owner) -> Owner | None:
        """Records the owner of the folder unless it has one by now; returns the one that it then has.

        Raises:
            UserError: If it cannot be written.
        """
        return owner.claim(self._files)

    def check_owner(self, name: str, fingerprint: str | None = None) -> Mapping[str, Any]:
        """Checks that the folder is free or belongs to this study, and returns the content of its study file.

        Args:
            name: Name of the study.
            fingerprint: Fingerprint of the study's task; None compares only the name.

        Returns:
            The study file as a mapping; empty if there is none yet.

        Raises:
            UserError: If the folder belongs to another study or task, is a file, its path is not valid UTF-8, or
                one of its files is a link where a study would write.
        """
        try:
            str(self.path.absolute()).encode()
        except UnicodeEncodeError as error:  # the report names the folder and could not be written
            raise UserError(f"{option('out')} must be a path in UTF-8; found {str(self.path)!a}.") from error
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{option('out')} must be a folder; {self.path} is a file.")
        for inside in sorted(SUBFOLDERS | {self.study.name, self.journal.name}):
            check_no_link(self.path / inside)
        if owner := self.owner:
            self._check_same({"name": owner.study, "fingerprint": owner.task}, name, fingerprint)
        if not self.study.exists():
            return {}
        try:
            stored: Mapping[str, Any] = tomllib.loads(self.study.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UserError(
                f"{self.study} must be the study this folder belongs to; it cannot be read: {error}."
            ) from error
        self._check_same(stored, name, fingerprint)
        return stored

    def _check_same(self, stored: Mapping[str, Any], name: str, fingerprint: str | None) -> None:
        for key, expected in (("name", name), ("fingerprint", fingerprint)):
            if expected is not None and stored.get(key) != expected:
                meaning = "study" if key == "name" else "task (data, split, network or penalised weights)"
                raise UserError(
                    f"The folder {self.path} holds another {meaning}: {stored.get(key)!r} and not {expected!r}; "
                    f"choose another with {option('out')}."
                )

    def check_free(self) -> None:
        """Raises a UserError if the folder has a file that a study would overwrite and that no study wrote."""
        if self.study.exists():
            return
        taken = sorted(name for name in STUDY_FILES if (self.path / name).exists())
        if taken and not self.journal.exists():
            raise UserError(
                f"{option('out')} must be a new folder or a study's; {self.path} has no study.toml, but {taken[0]}, "
                "which would be overwritten."
            )

    def write(self, name: str, content: str | bytes) -> None:
        """Writes a file whole or not at all.

        Raises:
            UserError: If the file cannot be written, for instance because the disk is full; an old file then remains.
        """
        self._files.write(name, content)

    def copy_checkpoints(self, other: "Folder", keys: Iterable[str]) -> None:
        """Copies the checkpoints of these trials from another folder, unless they are missing there or exist here.

        Raises:
            UserError: If a file cannot be read or written.
        """
        for key in keys:
            source, target = other.weights.find(key), self.weights
            if source is None or target.find(key) is not None:
                continue
            try:
                content = source.read_bytes()
            except OSError as error:
                raise UserError(f"{source} could not be copied to {self.checkpoints}: {error}.") from error
            target.write(key, content)

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes the checkpoints, learning curves and benchmarks of these trials.

        Raises:
            UserError: If one cannot be deleted.
        """
        keys = list(keys)
        for files in (self.weights, self.learning_curves, TrialFiles(self.benchmarks, ".json")):
            for key in files.among(keys):
                files.delete(key)

    def sweep(self) -> None:
        """Deletes what writes of processes that were killed have left behind.

        Raises:
            UserError: If it cannot be deleted.
        """
        for directory in (self._files, *(Directory(self.path / name) for name in sorted(SUBFOLDERS))):
            directory.sweep()

    @property
    def weights(self) -> TrialFiles:
        """The checkpoints, by trial key."""
        return TrialFiles(self.checkpoints, ".safetensors")

    @property
    def learning_curves(self) -> TrialFiles:
        """The learning curves, by trial key."""
        return TrialFiles(self.curves, ".json")

    @property
    def _files(self) -> Directory:
        return Directory(self.path, follow=True)
