"""What ``frontsearch bench`` measured of the networks of a folder, beside their other metrics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from frontsearch.comparison import Point
from frontsearch.errors import UserError
from frontsearch.folder import Benchmark, Benchmarks, Folder, TrialFiles
from frontsearch.measures import CALL_TIME, FILE_BYTES
from frontsearch.trial import Trial

DEFAULT_FORMAT = "safetensors"  # that ``frontsearch export`` writes


def benchmark_of(trial: Trial, folder: Folder) -> Benchmark | str | None:
    """What was measured of a network, or a sentence that says why it cannot be shown; None if nothing was measured."""
    try:
        found = Benchmarks(folder.benchmarks).load(trial.key)
    except UserError as error:
        return str(error)
    if found and trial.checkpoint_sha256 not in {"", found.checkpoint}:
        return f"{folder.benchmarks / trial.key}.json is of other weights that this training had before: measure again."
    return found


def with_benchmarks(points: Sequence[Point], folder: Path) -> list[Point]:
    """The points, those that were measured with the size of the exported file and the time of a call as metrics.

    The time is that of one example with one thread in the engine that is fastest. Times of several machines are left
    out, as they say nothing about the networks.
    """
    keys = TrialFiles(Folder(folder).benchmarks, ".json").keys()
    trials = {point.trial.key: point.trial for point in points if point.trial.key in keys}
    found = {key: benchmark_of(trial, Folder(folder)) for key, trial in trials.items() if isinstance(trial, Trial)}
    measured = {key: benchmark for key, benchmark in found.items() if isinstance(benchmark, Benchmark)}
    comparable = len({benchmark.machine for benchmark in measured.values()}) == 1
    metrics = {key: dict(_metrics(benchmark, timed=comparable)) for key, benchmark in measured.items()}
    return [_with(point, metrics[point.trial.key]) if point.trial.key in metrics else point for point in points]


def _metrics(benchmark: Benchmark, *, timed: bool) -> Iterator[tuple[str, float]]:
    if DEFAULT_FORMAT in benchmark.sizes:
        (_, small), _ = benchmark.sizes[DEFAULT_FORMAT]
        yield FILE_BYTES.key, small
    calls = [timing.seconds[-1] for timing in benchmark.timings if (timing.threads, timing.batch) == (1, 1)]
    if calls and timed:
        yield CALL_TIME.key, 1e6 * min(calls)


def _with(point: Point, metrics: Mapping[str, float]) -> Point:
    return replace(point, trial=replace(point.trial, metrics={**point.trial.metrics, **metrics}))
