"""The output folders that a storage lists as a study's own, by their identifiers."""

from optuna.storages import BaseStorage

from frontsearch.ledger.storage import storage_errors

FOLDER = "frontsearch:folder:"  # prefix of the system attributes of an Optuna study that list output folders
COMPARISON = "comparison"  # the Optuna study NAME/comparison has no trials, only what the dashboard shows


def comparison_name(study: str) -> str:
    """Name of the Optuna study with what the dashboard shows of a study as a whole."""
    return f"{study}/{COMPARISON}"


def list_folder(storage: BaseStorage, study: str, identifier: str) -> None:
    """Lists an output folder with the Optuna study of this name."""
    with storage_errors("The output folder"):
        study_id = storage.get_study_id_from_name(study)
        storage.set_study_system_attr(study_id, f"{FOLDER}{identifier}", value=True)


def is_listed(storage: BaseStorage, study: str, identifier: str) -> bool:
    """Whether the Optuna study of this name lists an output folder."""
    try:
        study_id = storage.get_study_id_from_name(study)
    except KeyError:
        return False
    return f"{FOLDER}{identifier}" in storage.get_study_system_attrs(study_id)
