"""Prints the seconds that commands take to start, as ratios to those of an older commit of this repository.

    python tests/benchmarks/startup.py [--against c8da809] [--rounds 10]

Both versions run every command in turn with the same Python, so whatever else the machine does slows both; the figures
are medians. Seconds of the processor count less of that than seconds by the clock. ``resume`` is the digits study with
nothing left to do, ``first step`` a study until its first backward pass, with MNIST's data in the cache. ``dashboard``
is stopped once it has printed its address.
"""

import argparse
import csv
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
STUDY = ["-m", "frontsearch.study"]
ENTRY = "try: from frontsearch.cli.entry import main\nexcept ImportError: from frontsearch.entry import main\n"
SCRIPT = ["-c", f"import sys\nsys.argv[0] = 'frontsearch'\n{ENTRY}main()"]
# Ends the process where torch is asked for gradients for the first time; the module is watched for, not imported.
FIRST_STEP = f"""
import os, sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
class Watch(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "torch.autograd":
            return None
        spec = PathFinder.find_spec(name, path)
        run = spec.loader.exec_module
        def exec_module(module):
            run(module)
            module.grad = module.backward = lambda *_, **__: os._exit(0)
        spec.loader.exec_module = exec_module
        return spec
sys.meta_path.insert(0, Watch())
sys.argv[0] = "frontsearch"
{ENTRY}main()
"""
SHORT = ["--methods", "path,weighted-grid", "--epochs", "20", "--jobs", "1", "--quiet"]


def commands(folder: Path) -> dict[str, list[str]]:
    """The arguments of Python for each command, which works on what the study left in this folder."""
    out = ["--out", str(folder / "digits")]
    with (folder / "digits" / "fronts.csv").open(encoding="utf-8") as lines:
        key = next(csv.DictReader(lines))["key"]
    file = folder / "network.safetensors"
    file.unlink(missing_ok=True)
    return {
        "--help": [*STUDY, "--help"],
        "--list": [*STUDY, "--list"],
        "pick": [*SCRIPT, "pick", str(folder / "digits")],
        "export": [*SCRIPT, "export", "digits", key, *out, "--to", str(file)],
        "dashboard": [*SCRIPT, "dashboard", "digits", *out, "--port", "0"],
        "digits, resume": [*STUDY, "digits", *SHORT, *out],
        "digits, first step": ["-c", FIRST_STEP, "study", "digits", *SHORT, "--out", str(folder / "new")],
        "mnist, first step": ["-c", FIRST_STEP, "study", "mnist", *SHORT, "--out", str(folder / "mnist")],
    }


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


def compare(name: str, trees: Mapping[Path, Path], rounds: int) -> None:
    """Prints the medians of a command in both trees, which take turns, and their ratios; folders by tree."""
    seconds: dict[Path, list[tuple[float, float]]] = {tree: [] for tree in trees}
    for _ in range(rounds):
        for tree, folder in trees.items():
            seconds[tree].append(run(tree, commands(folder)[name]))
    new, old = ([median(kind) for kind in zip(*found, strict=True)] for found in seconds.values())
    figures = chain.from_iterable((f"{a:7.2f} {b:6.2f} {a / b:6.2f}") for a, b in zip(new, old, strict=True))
    print(f"{name:<20}{''.join(figures)}", flush=True)  # noqa: T201 - a script's own channel


def main() -> None:
    """Prints a row for each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", default="c8da809", help="the older commit")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with checked_out(options.against) as old, TemporaryDirectory() as runs:
        trees = {ROOT: Path(runs) / "new", old: Path(runs) / "old"}
        for tree, folder in trees.items():
            run(tree, [*STUDY, "digits", *SHORT, "--out", str(folder / "digits")])
        print(f"{'':<20}  clock  older  ratio    cpu  older  ratio")  # noqa: T201
        for name in commands(trees[ROOT]):
            compare(name, trees, options.rounds)


if __name__ == "__main__":
    main()
