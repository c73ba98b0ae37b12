"""Disturbs small studies in every way that a machine may, and compares them with undisturbed ones.

    python tests/faults/campaign.py [PART...] [--seed N] [--kills N]

``kills``: SIGKILL to everything at random moments, until the study ends.
``signals``: SIGINT and SIGTERM at imports, start, training and the writing of results.
``workers``: one worker killed, or stopped for a while.
``disk``: an output folder on a full disk, of which there is one where this program may mount.
``coordinators``: two coordinators of one study in one folder, with a journal and with an SQLite database.
``dask``: a worker of a Dask cluster killed while it trains.
``postgresql``: a PostgreSQL server restarted, fast and immediate.

Each study is run again with the same command until it ends with 0. Then its files must equal those of an undisturbed
one, no process, temporary file or semaphore may be left, and no training may have been made twice but for those that
were interrupted. Prints a line for each study; exits with 1 if anything does not hold. Without parts, all of them.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parents[1]))  # the modules that start servers for other tests

import interruptions
import surroundings
from bench import Bench

PARTS = {
    "kills": interruptions.kills,
    "signals": interruptions.signals,
    "workers": interruptions.children,
    "disk": surroundings.disk,
    "coordinators": surroundings.coordinators,
    "dask": surroundings.dask,
    "postgresql": surroundings.postgresql,
}
PRIVATE = "FRONTSEARCH_PRIVATE_MOUNTS"
MOUNT = 'mount -t tmpfs none /dev/shm && exec "$0" "$@"'


def in_private_mounts():
    """Whether /dev/shm and what is mounted here are this program's own; if it may, it starts anew to have them so."""
    if PRIVATE in os.environ or os.getuid() != 0 or not shutil.which("unshare"):
        return PRIVATE in os.environ
    os.environ[PRIVATE] = "1"
    os.execlp("unshare", "unshare", "--mount", "sh", "-c", MOUNT, sys.executable, *sys.argv)  # noqa: S606
    return True


def main():
    """Runs the parts and exits with 1 if anything did not hold."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what runs in the background
    options = argparse.ArgumentParser(description="Disturbs studies and compares them with undisturbed ones.")
    options.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all if there is none")
    options.add_argument("--seed", type=int, default=1, help="of all random moments")
    options.add_argument("--kills", type=int, default=20, help="how often the first part kills")
    given = options.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        options.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    private = in_private_mounts()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing it started is left
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        bench = Bench(Path(folder), seed=given.seed, kills=given.kills, own_semaphores=private)
        try:
            for part in given.parts or PARTS:
                PARTS[part](bench)
        finally:
            bench.end_all()
    if bench.failures:
        sys.exit("\n".join([f"With --seed {given.seed}:", *bench.failures]))


if __name__ == "__main__":
    main()
