"""``Lease``: a coordinator's exclusive right to train runs; it expires unless it is renewed."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from optuna import Study
from optuna.storages import BaseStorage

from frontsearch.errors import UserError
from frontsearch.ledger.lease_record import LEASE_SECONDS, LeaseRecord
from frontsearch.ledger.storage import storage_errors

RENEWAL_SECONDS = 10
POLL_SECONDS = 0.05  # between two looks at requests that were made at the same time
PREFIX = "frontsearch:lease:"  # of system attributes of the Optuna study NAME/comparison, one for each lease


class Lease:
    """The exclusive right to train some runs of a study and to write to a folder.

    A coordinator first writes a request and then looks for the requests and leases of others, so that of two
    coordinators at the same time at least one sees the other. Among requests, the one with the smallest token wins.
    This only needs a storage in which a value can be read once it was written, as journals and databases both grant.

    Args:
        storage: Optuna storage in which leases are recorded.
        study_id: Id of the Optuna study that has the leases as system attributes.
        runs: Names of the runs' Optuna studies; if empty, no lease is written.
        folder: Output folder.
        task: Fingerprint of the task; coordinators of different tasks cannot have the same ``study_id``.
    """

    def __init__(self, storage: BaseStorage, study_id: int, *, runs: Sequence[str], folder: Path, task: str) -> None:
        self._storage, self._study_id = storage, study_id
        self._record = LeaseRecord(runs=runs, folder=str(folder.resolve()), task=task)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Acquires the lease, renews it in the background and releases it when the block ends.

        Raises:
            UserError: When another coordinator has one of the runs or the folder, or trains another task.
        """
        self._acquire()
        ended = threading.Event()
        renewing = threading.Thread(target=self._renew_until, args=(ended,), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join(RENEWAL_SECONDS)
            self._release()

    def ensure_held(self) -> None:
        """Acquires the lease again if it has expired, for instance because the machine was asleep.

        Raises:
            UserError: When another coordinator has acquired it meanwhile.
        """
        if self._record.until < time.time():
            self._acquire()

    def _acquire(self) -> None:
        self._write(held=False)
        while conflicting := self._conflicting():
            for other in conflicting:
                if other.held or other.token < self._record.token:
                    self._release()
                    raise UserError(other.conflict_with(self._record))
            time.sleep(POLL_SECONDS)
        self._write(held=True)

    def _renew_until(self, ended: threading.Event) -> None:
        while not ended.wait(RENEWAL_SECONDS):
            if self._record.until > time.time():  # an expired lease may be another coordinator's by now
                with suppress(UserError):  # recording the next trial will report what is wrong with the storage
                    self._write(held=True)

    def _write(self, *, held: bool) -> None:
        record = replace(self._record, held=held, until=time.time() + LEASE_SECONDS)
        self._set_attribute(asdict(record))
        if held:
            self._record = record

    def _release(self) -> None:
        with suppress(UserError):  # the lease expires by itself
            self._set_attribute(None)

    def _set_attribute(self, value: Mapping[str, Any] | None) -> None:
        if self._record.runs:
            with storage_errors("The lease of a run"):
                self._storage.set_study_system_attr(self._study_id, f"{PREFIX}{self._record.token}", value)

    def _conflicting(self) -> list[LeaseRecord]:
        """Active leases and requests of other coordinators for the same runs or folder."""
        attributes = self._storage.get_study_system_attrs(self._study_id)
        stored = (LeaseRecord.of_stored(value) for name, value in attributes.items() if name.startswith(PREFIX))
        ours = self._record
        return [
            other
            for other in stored
            if other and other.token != ours.token and other.is_active and other.conflict_with(ours)
        ]


def damaged_leases(study: Study, storage: BaseStorage) -> Iterator[str]:
    """A sentence on each lease of an Optuna study that no coordinator writes."""
    attributes = storage.get_study_system_attrs(storage.get_study_id_from_name(study.study_name))
    for name, value in attributes.items():
        if name.startswith(PREFIX) and value is not None and LeaseRecord.of_stored(value) is None:
            yield f"The lease {name.removeprefix(PREFIX)} is none that a coordinator writes, so it is ignored."
