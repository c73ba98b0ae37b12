"""``frontsearch verify``: whether everything that a study left fits together."""

from pathlib import Path

from frontsearch.cli.interruption import importing
from frontsearch.cli.printing import print_line
from frontsearch.cli.study_command import check_was_run
from frontsearch.errors import one_line
from frontsearch.study import locate_study, verify


def print_verification(run: str, *, out: Path | None, storage: str | None, evaluate: bool) -> bool:
    """Prints what was checked in a study and what does not fit; returns whether all fits."""
    config, folder = locate_study(run, out=out)
    check_was_run(config, folder, storage)
    with importing():
        found = verify(config, folder, storage=storage, evaluate=evaluate)
    print_line(
        f"{folder.path}: {found.trials} trials as recorded, {found.checkpoints} checkpoints and {found.curves} "
        "learning curves as written."
    )
    if found.unknown:
        print_line(f"{found.unknown} trials of an earlier version have no digests, so their files are not known.")
    if evaluate:
        print_line(f"{found.evaluated} networks on the fronts were evaluated again.")
    for sentence in found.faults:
        print_line(one_line(sentence))
    print_line(f"{len(found.faults)} faults." if found.faults else "All fits.")
    return not found.faults
