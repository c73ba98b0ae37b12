"""What a study's output folder has recorded, as a comparison; nothing is trained and nothing written."""

from frontsearch.boxes import boxes
from frontsearch.comparison import Comparison, compare
from frontsearch.config import read_study
from frontsearch.errors import UserError
from frontsearch.folder import Folder
from frontsearch.ledger import Ledger
from frontsearch.space import Space
from frontsearch.storage import open_storage
from frontsearch.trial import Run


def recorded(folder: Folder, *, storage: str | None = None) -> Comparison:
    """All runs of the study that a folder belongs to; of one that is not over, whatever was recorded.

    Neither data nor networks are needed, so there are no exact and no published fronts.

    Args:
        folder: The output folder.
        storage: URL of the Optuna storage; None is the journal in the folder.

    Raises:
        UserError: When the folder belongs to no study, or there is no ledger.
    """
    for file in (folder.study, *([] if storage else [folder.journal])):
        if not file.is_file():
            raise UserError(f"{folder.path} must be a study's output folder; it has no {file.name}. Was the study run?")
    config = read_study(str(folder.study))
    opened = open_storage(folder.journal if storage is None else storage, to_write=False)
    ledger = Ledger(opened, config.name, fingerprint=config.fingerprint or "", space=Space({}))
    budget = config.epochs
    runs = [
        Run(method=method, repeat=repeat, budget=budget, trials=ledger.told(method, repeat, budget=budget))
        for repeat in range(config.repeats)
        for method in config.methods
    ]
    linear, log = boxes(config)
    split = getattr(config.task, "objective", "train")  # the toy has one example, whatever the split
    return compare(runs, linear=linear, log=log, split=split, certificates=ledger.certificates)
