"""What must hold of a disturbed study once it has ended: the same results, nothing left behind, nothing trained twice.

Every file of the output folder must be there and equal, byte for byte, but for what differs from run to run: the
columns ``seconds`` of trials.csv and ``seconds_spent`` of the fronts' files, the same in summary.json and tables.json,
the machines in summary.json that they were measured on, the files that show them (report.html, artifacts/ and the
journal, whose other columns the CSV files repeat), and the folder's random identifier in owner/. No column is a date.
"""

import csv
import json
import time
from pathlib import Path

SECONDS = frozenset({"seconds", "seconds_spent", "machines"})  # and the machines that they are of
OWN = ("report.html", "ledger.journal", "artifacts", "owner")
LIBRARIES = ("torchinductor_", "dask-scratch-space")  # caches that torch and Dask keep in TMPDIR
SEMAPHORES = Path("/dev/shm")  # noqa: S108 - where Linux keeps them
GRACE = 20  # seconds that processes have to end after a command has


def faults(study, undisturbed):
    """Sentences about what does not hold, by kind.

    Args:
        study: The disturbed study, run to its end.
        undisturbed: The same study, never disturbed.
    """
    found = {
        "results": different(study.out, undisturbed.out),
        "files": strangers(study.out, undisturbed.out),
        "processes": [f"process {pid} still runs" for pid in left_processes(study)],
        "TMPDIR": [f"{name} is left in TMPDIR" for name in left_in(study.scratch)],
        "trainings": trained_twice(study, undisturbed),
    }
    return {kind: sentences for kind, sentences in found.items() if sentences}


def different(out, expected):
    """Sentences about files whose content differs."""
    names = sorted(name for name in names_in(expected) if not name.startswith(OWN))
    if not names:
        return ["the undisturbed study has no files"]
    return [f"{name} differs" for name in names if content(out / name) != content(expected / name)]


def strangers(out, expected):
    """Sentences about files that only one of the folders has, such as temporary ones; a database has the journal."""
    found, wanted = (names_in(folder) - {"ledger.journal"} for folder in (out, expected))
    return [f"{name} is too many" for name in sorted(found - wanted)] + [
        f"{name} is missing" for name in sorted(wanted - found)
    ]


def names_in(folder):
    """Relative paths of all files of a folder; those of artifacts/ have random-looking names, and are numbered instead.

    They hash the trial's number in its Optuna study, which depends on which training ended first.
    """
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if not path.is_dir()]
    artifacts = [path for path in paths if path.parts[0] == "artifacts" and len(path.name) == 32]
    return {str(path) for path in paths if path not in artifacts} | {f"artifacts/{n}" for n in range(len(artifacts))}


def content(path):
    """A file's content without seconds; None if there is none."""
    if not path.exists():
        return None
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [{name: cell for name, cell in row.items() if name not in SECONDS} for row in csv.DictReader(file)]
    return without_seconds(json.loads(path.read_text())) if path.suffix == ".json" else path.read_bytes()


def without_seconds(value):
    """A JSON value without entries of seconds, and without such columns of tables, whose first row is the header."""
    if isinstance(value, dict):
        kept = {name: without_seconds(found) for name, found in value.items() if name not in SECONDS}
        return kept | ({"rows": without_columns(kept["rows"])} if "rows" in kept else {})
    return [without_seconds(found) for found in value] if isinstance(value, list) else value


def without_columns(rows):
    """A table's rows without columns of seconds."""
    kept = [place for place, title in enumerate(rows[0]) if title not in SECONDS]
    return [[row[place] for place in kept] for row in rows]


def left_processes(study):
    """Ids of processes that do not end."""
    deadline = time.monotonic() + GRACE
    while (found := study.processes()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def left_in(scratch):
    """Names of what is left in a TMPDIR."""
    return sorted(path.name for path in scratch.iterdir() if not path.name.startswith(LIBRARIES))


def semaphores():
    """Names of all semaphores and of all shared memory that PostgreSQL has not made."""
    names = {path.name for path in SEMAPHORES.iterdir()} if SEMAPHORES.exists() else set()
    return {name for name in names if not name.startswith("PostgreSQL.")}


def trained_twice(study, undisturbed):
    """Sentences about trainings beyond those that a disturbance cost, counted in the log and in the journal."""
    rows = content(study.out / "trials.csv") or []
    keys, found = {row["key"] for row in rows}, []
    if undisturbed.started() and not len(keys) <= study.started() <= len(keys) + study.lost:
        found = [f"{study.started()} trainings started for {len(keys)} trials; at most {study.lost} may be lost"]
    recorded = {(row["method"], row["repeat"], row["key"]) for row in rows}
    if study.recorded() not in {0, len(recorded)}:  # a database has no journal
        found += [f"the journal has {study.recorded()} trials and trials.csv {len(recorded)}"]
    return found
