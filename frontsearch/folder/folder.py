"""A study's output folder: what is in it, whose it is, and writing to it without ever leaving half a file."""

import os
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontsearch.errors import UserError

# What a study writes there, beside folders.
FILES = frozenset(
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
        """The resolved study."""
        return self.path / "study.toml"

    @property
    def journal(self) -> Path:
        """The Optuna journal."""
        return self.path / "ledger.journal"

    @property
    def checkpoints(self) -> Path:
        """Weights by trial key."""
        return self.path / "checkpoints"

    @property
    def curves(self) -> Path:
        """Learning curves by trial key."""
        return self.path / "curves"

    @property
    def artifacts(self) -> Path:
        """What the dashboard serves."""
        return self.path / "artifacts"

    @property
    def report(self) -> Path:
        """The report page."""
        return self.path / "report.html"

    def claim(self, name: str, fingerprint: str | None = None) -> Mapping[str, Any]:
        """Holds a study against the one that the folder has; what its file says, nothing where there is none.

        Args:
            name: The study's.
            fingerprint: Its task's; None holds the name alone.

        Raises:
            UserError: When the folder holds another study, or the same with another task, or its name is not in UTF-8.
        """
        try:
            str(self.path.absolute()).encode()
        except UnicodeEncodeError as error:  # a report, which names the folder, could not be written in the end
            raise UserError(f"--out must be a path in UTF-8; found {str(self.path)!a}.") from error
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"--out must be a folder; {self.path} is a file.")
        if not self.study.exists():
            return {}
        try:
            there: Mapping[str, Any] = tomllib.loads(self.study.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UserError(
                f"{self.study} must be the study this folder belongs to; it cannot be read: {error}."
            ) from error
        for what, ours in (("name", name), ("fingerprint", fingerprint)):
            if ours is not None and there.get(what) != ours:
                meaning = "study" if what == "name" else "task (data, split, network or penalised weights)"
                raise UserError(
                    f"The folder {self.path} holds another {meaning}: {there.get(what)!r} and not {ours!r}; "
                    "choose another with --out."
                )
        return there

    def write(self, name: str, text: str) -> None:
        """Writes a file under a temporary name and renames it.

        Raises:
            UserError: When the folder cannot be written to, or the disk is full; the old file is then still there.
        """
        temporary = self.path / f".{name}.{os.getpid()}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            temporary.write_text(text, encoding="utf-8", newline="")
            temporary.replace(self.path / name)
        except OSError as error:
            with suppress(OSError):  # where the folder itself is the trouble there is nothing to remove
                temporary.unlink()
            raise UserError(f"{name} could not be written to {self.path}: {error}.") from error

    def borrow(self, former: "Folder", keys: Iterable[str]) -> None:
        """Copies the checkpoints that another folder has of these trials, each under a temporary name first.

        Raises:
            UserError: When one cannot be read or written.
        """
        for key in keys:
            theirs, ours = (folder.checkpoints / f"{key}.safetensors" for folder in (former, self))
            if not theirs.exists() or ours.exists():
                continue
            temporary = ours.with_name(f".{ours.name}.{os.getpid()}")
            try:
                self.checkpoints.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(theirs, temporary)
                temporary.replace(ours)
            except OSError as error:
                with suppress(OSError):
                    temporary.unlink()
                raise UserError(f"{theirs} could not be copied to {self.checkpoints}: {error}.") from error

    def sweep(self, keep: set[str]) -> None:
        """Deletes every checkpoint and learning curve but those of these trials."""
        for kept in (*self.checkpoints.glob("*.safetensors"), *self.curves.glob("*.json")):
            if kept.stem not in keep:
                kept.unlink()
