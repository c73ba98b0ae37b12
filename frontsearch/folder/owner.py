"""``Owner``: the study and the ledger that an output folder belongs to, as the folder itself says."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from typing import Self

from frontsearch.errors import UserError
from frontsearch.folder.directory import Directory

FILE = "ledger.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """What an output folder belongs to. A ledger keeps checkpoints for itself alone, so a folder has one.

    Attributes:
        study: Name of the study.
        task: Fingerprint of its task.
        storage: Address of the storage that has the ledger, without a password; None is the folder's own journal.
        id: Random identifier of the folder, which the storage lists, whatever its address is by then.
    """

    study: str
    task: str
    storage: str | None
    id: str = field(default_factory=lambda: secrets.token_hex(16))

    @classmethod
    def read(cls, directory: Directory) -> Self | None:
        """The owner of the folder; None if it has none, as folders of earlier versions have not.

        Raises:
            UserError: If it cannot be read.
        """
        path = Directory(directory.path / "owner").file(FILE)
        if path is None:
            return None
        try:
            owner = cls(**json.loads(path.read_text(encoding="utf-8")))
            valid = all(isinstance(text, str) for text in (owner.study, owner.task, owner.id))
            if not (valid and isinstance(owner.storage, str | None)):
                raise ValueError("its values must be text")  # noqa: TRY301 - one sentence for all that is wrong
        except (OSError, ValueError, TypeError) as error:
            raise UserError(
                f"{path} must say which study the folder belongs to; it cannot be read: {error}. Without the folder "
                f"{path.parent}, the next study that runs here owns it."
            ) from error
        return owner

    def claim(self, directory: Directory) -> Self | None:
        """Records this owner in the folder unless it has one by now; returns the one that it then has.

        Raises:
            UserError: If it cannot be written.
        """
        directory.add_folder("owner", FILE, json.dumps(asdict(self), indent=2) + "\n")
        return self.read(directory)
