"""Whose a run is while it is trained: a claim in the storage, which runs out unless it is renewed."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from optuna.storages import BaseStorage

from frontsearch.errors import UserError
from frontsearch.ledger.lease_record import LEASE_SECONDS, LeaseRecord
from frontsearch.ledger.storage import storage_errors

RENEWAL_SECONDS = 10
PAUSE_SECONDS = 0.05  # until a claim made at the same moment is looked at again
PREFIX = "frontsearch:lease:"  # of attributes of the Optuna study that all coordinators of a study share


class Lease:
    """The right to train some runs of a study and to write to a folder, which nobody else has meanwhile.

    Whoever wants it writes a claim first and looks for others' afterwards, so that of two at the same moment at least
    one sees the other; of claims that are not granted yet the smallest token goes on. That needs nothing of a storage
    but that what was written is read, which journals and databases grant alike.

    Args:
        storage: Where claims are noted.
        study: Number of the Optuna study on which they are.
        runs: Names of the runs' Optuna studies; where there are none, nothing is written.
        folder: What is written to.
    """

    def __init__(self, storage: BaseStorage, study: int, *, runs: Sequence[str], folder: Path) -> None:
        self._storage, self._study = storage, study
        self._claim = LeaseRecord(runs=runs, folder=str(folder.resolve()))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Takes the lease and renews it until the end.

        Raises:
            UserError: When another coordinator has one of the runs, or the folder.
        """
        self._take()
        over = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(over,), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            over.set()
            renewing.join(RENEWAL_SECONDS)
            self._release()

    def check(self) -> None:
        """Takes the lease again where it has run out, as while the machine slept.

        Raises:
            UserError: When another coordinator has taken it.
        """
        if self._claim.until < time.time():
            self._take()

    def _take(self) -> None:
        self._write(held=False)
        while rivals := self._rivals():
            for rival in rivals:
                if rival.held or rival.token < self._claim.token:
                    self._release()
                    raise UserError(rival.refusal(self._claim))
            time.sleep(PAUSE_SECONDS)
        self._write(held=True)

    def _renew(self, over: threading.Event) -> None:
        while not over.wait(RENEWAL_SECONDS):
            if self._claim.until > time.time():  # one that has run out may be another's by now
                with suppress(UserError):  # the next trial that is recorded says what is wrong with the storage
                    self._write(held=True)

    def _write(self, *, held: bool) -> None:
        claim = replace(self._claim, held=held, until=time.time() + LEASE_SECONDS)
        self._note(asdict(claim))
        if held:
            self._claim = claim

    def _release(self) -> None:
        with suppress(UserError):  # it runs out by itself
            self._note(None)

    def _note(self, value: Mapping[str, Any] | None) -> None:
        if self._claim.runs:
            with storage_errors("The claim on a run"):
                self._storage.set_study_system_attr(self._study, f"{PREFIX}{self._claim.token}", value)

    def _rivals(self) -> list[LeaseRecord]:
        noted = self._storage.get_study_system_attrs(self._study)
        claims = [LeaseRecord(**value) for name, value in noted.items() if name.startswith(PREFIX) and value]
        ours = self._claim
        return [claim for claim in claims if claim.token != ours.token and claim.lives and claim.refusal(ours)]
