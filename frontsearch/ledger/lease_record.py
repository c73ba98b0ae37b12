"""What a coordinator notes in the storage of the runs it trains and the folder it writes to."""

import os
import secrets
import socket
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

LEASE_SECONDS = 30  # that a claim holds without being renewed; the clocks of all machines have to agree better


def machine() -> str:
    """Within what process numbers are unique: a boot of a kernel and a PID namespace, or else a host."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return f"{socket.gethostname()}:{uuid.getnode()}"


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaseRecord:
    """What a coordinator claims, as it stands in the storage.

    Attributes:
        runs: Names of their Optuna studies.
        folder: Where it writes to, on its machine.
        token: Unlike any other claim's.
        machine: As :func:`machine` says.
        host: Its name, for people.
        process: The coordinator's number.
        until: When it runs out, in seconds since 1970.
        held: Whether it is granted; until then it is one of perhaps several that were made at once.
    """

    runs: Sequence[str]
    folder: str
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    machine: str = field(default_factory=machine)
    host: str = field(default_factory=socket.gethostname)
    process: int = field(default_factory=os.getpid)
    until: float = 0.0
    held: bool = False

    @property
    def lives(self) -> bool:
        """Whether it has not run out, nor is a killed process's of this machine."""
        return self.until > time.time() and not (self.machine == machine() and _ended(self.process))

    def refusal(self, other: "LeaseRecord") -> str:
        """One sentence on why this claim stands in the way of another; none where it does not."""
        runs = [run for run in other.runs if run in self.runs]
        whose = f"process {self.process} on {self.host}"
        ending = f"one that was killed gives it up within {LEASE_SECONDS} seconds."
        if runs:
            return (
                f"The run {runs[0]} is being trained by {whose}: wait for its end, or leave the method out with "
                f"--methods; {ending}"
            )
        if (self.machine, self.folder) == (other.machine, other.folder):
            return f"The folder {self.folder} is being written to by {whose}: choose another with --out; {ending}"
        return ""


def _ended(process: int) -> bool:
    """Whether a process of this machine is known to have ended."""
    if os.name != "posix":  # elsewhere signal 0 is none
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False
