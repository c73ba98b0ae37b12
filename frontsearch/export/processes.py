"""``settings``: times networks in every setting of one engine, one process for each number of threads."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontsearch.errors import UserError, one_line
from frontsearch.folder import cores

BATCHES = (1, 64, 256)
SECONDS = 600  # that a process may take; compilers need most of it

Rounds = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """How long calls took in one setting.

    Attributes:
        threads: Number of threads.
        batch: Number of examples in a call.
        seconds: Seconds of a call in each round, by the network's or the sparse kernel's name.
        failed: Why sparse kernels were not timed, by name.
    """

    threads: int
    batch: int
    seconds: Mapping[str, Rounds]
    failed: Mapping[str, str]


def settings(
    engine: str,
    files: Mapping[str, Path],
    inputs: Mapping[str, NDArray[Any]],
    *,
    by_keyword: bool = False,
    kernels: Iterable[str] = (),
) -> Iterator[Setting]:
    """Times networks that take turns, with one thread and with all, for each size of a batch.

    Args:
        engine: What runs them.
        files: Their files, by name.
        inputs: Inputs by name, at least one example.
        by_keyword: Whether networks take their inputs by name.
        kernels: Sparse kernels that the last network is timed with as well.

    Raises:
        UserError: If the engine fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "inputs.npz", *inputs.values())  # by number: savez has parameters, which are no names
        request = {
            "engine": engine, "files": {name: str(path) for name, path in files.items()}, "batches": BATCHES,
            "inputs": str(Path(folder) / "inputs.npz"), "names": [*inputs], "by_keyword": by_keyword,
            "kernels": [*kernels],
        }  # fmt: skip
        for threads in sorted({1, cores()}):
            answer = _answer(request | {"threads": threads}, threads=threads)
            for batch, seconds in answer["seconds"].items():
                rounds = {name: tuple(found) for name, found in seconds.items()}
                yield Setting(threads, int(batch), rounds, answer["failed"])


def _answer(request: Mapping[str, object], *, threads: int) -> dict[str, Any]:
    """What a process of its own measures."""
    command = [sys.executable, "-m", "frontsearch.export.timing"]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and a module of ours
            command, input=json.dumps(request), capture_output=True, text=True, check=True, timeout=SECONDS,
            env=environment,
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        lines = str(getattr(error, "stderr", "") or error).strip().splitlines()
        raise UserError(one_line(lines[-1])[:300]) from error
    return answer
