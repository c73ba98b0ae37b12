"""A PostgreSQL server of one's own, from Debian's package, in a temporary folder."""

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
USER = "postgres"

needed = pytest.mark.skipif(
    not FOUND and "CI" not in os.environ, reason="no PostgreSQL is installed, and this is not CI"
)


@contextmanager
def serving():
    """The URL of an empty database; the server has no rights that its caller has not, and root's are not enough."""
    folder = Path(tempfile.mkdtemp(prefix="frontsearch-postgresql-"))  # not pytest's, which only its owner may enter
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
        yield f"postgresql://someone:s3cret@127.0.0.1:{port}/postgres"
    finally:
        _run("pg_ctl", "-D", folder / "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _run(command, *arguments):
    whose = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.getuid() == 0 else []
    log = Path(tempfile.mkstemp(prefix="frontsearch-postgresql-")[1])  # a file, as the server keeps a pipe open
    with log.open("wb") as words:
        ended = subprocess.call([*whose, FOUND[-1] / command, *arguments], cwd="/", stdout=words, stderr=words)
    assert ended == 0, log.read_text()
    log.unlink()
