"""Parts of a campaign that disturb what a study stands on: its disk, its storage, its cluster, a second coordinator."""

import contextlib
import os
import signal
import subprocess

from disturbed import Disturbed, wait_until
from interruptions import unsuccessful

MIB = 2**20
TRAININGS = 4  # after so many a cluster is disturbed


def disk(bench):
    """A disk that is full at a quarter, a half and nine tenths of what the study writes, and then has room."""
    written = sum(path.stat().st_size for path in bench.undisturbed("logged_digits")[0].out.rglob("*"))
    for share in (0.25, 0.5, 0.9):
        disk = bench.folder / f"disk-{share}"
        disk.mkdir()
        if not mounted(disk, f"size={int(share * written / MIB * 1024)}k"):
            bench.say("disk: left out, as only a machine's administrator may mount a small one here")
            return
        study, what = bench.fresh("logged_digits", f"disk {share}", out=disk / "out"), f"disk: {share:.0%} of its files"
        findings = refused(study.finish())
        study.lost += 2
        mounted(disk, "remount,size=1g")
        bench.end(study, what, findings=findings + unsuccessful(study.finish()))
        subprocess.run(["umount", disk], check=True)


def mounted(folder, options):
    """Whether a file system in memory could be mounted, or mounted anew, at a folder."""
    command = ["mount", "-t", "tmpfs", "-o", options, "none", folder]
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
    return False


def refused(end):
    """A sentence about a command that did not end with 2 and one sentence."""
    code, said = end
    one = said.count("\n") == 1 and said.endswith((".\n", "?\n"))
    return [] if code == 2 and one else [f"the command ended with {code} and {said[-300:]!r}, and not 2 and a sentence"]


def coordinators(bench):
    """Two coordinators of one study at the same time in one folder; the one that is refused says so in a sentence."""
    for kind in ("journal", "sqlite"):
        study = bench.fresh("logged_digits", f"two {kind}")
        other = Disturbed(study.study, bench.folder / f"other-{kind}", out=study.out)
        if kind == "sqlite":
            study.options = other.options = (*study.options, "--storage", f"sqlite:///{study.folder}/study.db")
        both = [one.begin() for one in (study, other)]
        ends = [one.ended(process) for one, process in zip((study, other), both, strict=True)]
        findings = [sentence for end in ends if end != (0, "") for sentence in refused(end)]
        if (0, "") not in ends:
            findings += unsuccessful(study.finish())
        codes = " and ".join(str(code) for code, _ in ends)
        with (study.folder / "started").open("a") as log:
            started = other.folder / "started"
            log.write(started.read_text() if started.exists() else "")
        bench.end(study, f"coordinators: two with {kind}, ended with {codes}", findings=findings)


def dask(bench):
    """A Dask worker killed in the middle of a training; only one, as two deaths over one training fail it."""
    try:
        import dask_processes  # noqa: PLC0415 - needs what may not be installed
        from distributed import Client  # noqa: PLC0415
    except ImportError as error:
        bench.say(f"dask: left out: {error}")
        return
    study, findings = bench.fresh("logged_digits", "dask"), []
    with environment(study.environment), dask_processes.serving() as address:
        study.options = ("--dask", address)
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
            process = study.begin()
            if wait_until(lambda: study.started() > TRAININGS and busy(client), process, poll=0.05):
                os.kill(client.run(os.getpid)[busy(client)[0]], signal.SIGKILL)
                study.lost += 2
            else:
                findings.append("the command ended too early to be disturbed")
            findings += unsuccessful(study.ended(process))
    bench.end(study, "dask: a worker killed", findings=findings)


def busy(client):
    """Addresses of the workers that run a task."""
    return [worker for worker, tasks in client.processing().items() if tasks]


def postgresql(bench):
    """A PostgreSQL server restarted during trainings, fast and immediate."""
    import postgresql  # noqa: PLC0415 - imports pytest

    if not postgresql.BINARIES:
        bench.say("postgresql: left out, as it is not installed")
        return
    for mode in ("fast", "immediate"):
        study = bench.fresh("logged_digits", f"postgresql {mode}")
        with postgresql.restartable() as (url, restart):
            study.options = (*study.options, "--storage", url)
            process = study.begin()
            findings = []
            if wait_until(lambda: study.started() > TRAININGS, process):  # noqa: B023
                restart(mode)
                study.lost += 2
            else:
                findings.append("the command ended too early to be disturbed")
            end = study.ended(process)
            if end != (0, ""):
                findings += refused(end) + unsuccessful(study.finish())
            bench.end(study, f"postgresql: restarted ({mode}), ended with {end[0]}", findings=findings)


@contextlib.contextmanager
def environment(variables):
    """Sets variables of this process's environment, which servers that it starts inherit."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
