"""Parts of a campaign that send signals: at random moments, at every stage of a command, and to its workers."""

import os
import signal
import time

from disturbed import JOBS, kill_group, wait_until, workers

SENTENCE = "Interrupted. Finished trainings are kept; run the same command again to continue.\n"


def kills(bench):
    """SIGKILL to everything at random moments, until the study ends; then a fresh one, until no kill is left."""
    generator, left, number = bench.generator("kills"), bench.kills, 0
    while left:
        name = ("logged_digits", "built_in_digits")[number % 2]
        study, seconds = bench.fresh(name, f"killed {number}"), bench.undisturbed(name)[1]
        done, findings = killed_until_done(study, generator, seconds=seconds, most=left)
        bench.end(study, f"kills: {done} of {study.study.stem} at random moments", findings=findings)
        left, number = left - done, number + 1


def killed_until_done(study, generator, *, seconds, most):
    """Kills a study at random moments until it has ended by itself, and runs it to its end after ``most`` kills.

    Returns:
        The number of kills, and sentences about lives in which more was trained than what the kill interrupted.
    """
    findings = []
    for done in range(most):
        before = study.started(), study.recorded()
        process = study.begin()
        if not wait_until(until(time.monotonic() + generator.uniform(0, seconds)), process, poll=0.01):
            return done, findings + unsuccessful(study.ended(process))
        kill_group(process)
        process.wait()
        study.lost += JOBS
        findings += too_many(study, before)
    return most, findings + unsuccessful(study.finish())


def until(moment):
    """Whether a moment has come."""
    return lambda: time.monotonic() >= moment


def too_many(study, before):
    """A sentence if a life started more trainings than it recorded and had in flight: it trained some again."""
    started, recorded = study.started() - before[0], study.recorded() - before[1]
    if not before[0] and not started:  # not logged, or not yet
        return []
    return [] if started <= recorded + JOBS else [f"{started} trainings started and {recorded} were recorded"]


def unsuccessful(end):
    """A sentence about a command that did not end with 0 and nothing on stderr."""
    return [] if end == (0, "") else [f"the command ended with {end[0]}: {end[1][-300:]!r}"]


STAGES = ("imports", "start", "training", "writing")
FLAVOURS = {
    "Ctrl-C": (signal.SIGINT, kill_group),
    "SIGTERM": (signal.SIGTERM, lambda process, number: process.send_signal(number)),
    "SIGTERM to all": (signal.SIGTERM, kill_group),
}


def signals(bench):
    """SIGINT and SIGTERM at every stage of one study."""
    for flavour in FLAVOURS:
        study, findings = bench.fresh("logged_digits", flavour), []
        generator = bench.generator(flavour)
        for stage in STAGES:
            findings += interrupted(study, stage, flavour, generator=generator)
        findings += unsuccessful(study.finish())
        bench.end(study, f"signals: {flavour} at {', '.join(STAGES)}", findings=findings)


def interrupted(study, stage, flavour, *, generator):
    """Interrupts a command at a stage, and returns sentences about an ending that is not as promised."""
    number, send = FLAVOURS[flavour]
    before = study.started()
    process = study.begin()
    reached = wait_until(lambda: at(stage, study, process, before=before), process)
    time.sleep(generator.uniform(0, 0.1))
    if not reached or process.poll() is not None:
        return [f"{stage}: the command ended before, with {study.ended(process)}"]
    send(process, number)
    study.lost += JOBS
    end = study.ended(process)
    return [] if end == (130, SENTENCE) else [f"{stage}: {end[0]} and {end[1][-300:]!r}, and not 130 and the sentence"]


def at(stage, study, process, *, before):
    """Whether a command has reached a stage."""
    if stage == "imports":
        return b"numpy" in maps(process)
    if stage == "start":
        return bool(workers(process))
    return study.started() > before + 2 if stage == "training" else (study.out / "trials.csv").exists()


def maps(process):
    """What a process has mapped into its memory, such as its libraries."""
    try:
        with open(f"/proc/{process.pid}/maps", "rb") as file:  # noqa: PTH123 - a path read a thousand times
            return file.read()
    except OSError:
        return b""


def children(bench):
    """A worker killed early, one killed late, one stopped for a while: each of another study.

    Two deaths over one training fail it, and from outside nobody sees which training a second kill would hit.
    """
    trainings = bench.undisturbed("logged_digits")[0].started()
    for what, disturb, share in (
        ("killed early", killed, 0.1),
        ("killed late", killed, 0.6),
        ("stopped", stopped, 0.3),
    ):
        study, findings = bench.fresh("logged_digits", what), []
        process = study.begin()
        if wait_until(lambda: study.started() > share * trainings, process):  # noqa: B023
            disturb(study.last_to_start())
            study.lost += 1
        else:
            findings.append("the command ended too early to be disturbed")
        findings += unsuccessful(study.ended(process))
        bench.end(study, f"workers: one {what}", findings=findings)


def killed(pid):
    """Kills a process."""
    os.kill(pid, signal.SIGKILL)


def stopped(pid):
    """Stops a process for two seconds."""
    os.kill(pid, signal.SIGSTOP)
    time.sleep(2)
    os.kill(pid, signal.SIGCONT)
