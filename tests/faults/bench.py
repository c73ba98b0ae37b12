"""The table of a campaign: undisturbed studies to compare with, fresh ones to disturb, and a line for each."""

import contextlib
import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from aftermath import faults, semaphores
from disturbed import STUDIES, Disturbed


@dataclass
class Bench:
    """What every part of a campaign works with.

    Attributes:
        folder: Folder for all studies.
        seed: Seed of every random moment; each part has a generator of its own, so that it can be repeated alone.
        kills: How many times the first part kills.
        own_semaphores: Whether no other program's semaphores are to be seen.
    """

    folder: Path
    seed: int = 1
    kills: int = 20
    own_semaphores: bool = False
    failures: list[str] = field(default_factory=list)
    studies: list[Disturbed] = field(default_factory=list)
    _undisturbed: dict[str, tuple[Disturbed, float]] = field(default_factory=dict)

    def generator(self, part):
        """The random numbers of a part."""
        return random.Random(f"{self.seed} {part}")  # noqa: S311 - moments, not secrets

    def undisturbed(self, name):
        """A study that was run in one go, and the seconds it took."""
        if name not in self._undisturbed:
            begun = time.monotonic()
            study = Disturbed(STUDIES[name], self.folder / f"{name}-undisturbed")
            assert study.finish() == (0, ""), study.said()
            self._undisturbed[name] = study, time.monotonic() - begun
        return self._undisturbed[name]

    def fresh(self, name, label, **given):
        """A study to disturb."""
        self.studies.append(Disturbed(STUDIES[name], self.folder / f"{name}-{label}".replace(" ", "-"), **given))
        return self.studies[-1]

    def end_all(self):
        """Ends whatever still runs of any study, after an error or an interrupt."""
        for pid in (pid for study in self.studies for pid in study.processes()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def end(self, study, what, *, findings=()):
        """Prints a line about a disturbed study, which must have ended by now, and what does not hold of it.

        Args:
            study: The disturbed study.
            what: What was done to it.
            findings: Sentences about what was wrong before its end.
        """
        found = faults(study, self.undisturbed(study.study.stem)[0])
        if self.own_semaphores and (left := semaphores()):
            found["semaphores"] = [f"{len(left)} semaphores are left in /dev/shm"]
            for name in left:
                Path("/dev/shm", name).unlink(missing_ok=True)  # noqa: S108 - so that they are told once
        wrong = [*findings, *(sentence for kind in found for sentence in found[kind])]
        self.failures += [f"{what}: {sentence}" for sentence in wrong]
        self.say(what, "; ".join(wrong) or "as undisturbed")

    def say(self, what, *said):
        """Prints a line of the table."""
        print(f"{what:66s} {''.join(said)}", flush=True)  # noqa: T201 - a script's own channel
