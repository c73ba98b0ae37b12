"""``frontsearch bench``: how much smaller and faster a network of a finished study is once it is exported."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from frontsearch.cli.exporting import checked_key, left_out, padded
from frontsearch.cli.interruption import importing
from frontsearch.cli.printing import print_line
from frontsearch.study import locate_study

if TYPE_CHECKING:
    from frontsearch.export import Benchmark, Timing

FASTER = 1.05  # ratios closer to one are not told from none


def bench_network(run: str, key: str | None, *, rule: str | None, out: Path | None, storage: str | None) -> None:
    """Prints sizes and times of a network, whole and without what its outputs do not depend on."""
    config, folder = locate_study(run, out=out)
    whole_key = checked_key(run, (config, folder), key=key, rule=rule, storage=storage)
    with importing():
        from frontsearch.export import benchmark  # noqa: PLC0415 - imports torch
        from frontsearch.study import load_task  # noqa: PLC0415
        from frontsearch.training import Checkpoints  # noqa: PLC0415

    found = benchmark(load_task(config), Checkpoints(folder.checkpoints).load(whole_key)[0])
    print_line(f"trial {whole_key[:8]}, with its zeros -> without what its outputs do not depend on")
    for line in (*left_out(found.compaction), "", *_sizes(found), "", *_timings(found)):
        print_line(line)


def _sizes(found: "Benchmark") -> Iterator[str]:
    rows = [["file", "bytes", "after gzip"]]
    for form, (before, after) in found.sizes.items():
        zipped = found.compressed[form]
        rows.append([form, f"{before:,} -> {after:,}", f"{zipped[0]:,} -> {zipped[1]:,}"])
    return padded(rows)


def _timings(found: "Benchmark") -> Iterator[str]:
    rows = [["engine", "threads", "batch", "microseconds a call", "times as fast", "range of the rounds"]]
    rows += [_row(timing) for timing in found.timings]
    yield from padded(rows)
    if not any(timing.ratio >= FASTER for timing in found.timings):
        yield "The smaller network is not faster here."
    for engine, reason in found.missing.items():
        yield f"{engine} was not timed: {reason}"


def _row(timing: "Timing") -> list[str]:
    before, after = (f"{1e6 * seconds:,.0f}" for seconds in timing.seconds)
    ratio = f"{timing.ratio:.2f}" if timing.ratio >= FASTER else f"{timing.ratio:.2f}, not faster"
    spread = f"{min(timing.ratios):.2f} to {max(timing.ratios):.2f}"
    return [timing.engine, str(timing.threads), str(timing.batch), f"{before} -> {after}", ratio, spread]
