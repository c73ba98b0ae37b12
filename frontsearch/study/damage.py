"""Sentences on what of a study is damaged; without torch, as reading a study needs none."""

from collections.abc import Iterable

from frontsearch.comparison import RunResult
from frontsearch.folder import Folder, changed_files
from frontsearch.ledger import Ledger

SHOWN = 5  # sentences of each kind


def damage_notes(ledger: Ledger) -> tuple[str, ...]:
    """What of the storage is damaged and was left out; of a long list the beginning."""
    found = ledger.set_aside
    more = len(found) - SHOWN
    return (*found[:SHOWN], *([f"So are {more} more records of the ledger."] if more > 0 else []))


def file_notes(runs: Iterable[RunResult], folder: Folder) -> tuple[str, ...]:
    """Which files of the networks on the fronts are not those that their trainings wrote."""
    points = {point.trial.key: point.trial for result in runs for point in result.networks}
    found = [sentence for trial in points.values() for sentence in changed_files(trial, folder)]
    more = len(found) - SHOWN
    return (*found[:SHOWN], *([f"So are {more} more files."] if more > 0 else []))
