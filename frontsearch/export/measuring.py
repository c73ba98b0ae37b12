"""``benchmark``: how much smaller and faster a network is without what its outputs do not depend on."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from torch import Tensor

from frontsearch.compaction import Compaction
from frontsearch.errors import UserError, one_line
from frontsearch.export.checks import first_inputs
from frontsearch.export.exporting import compacted_network, network_of
from frontsearch.export.formats import FORMATS, Chosen, named_inputs
from frontsearch.folder import cores
from frontsearch.tasks import Task

BATCHES = (1, 64, 256)
FORMAT_OF_ENGINE = {"torch": "torch", "torch.compile": "torch", "onnxruntime": "onnx"}
SECONDS = 600  # that a process may take; compilers need most of it


@dataclass(frozen=True, slots=True)
class Timing:
    """How fast a network and its smaller version are in one setting.

    Attributes:
        engine: ``torch``, ``torch.compile`` or ``onnxruntime``.
        threads: Number of threads.
        batch: Number of examples in a call.
        seconds: Median seconds of a call of the whole network and of the smaller one.
        ratios: How many times as fast the smaller one was, in each round.
    """

    engine: str
    threads: int
    batch: int
    seconds: tuple[float, float]
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times as fast the smaller one is, the median of all rounds."""
        return median(self.ratios)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Sizes and times of a network with all of its zeros, and without what its outputs do not depend on.

    Attributes:
        compaction: What was left out of the smaller network.
        sizes: Bytes of the files by format, of the whole network and of the smaller one.
        compressed: The same after gzip.
        timings: Times in each setting.
        missing: Why an engine was not timed, by its name.
    """

    compaction: Compaction
    sizes: Mapping[str, tuple[int, int]]
    compressed: Mapping[str, tuple[int, int]]
    timings: tuple[Timing, ...]
    missing: Mapping[str, str]


def benchmark(task: Task, weights: Mapping[str, Tensor]) -> Benchmark:
    """Times a network of a task, one process for each engine and number of threads.

    Args:
        task: The network's task.
        weights: Its state dict.

    Raises:
        UserError: If the smaller network has other outputs.
    """
    network, missing = network_of(task, weights), dict[str, str]()
    compaction = compacted_network(task, network)
    chosen = [Chosen.of(task, each, {}) for each in (network, compaction)]
    pairs: dict[str, tuple[bytes, bytes]] = {}
    for name, form in FORMATS.items():
        try:
            pairs[name] = (form.content(chosen[0]), form.content(chosen[1]))
        except UserError as error:
            missing |= {engine: str(error) for engine, needed in FORMAT_OF_ENGINE.items() if needed == name}
    with tempfile.TemporaryDirectory() as folder:
        timings = tuple(_timings(task, pairs, Path(folder), missing=missing))
    return Benchmark(
        compaction=compaction, timings=timings, missing=missing,
        sizes={name: (len(whole), len(small)) for name, (whole, small) in pairs.items()},
        compressed={name: (_zipped(whole), _zipped(small)) for name, (whole, small) in pairs.items()},
    )  # fmt: skip


def _timings(
    task: Task, pairs: Mapping[str, tuple[bytes, bytes]], folder: Path, *, missing: dict[str, str]
) -> Iterator[Timing]:
    inputs, files = first_inputs(task, max(BATCHES)), {}
    arrays: dict[str, Any] = {name: part.numpy() for name, part in named_inputs(inputs).items()}
    np.savez(folder / "inputs.npz", **arrays)
    for form, contents in pairs.items():
        files[form] = {name: str(folder / f"{name}.{form}") for name in ("whole", "small")}
        for path, content in zip(files[form].values(), contents, strict=True):
            Path(path).write_bytes(content)
    shared = {
        "inputs": str(folder / "inputs.npz"), "batches": BATCHES, "by_keyword": isinstance(inputs, Mapping)
    }  # fmt: skip
    for engine, form in FORMAT_OF_ENGINE.items():
        for threads in sorted({1, cores()}):
            if engine in missing:
                break
            try:
                answer = _answer(shared | {"engine": engine, "threads": threads, "files": files[form]}, threads=threads)
            except (subprocess.SubprocessError, ValueError) as error:
                lines = str(getattr(error, "stderr", "") or error).strip().splitlines()
                missing[engine] = one_line(lines[-1])[:200]
                break
            for batch, seconds in answer.items():
                whole, small = seconds["whole"], seconds["small"]
                ratios = tuple(first / second for first, second in zip(whole, small, strict=True))
                yield Timing(engine, threads, int(batch), (median(whole), median(small)), ratios)


def _answer(request: Mapping[str, object], *, threads: int) -> dict[str, dict[str, list[float]]]:
    """What a process of its own measures."""
    command = [sys.executable, "-m", "frontsearch.export.timing"]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(  # noqa: S603 - this interpreter and a module of ours
        command, input=json.dumps(request), capture_output=True, text=True, check=True, timeout=SECONDS, env=environment
    )
    answer: dict[str, dict[str, list[float]]] = json.loads(done.stdout)
    return answer


def _zipped(content: bytes) -> int:
    return len(gzip.compress(content, mtime=0))
