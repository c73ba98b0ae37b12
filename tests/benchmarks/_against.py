"""Commands in this version and in an older commit of this repository, which take turns: ``--against`` of benchmarks."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
HEADER = f"{'':<20}  clock  older  ratio    cpu  older  ratio"


def run(tree: Path, arguments: Sequence[str]) -> tuple[float, float]:
    """Seconds by the clock and of the processor of one Python process that imports from this tree.

    Raises:
        SystemExit: If it fails.
    """
    begun, before = time.perf_counter(), os.times()
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, *arguments], env=environment, cwd=tree, **pipes) as process:
        serves = "dashboard" in arguments and bool(process.stdout.readline())
        if serves:
            process.kill()
        _, complaint = process.communicate()
    after = os.times()
    if process.returncode and not serves:
        raise SystemExit(f"{arguments} failed in {tree}: {complaint[-1000:]}")
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begun, processor


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A temporary folder with the files of a commit."""
    with TemporaryDirectory() as temporary:
        tree = Path(temporary) / "tree"
        subprocess.run(["git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", tree, commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], check=True)


def take_turns(
    name: str, trees: Mapping[Path, Path], arguments: Callable[[Path], Sequence[str]], *, rounds: int
) -> None:
    """Prints the medians of a command in both trees, which take turns, and their ratios.

    Args:
        name: What the row is called.
        trees: The folder with what the command works on, by tree; the older tree last.
        arguments: Python's arguments for the command in such a folder.
        rounds: How often each tree takes its turn.
    """
    seconds: dict[Path, list[tuple[float, float]]] = {tree: [] for tree in trees}
    for _ in range(rounds):
        for tree, folder in trees.items():
            seconds[tree].append(run(tree, arguments(folder)))
    new, old = ([median(kind) for kind in zip(*found, strict=True)] for found in seconds.values())
    figures = chain.from_iterable((f"{a:7.2f} {b:6.2f} {a / b:6.2f}") for a, b in zip(new, old, strict=True))
    print(f"{name:<20}{''.join(figures)}", flush=True)  # noqa: T201 - a script's own channel
