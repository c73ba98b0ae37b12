"""``Journal``: Optuna's storage in a journal file, which goes on without the lines that cannot be read."""

import json
import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from optuna.distributions import json_to_distribution
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend
from optuna.storages.journal._storage import JournalStorageReplayResult

from frontsearch.ledger.journal_lock import JournalLock

Record = dict[str, Any]
CREATE_STUDY, DELETE_STUDY = 0, 1  # Optuna's operations
SKIPPED: Record = {"op_code": 10}  # the operation that does nothing
STALE_SECONDS = 5  # an older lock is ignored: its process was probably killed


class JournalFile(BaseJournalBackend):
    """The lines of a journal, each one record of Optuna's.

    Every line counts, so that those that are left out change the number of no other. Optuna numbers studies in the
    order they were created: where a line that created one is left out, an empty study stands in for it.

    Args:
        path: Path of the file, which is created if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        # Every file system has files. Optuna's default lock is a symbolic link, which FAT and others lack; since both
        # are created exclusively under one name, programs with different locks still exclude each other.
        self.path, self.lock = path, JournalLock(str(path), STALE_SECONDS)
        self.unreadable: set[int] = set()
        self._offsets, self._studies = [0], list[str | None]()  # of lines; names by Optuna's number
        if not path.exists():
            path.touch()

    @property
    def set_aside(self) -> tuple[str, ...]:
        """A sentence on each damaged line."""
        return tuple(
            f"Line {number + 1} of {self.path} is damaged, so it is left out." for number in sorted(self.unreadable)
        )

    def read_logs(self, log_number_from: int) -> Iterator[Record]:
        """The records from this number on; a last line without an end, which may still be written, is not read."""
        if log_number_from == 0:
            self._studies.clear()
        with self.path.open("rb") as file:
            file.seek(self._offsets[log_number_from])
            lines = file.read().split(b"\n")[:-1]
        del self._offsets[log_number_from + 1 :]
        for line in lines:
            self._offsets.append(self._offsets[-1] + len(line) + 1)
        records = list(map(_record, lines))
        for index in range(len(records)):
            yield self._read(records, index, number=log_number_from + index)

    def append_logs(self, logs: list[Record]) -> None:
        """Appends records, after the end of a line that a killed process may have left without one."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        self.lock.acquire()
        try:
            with self.path.open("ab+") as file:
                file.seek(max(file.tell() - 1, 0))
                file.write(b"\n" * (file.read() not in {b"", b"\n"}) + lines.encode())
                file.flush()
                os.fsync(file.fileno())
        finally:
            self.lock.release()

    def _read(self, records: Sequence[Record | None], index: int, *, number: int) -> Record:
        record = records[index]
        if record is None or ("study_id" in record and record["study_id"] >= len(self._studies)):
            self.unreadable.add(number)
            record = self._placeholder(records[index + 1 :], number)
        if record["op_code"] == CREATE_STUDY and record["study_name"] not in self._studies:
            self._studies.append(record["study_name"])
        if record["op_code"] == DELETE_STUDY:
            self._studies[record["study_id"]] = None
        return record

    def _placeholder(self, following: Sequence[Record | None], number: int) -> Record:
        """What stands in for a line: a study if the records that follow are of one that no other line created."""
        known = (record for record in following if record)
        later = next((record for record in known if "study_id" in record or record["op_code"] == CREATE_STUDY), SKIPPED)
        if later.get("study_id") != len(self._studies):
            return SKIPPED
        return {"op_code": CREATE_STUDY, "worker_id": "", "study_name": f"line {number + 1}", "directions": [1, 1]}


class Journal(JournalStorage):
    """Optuna's storage in a journal file.

    Args:
        file: The file.
    """

    def __init__(self, file: JournalFile) -> None:
        self.file = file
        super().__init__(file)

    def _sync_with_backend(self) -> None:
        if not self._replay_result.log_number_read:
            self._replay_result = _Replay(self._worker_id_prefix)
        for record in self._backend.read_logs(self._replay_result.log_number_read):
            try:
                self._replay_result.apply_logs([record])
            except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError):
                if record["worker_id"] == self._replay_result.worker_id:  # of a mistake made here
                    raise
                self.file.unreadable.add(self._replay_result.log_number_read - 1)


class _Replay(JournalStorageReplayResult):
    """What a journal's records make; trials share the distributions, each of which is written with every trial."""

    def _apply_create_trial(self, log: Record) -> None:
        distributions = {name: _distribution(text) for name, text in log.get("distributions", {}).items()}
        params = {name: distributions[name].to_external_repr(value) for name, value in log.get("params", {}).items()}
        number = len(self._trials)
        super()._apply_create_trial({**log, "distributions": {}, "params": {}})
        if number in self._trials:
            self._trials[number].params, self._trials[number].distributions = params, distributions


_distribution = cache(json_to_distribution)


def _record(line: bytes) -> Record | None:
    """The record in a line; None if the line is damaged."""
    try:
        record = json.loads(line)
        return record if _is_sound(record) else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _is_sound(record: Record) -> bool:
    """Whether Optuna can count what a record creates; what else it says is seen when the record is applied."""
    types = {"op_code": int, "worker_id": str, "study_id": int, "study_name": str, "user_attrs": dict}
    operation = record["op_code"]
    needed = {CREATE_STUDY: "study_name", DELETE_STUDY: "study_id"}.get(operation, "op_code")
    return (
        all(type(record[name]) is kind for name, kind in types.items() if name in record)
        and {"worker_id", needed} <= record.keys()
        and 0 <= operation <= SKIPPED["op_code"]
        and record.get("study_id", 0) >= 0
        and set(record.get("directions", ())) <= {0, 1, 2}
    )
