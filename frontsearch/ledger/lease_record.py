"""``LeaseRecord``: a coordinator's lease on runs and a folder, as it is written to the storage."""

import os
import secrets
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from pydantic import TypeAdapter, ValidationError

from frontsearch.errors import option
from frontsearch.folder import has_ended, machine

LEASE_SECONDS = 30  # a lease expires unless it is renewed within this time; the machines' clocks must agree better
LONGEST_SECONDS = 2 * LEASE_SECONDS  # that any lease has left, seen from a machine whose clock is behind


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaseRecord:
    """A coordinator's lease as it is written to the storage.

    Attributes:
        runs: Names of the runs' Optuna studies.
        folder: Absolute path of the output folder, on the coordinator's machine.
        task: Fingerprint of the task; empty in leases of earlier versions.
        token: Random identifier of the lease.
        machine: Scope of the process id, from :func:`machine`.
        host: Host name, for people.
        process: Process id of the coordinator.
        until: Time at which the lease expires, in seconds since 1970.
        held: Whether the lease is granted; until then it is a request, possibly one of several made at once.
    """

    runs: Sequence[str]
    folder: str
    task: str = ""
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    machine: str = field(default_factory=machine)
    host: str = field(default_factory=socket.gethostname)
    process: int = field(default_factory=os.getpid)
    until: float = 0.0
    held: bool = False

    @classmethod
    def of_stored(cls, value: object) -> "LeaseRecord | None":
        """The lease that a storage has; None if it is none that a coordinator writes."""
        try:
            record = _adapter().validate_python(value)
        except ValidationError:
            return None
        return record if record.until <= time.time() + LONGEST_SECONDS else None

    @property
    def is_active(self) -> bool:
        """Whether the lease has not expired; that of a process of this machine also ends with the process."""
        return self.until > time.time() and not (self.machine == machine() and has_ended(self.process))

    def conflict_with(self, other: "LeaseRecord") -> str:
        """Why the other coordinator must wait for this lease, in one sentence; empty if it need not."""
        runs = [run for run in other.runs if run in self.runs]
        owner = f"process {self.process} on {self.host}"
        if self.task and other.task and self.task != other.task:
            return (
                f"A study of this name and another task ({self.task} and not {other.task}) is being trained by "
                f"{owner}: give this study another name or another {option('storage')}."
            )
        if runs:
            return (
                f"The run {runs[0]} is being trained by {owner}: wait until it has ended, or leave the method out of "
                f"{option('methods')}; if that process was killed, the run is free again within "
                f"{LEASE_SECONDS} seconds."
            )
        if (self.machine, self.folder) == (other.machine, other.folder):
            return (
                f"The folder {self.folder} is being written to by {owner}: choose another with {option('out')}; if "
                f"that process was killed, the folder is free again within {LEASE_SECONDS} seconds."
            )
        return ""


@cache
def _adapter() -> TypeAdapter[LeaseRecord]:
    """Made on first use, as that takes longer than reading a short ledger."""
    return TypeAdapter(LeaseRecord)
