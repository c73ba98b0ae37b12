"""Starts a PostgreSQL server for a test in a temporary folder, with the programs of Debian's package."""

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
USER = "postgres"

needed = pytest.mark.skipif(
    not BINARIES and "CI" not in os.environ, reason="no PostgreSQL is installed, and this is not CI"
)


@contextmanager
def serving():
    """Yields the URL of an empty database."""
    with restartable() as (url, _):
        yield url


@contextmanager
def restartable():
    """Yields the URL of an empty database and a function that restarts its server, ``fast`` or ``immediate``.

    PostgreSQL refuses to run as root, so root runs it as another user.
    """
    folder = Path(
        tempfile.mkdtemp(prefix="frontsearch-postgresql-")
    )  # only its owner may enter pytest's temporary folder
    if os.getuid() == 0:
        shutil.chown(folder, USER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    (password := folder / "password").write_text("s3cret")
    password.chmod(0o644)
    _run("initdb", "-D", folder / "data", "-U", "someone", "-A", "scram-sha-256", f"--pwfile={password}")
    _run("pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", settings, "start")
    try:
        url = f"postgresql://someone:s3cret@127.0.0.1:{port}/postgres"
        yield url, lambda mode: _run("pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-m", mode, "restart")
    finally:
        _run("pg_ctl", "-D", folder / "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _run(command, *arguments):
    as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.getuid() == 0 else []
    log = Path(tempfile.mkstemp(prefix="frontsearch-postgresql-")[1])  # the server would keep a pipe open
    with log.open("wb") as output:
        code = subprocess.call([*as_user, BINARIES[-1] / command, *arguments], cwd="/", stdout=output, stderr=output)
    assert code == 0, log.read_text()
    log.unlink()
