"""Runs the benchmarks, or those named: ``python tests/benchmarks [NAME...]``.

Every file of this folder is one, but for the plain scripts that one of them runs. Each runs in a process of its own,
one after the other, and takes its options where it is run by itself: ``python tests/benchmarks/NAME.py --help``.
"""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith(("_", "plain_")))


def machine() -> str:
    """What the figures are of, and how much else it has to do."""
    load = f"load average {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else "load unknown"
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "optuna", "pymoo"))
    return f"{os.cpu_count()} cores of {processor()}; Python {platform.python_version()}, {libraries}; {load}"


def processor() -> str:
    """The processor's name, where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    """Runs them; the first that fails ends it."""
    named = sys.argv[1:] or NAMES
    if unknown := set(named) - set(NAMES):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}.")
    print(machine(), flush=True)  # noqa: T201 - a script's own channel
    for name in named:
        print(f"\n== {name}", flush=True)  # noqa: T201
        subprocess.run([sys.executable, FOLDER / f"{name}.py"], check=True)


if __name__ == "__main__":
    main()
