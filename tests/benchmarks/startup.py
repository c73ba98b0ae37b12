"""Prints the seconds that commands take to start, as ratios to those of an older commit of this repository.

    python tests/benchmarks/startup.py [--against c8da809] [--rounds 10]

Both versions run every command in turn with the same Python, so whatever else the machine does slows both; the figures
are medians. Seconds of the processor count less of that than seconds by the clock. ``resume`` is the digits study with
nothing left to do, ``first step`` a study until its first backward pass, with MNIST's data in the cache. ``dashboard``
is stopped once it has printed its address.
"""

import argparse
import csv
from pathlib import Path
from tempfile import TemporaryDirectory

from _against import HEADER, ROOT, checked_out, run, take_turns

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
        "mnist, first step": ["-c", FIRST_STEP, "study", "mnist", *SHORT, "--out", str(folder / "mnist")],
    }


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
        print(HEADER)  # noqa: T201 - a script's own channel
        for name in commands(trees[ROOT]):
            take_turns(name, trees, lambda folder, name=name: commands(folder)[name], rounds=options.rounds)


if __name__ == "__main__":
    main()
