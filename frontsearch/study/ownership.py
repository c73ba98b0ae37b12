"""A study's claim on its output folder: a ledger decides which checkpoints are kept, so a folder has only one."""

from optuna.storages import BaseStorage

from frontsearch.errors import UserError, option
from frontsearch.folder import Folder, Owner
from frontsearch.ledger import Ledger, hide_password

Storage = str | BaseStorage | None  # the URL of a storage, or the storage itself; None is the journal in the folder


def check_kind_of_ledger(folder: Folder, storage: Storage) -> None:
    """Checks that a folder is used with its journal, or with a database, as it was before; opens neither.

    In folders of earlier versions, which name no ledger, checkpoints are of the journal if there is one.

    Raises:
        UserError: If it is not.
    """
    owner = folder.owner
    if owner is None and not folder.weights.keys():
        return
    of_journal = folder.journal.exists() if owner is None else owner.storage is None
    if of_journal and storage is not None:
        raise UserError(
            f"The folder {folder.path} belongs to the ledger in its ledger.journal and not in {_in_words(storage)}; "
            f"leave {option('storage')} out, or choose another folder with {option('out')}."
        )
    if storage is None and not of_journal:
        known = repr(owner.storage) if owner and owner.storage else "a database"
        raise UserError(
            f"The folder {folder.path} belongs to a ledger in {known} and not in a ledger.journal; name that database "
            f"with {option('storage')}, or choose another folder with {option('out')}."
        )


def claim(folder: Folder, ledger: Ledger, storage: Storage) -> None:
    """Makes the folder the study's and its ledger's, for good; of several at the same moment, one gets it.

    The storage lists the folder before the folder names the storage, so that whoever reads the folder's owner finds it
    listed, even if the process that wrote it was killed in between.

    Raises:
        UserError: If the folder belongs to another study, task or ledger, or cannot be written to.
    """
    mine = Owner(study=ledger.name, task=ledger.fingerprint, storage=None if storage is None else _address(storage))
    if storage is not None and folder.owner is None:
        ledger.add_folder(mine.id)
    owner = folder.owner or folder.claim(mine)
    folder.check_owner(ledger.name, ledger.fingerprint)
    check_kind_of_ledger(folder, storage)
    if storage is not None and owner is not None and not ledger.has_folder(owner.id):
        raise UserError(
            f"The folder {folder.path} belongs to a ledger in {owner.storage!r} and not in {_in_words(storage)}, which "
            f"does not list it; name that database with {option('storage')}, or choose another folder with "
            f"{option('out')}."
        )


def _address(storage: str | BaseStorage) -> str:
    return hide_password(storage) if isinstance(storage, str) else type(storage).__name__


def _in_words(storage: str | BaseStorage) -> str:
    return option("storage", hide_password(storage)) if isinstance(storage, str) else type(storage).__name__
