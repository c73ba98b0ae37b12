"""``Folder``: a study's output folder, with the paths of its files and atomic writes."""

import os
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontsearch.errors import UserError

# The files that a study writes to its folder; subfolders are not among them.
STUDY_FILES = frozenset(
    {
        "study.toml", "ledger.journal", "report.html", "summary.json", "trials.csv", "fronts.csv", "sparse_fronts.csv",
        "attainment.csv", "attainment_differences.csv", "learning_curves.csv",
    }
)  # fmt: skip

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

    def checkpoint(self, key: str) -> Path:
        """The checkpoint of a trial."""
        return self.checkpoints / f"{key}.safetensors"

    def curve(self, key: str) -> Path:
        """The learning curve of a trial."""
        return self.curves / f"{key}.json"

    @property
    def curves(self) -> Path:
        """Folder of the learning curves, named by trial key."""
        return self.path / "curves"

    @property
    def artifacts(self) -> Path:
        """Folder of the files that the dashboard serves."""
        return self.path / "artifacts"

    @property
    def report(self) -> Path:
        """The report page."""
        return self.path / "report.html"

    def check_owner(self, name: str, fingerprint: str | None = None) -> Mapping[str, Any]:
        """Checks that the folder is free or belongs to this study, and returns the content of its study file.

        Args:
            name: Name of the study.
            fingerprint: Fingerprint of the study's task; None compares only the name.

        Returns:
            The study file as a mapping; empty if there is none yet.

        Raises:
            UserError: If the folder belongs to another study or task, is a file, or its path is not valid UTF-8.
        """
        try:
            str(self.path.absolute()).encode()
        except UnicodeEncodeError as error:  # the report names the folder and could not be written
            raise UserError(f"--out must be a path in UTF-8; found {str(self.path)!a}.") from error
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"--out must be a folder; {self.path} is a file.")
        if not self.study.exists():
            return {}
        try:
            stored: Mapping[str, Any] = tomllib.loads(self.study.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UserError(
                f"{self.study} must be the study this folder belongs to; it cannot be read: {error}."
            ) from error
        for key, expected in (("name", name), ("fingerprint", fingerprint)):
            if expected is not None and stored.get(key) != expected:
                meaning = "study" if key == "name" else "task (data, split, network or penalised weights)"
                raise UserError(
                    f"The folder {self.path} holds another {meaning}: {stored.get(key)!r} and not {expected!r}; "
                    "choose another with --out."
                )
        return stored

    def check_free(self) -> None:
        """Raises a UserError if the folder has a file that a study would overwrite and that no study wrote."""
        if self.study.exists():
            return
        taken = sorted(name for name in STUDY_FILES if (self.path / name).exists())
        if taken and not self.journal.exists():
            raise UserError(
                f"--out must be a new folder or a study's; {self.path} has no study.toml, but {taken[0]}, which would "
                "be overwritten."
            )

    def write(self, name: str, content: str | bytes) -> None:
        """Writes a file atomically: under a temporary name that is then renamed.

        Raises:
            UserError: If the file cannot be written, for instance because the disk is full; an old file then remains.
        """
        temporary = self.path / f".{name}.{os.getpid()}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(content.encode() if isinstance(content, str) else content)
            temporary.replace(self.path / name)
        except OSError as error:
            with suppress(OSError):  # if the folder itself could not be made, there is no file to remove
                temporary.unlink()
            raise UserError(f"{name} could not be written to {self.path}: {error}.") from error

    def copy_checkpoints(self, other: "Folder", keys: Iterable[str]) -> None:
        """Copies the checkpoints of these trials from another folder, unless they are missing there or exist here.

        Raises:
            UserError: If a file cannot be read or written.
        """
        for key in keys:
            source, target = (folder.checkpoints / f"{key}.safetensors" for folder in (other, self))
            if not source.exists() or target.exists():
                continue
            temporary = target.with_name(f".{target.name}.{os.getpid()}")
            try:
                self.checkpoints.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, temporary)
                temporary.replace(target)
            except OSError as error:
                with suppress(OSError):
                    temporary.unlink()
                raise UserError(f"{source} could not be copied to {self.checkpoints}: {error}.") from error

    def delete_except(self, keep: set[str]) -> None:
        """Deletes all checkpoints and learning curves except those of the trials with these keys."""
        for path in (*self.checkpoints.glob("*.safetensors"), *self.curves.glob("*.json")):
            if path.stem not in keep:
                path.unlink()
