"""What ``frontsearch bench`` measured as tables of text, for the terminal and the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from frontsearch.folder import Benchmark, Timing

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkTables:
    """Tables of one benchmark.

    Attributes:
        sizes: Sizes of files; empty if there is no benchmark that could be read.
        timings: Times in each setting, likewise.
        sentences: What to know about them.
    """

    sizes: Rows
    timings: Rows
    sentences: tuple[str, ...]


def benchmark_tables(benchmark: Benchmark | str) -> BenchmarkTables:
    """The tables of a benchmark, or only the sentence that says why it cannot be shown."""
    if isinstance(benchmark, str):
        return BenchmarkTables(sizes=(), timings=(), sentences=(benchmark,))
    return BenchmarkTables(
        sizes=(("file", "bytes", "after gzip"), *_size_rows(benchmark)),
        timings=timing_rows(benchmark.timings),
        sentences=tuple(_sentences(benchmark)),
    )


def timing_rows(timings: Sequence[Timing]) -> Rows:
    """A header and one row for each setting, with ratios where two networks took turns."""
    header = ("engine", "threads", "batch", "microseconds a call")
    if not any(timing.ratios for timing in timings):
        return ((*header, "range of the rounds"), *(_row(timing) for timing in timings))
    return ((*header, "times as fast", "range of the rounds"), *(_row_of_two(timing) for timing in timings))


def _size_rows(benchmark: Benchmark) -> Iterator[tuple[str, ...]]:
    for form, (plain, zipped) in benchmark.sizes.items():
        yield form, _change(plain), _change(zipped)
        if form in benchmark.untrained:
            yield f"{form}, before training", *(f"{size:,}" for size in benchmark.untrained[form])


def _sentences(benchmark: Benchmark) -> Iterator[str]:
    if any(benchmark.parameters):
        yield (
            f"{_change(benchmark.parameters)} parameters, {_change(benchmark.multiply_adds)} multiply-adds for one "
            "example."
        )
    if benchmark.timings and not any(timing.is_faster for timing in benchmark.timings):
        yield "The smaller network is not faster here."
    yield from benchmark.notes
    yield f"Measured on {benchmark.machine}."


def _row(timing: Timing) -> tuple[str, ...]:
    (seconds,) = timing.seconds
    spread = f"{_microseconds(min(timing.rounds[0]))} to {_microseconds(max(timing.rounds[0]))}"
    return (*_setting(timing), _microseconds(seconds), spread)


def _row_of_two(timing: Timing) -> tuple[str, ...]:
    calls = " -> ".join(map(_microseconds, timing.seconds))
    ratio = f"{timing.ratio:.2f}" if timing.is_faster else f"{timing.ratio:.2f}, not faster"
    spread = f"{min(timing.ratios):.2f} to {max(timing.ratios):.2f}" if timing.ratios else ""
    return (*_setting(timing), calls, ratio, spread)


def _setting(timing: Timing) -> tuple[str, ...]:
    return timing.engine, str(timing.threads), str(timing.batch)


def _microseconds(seconds: float) -> str:
    return f"{1e6 * seconds:,.0f}"


def _change(sizes: tuple[int, int]) -> str:
    return f"{sizes[0]:,} -> {sizes[1]:,}"
