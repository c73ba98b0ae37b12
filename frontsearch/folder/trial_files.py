"""``TrialFiles``: files of one folder, one per trial, named by trial key."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from frontsearch.errors import UserError
from frontsearch.folder.directory import Directory

KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class TrialFiles:
    """Files of one folder, one per trial, named by trial key; keys and links that would lead out of it are refused.

    Attributes:
        folder: The folder, which is made by the first write.
        suffix: What follows the key in a file's name.
    """

    folder: Path
    suffix: str

    def find(self, key: str) -> Path | None:
        """The path of a trial's file; None if there is none.

        Raises:
            UserError: If the key is no key, or the file or the folder is a link.
        """
        return Directory(self.folder).file(self._name(key))

    def write(self, key: str, content: str | bytes) -> None:
        """Writes a trial's file whole or not at all.

        Raises:
            UserError: If the key is no key, the folder is a link, or the file cannot be written.
        """
        Directory(self.folder).write(self._name(key), content)

    def delete(self, key: str) -> None:
        """Deletes a trial's file, if there is one.

        Raises:
            UserError: If the key is no key, the folder is a link, or the file cannot be deleted.
        """
        Directory(self.folder).delete(self._name(key))

    def among(self, keys: Iterable[str]) -> list[str]:
        """Those of these keys that have a file, or a link by its name.

        Raises:
            UserError: If one is no key, or the folder is a link.
        """
        taken = Directory(self.folder).taken()
        return [key for key in keys if self._name(key) in taken]

    def keys(self) -> set[str]:
        """The keys of all trials that have a file."""
        stems = {
            name.removesuffix(self.suffix) for name in Directory(self.folder).names() if name.endswith(self.suffix)
        }
        return {stem for stem in stems if KEY.fullmatch(stem)}

    def _name(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise UserError(f"The key of a trial must be 32 hexadecimal digits; found {key!r}. Was a ledger changed?")
        return key + self.suffix
