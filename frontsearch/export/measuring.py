"""``benchmark``: how much smaller and faster a network is without what its outputs do not depend on."""

import gzip
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from frontsearch.compaction import Compaction
from frontsearch.errors import UserError
from frontsearch.export.checks import first_inputs
from frontsearch.export.exporting import compacted_network, network_of
from frontsearch.export.formats import FORMATS, Chosen, named_inputs
from frontsearch.export.machine import machine_line
from frontsearch.export.processes import BATCHES, Setting, settings
from frontsearch.export.sparse import KERNELS
from frontsearch.folder import Benchmark, Timing
from frontsearch.tasks import Task

FORMAT_OF_ENGINE = {"torch": "torch", "torch.compile": "torch", "onnxruntime": "onnx"}

Contents = Mapping[str, tuple[bytes, bytes, bytes]]  # of the network whole, smaller, and before training, by format


def benchmark(task: Task, weights: Mapping[str, Tensor], *, checkpoint: str) -> tuple[Benchmark, Compaction]:
    """Times a network of a task, one process for each engine and number of threads; says what was left out as well.

    Args:
        task: The network's task.
        weights: Its state dict.
        checkpoint: SHA-256 of its checkpoint.

    Raises:
        UserError: If the smaller network has other outputs.
    """
    network, missing = network_of(task, weights), dict[str, str]()
    whole, untrained = (Chosen.of(task, each, {}) for each in (network, task.network(0).eval()))
    compactions = {
        (round_to, trains): compacted_network(task, network, round_to=round_to, trains=trains)
        for round_to, trains in {(form.round_to, form.trains) for form in FORMATS.values()}
    }
    compaction = compactions[1, True]
    contents: dict[str, tuple[bytes, bytes, bytes]] = {}
    for name, form in FORMATS.items():
        small = Chosen.of(task, compactions[form.round_to, form.trains], {})
        try:
            contents[name] = (form.content(whole), form.content(small), form.content(untrained))
        except UserError as error:
            missing |= {engine: str(error) for engine, needed in FORMAT_OF_ENGINE.items() if needed == name}
    timings = tuple(_by_engine(_timings(task, contents, missing=missing)))
    found = Benchmark(
        machine=machine_line(), checkpoint=checkpoint, parameters=compaction.parameters,
        multiply_adds=compaction.multiply_adds, timings=timings,
        sizes={name: (_lengths(pair), _lengths(map(zipped, pair))) for name, (*pair, _) in contents.items()},
        notes=(*_reasons(missing), *_slow_kernels(timings, missing)),
        untrained={name: _lengths((file, zipped(file))) for name, (_, _, file) in contents.items()},
    )  # fmt: skip
    return found, compaction


def zipped(content: bytes) -> bytes:
    """A file's content after gzip."""
    return gzip.compress(content, mtime=0)


def _timings(task: Task, contents: Contents, *, missing: dict[str, str]) -> Iterator[Timing]:
    """Times in every setting; adds to ``missing`` what was not timed."""
    inputs = first_inputs(task, max(BATCHES))
    arrays: dict[str, Any] = {name: part.numpy() for name, part in named_inputs(inputs).items()}
    with tempfile.TemporaryDirectory() as folder:
        for engine, form in FORMAT_OF_ENGINE.items():
            if engine in missing:
                continue
            files = {name: Path(folder) / f"{name}.{form}" for name in ("whole", "small")}
            for path, content in zip(files.values(), contents[form][:2], strict=True):
                path.write_bytes(content)
            kernels = KERNELS if engine == "torch" else ()
            try:
                for setting in settings(engine, files, arrays, by_keyword=isinstance(inputs, Mapping), kernels=kernels):
                    missing |= setting.failed
                    yield from _timings_of(engine, setting)
            except UserError as error:
                missing[engine] = str(error)


def _timings_of(engine: str, setting: Setting) -> Iterator[Timing]:
    """The times of an engine, and of the sparse kernels that are faster than the smaller network in it."""
    whole, small = setting.seconds["whole"], setting.seconds["small"]
    place = {"threads": setting.threads, "batch": setting.batch}
    yield Timing(engine=engine, rounds=(whole, small), **place)
    for kernel in (name for name in KERNELS if name in setting.seconds):
        rounds = setting.seconds[kernel]
        if Timing(engine=kernel, rounds=(small, rounds), **place).is_faster:
            yield Timing(engine=kernel, rounds=(whole, rounds), **place)


def _by_engine(timings: Iterable[Timing]) -> list[Timing]:
    timings = list(timings)
    engines = list(dict.fromkeys(timing.engine for timing in timings))
    return sorted(timings, key=lambda timing: engines.index(timing.engine))


def _reasons(missing: Mapping[str, str]) -> Iterator[str]:
    for reason in dict.fromkeys(missing.values()):
        engines = [engine for engine in missing if missing[engine] == reason]
        yield f"{' and '.join(engines)} {'was' if len(engines) == 1 else 'were'} not timed: {reason}"


def _slow_kernels(timings: Iterable[Timing], missing: Mapping[str, str]) -> Iterator[str]:
    engines = {timing.engine for timing in timings}
    slow = [kernel for kernel in KERNELS if kernel not in engines | missing.keys()]
    if slow and "torch" in engines:
        yield f"{' and '.join(slow)} kernels of the smaller network's linear layers were timed and are not faster here."


def _lengths(pair: Iterable[bytes]) -> tuple[int, int]:
    first, second = map(len, pair)
    return first, second
