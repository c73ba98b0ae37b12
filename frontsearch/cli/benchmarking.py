"""``frontsearch bench``: how much smaller and faster a network is once it is exported."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from frontsearch.cli.exporting import checked_key, left_out
from frontsearch.cli.interruption import importing
from frontsearch.cli.printing import padded, pasteable, print_benchmark, print_line
from frontsearch.errors import UserError
from frontsearch.folder import Benchmarks, sha256
from frontsearch.ledger import storage_option
from frontsearch.report import benchmark_tables, timing_rows
from frontsearch.study import locate_study

if TYPE_CHECKING:
    from frontsearch.export import FileBenchmark

FILES = {".onnx", ".pt2", ".safetensors"}  # endings of what export writes


def bench(run: str, key: str | None, *, rule: str | None, out: Path | None, storage: str | None) -> None:
    """Measures a network of a run, or one exported file or two."""
    paths = [Path(name) for name in (run, key) if name is not None]
    if paths[0].suffix not in FILES or paths[0].is_dir():
        bench_network(run, key, rule=rule, out=out, storage=storage)
        return
    for name, value in {"--pick": rule, "--out": out, "--storage": storage}.items():
        if value is not None:
            raise UserError(f"{name} is for a run; {paths[0]} is an exported file.")
    bench_files(paths)


def bench_network(run: str, key: str | None, *, rule: str | None, out: Path | None, storage: str | None) -> None:
    """Prints sizes and times of a network, whole and without what its outputs do not depend on, and keeps them."""
    config, folder = locate_study(run, out=out)
    whole_key = checked_key(run, (config, folder), key=key, rule=rule, storage=storage)
    with importing():
        from frontsearch.export import benchmark  # noqa: PLC0415 - imports torch
        from frontsearch.study import load_task  # noqa: PLC0415
        from frontsearch.training import Checkpoints  # noqa: PLC0415

    task, weights = load_task(config), Checkpoints(folder.checkpoints).load(whole_key)[0]
    digest = sha256((folder.checkpoints / f"{whole_key}.safetensors").read_bytes())
    found, compaction = benchmark(task, weights, checkpoint=digest)
    print_line(f"trial {whole_key[:8]}, with its zeros -> without what its outputs do not depend on")
    for line in (*left_out(compaction), ""):
        print_line(line)
    print_benchmark(benchmark_tables(found))
    path = Benchmarks(folder.benchmarks).save(whole_key, found)
    again = pasteable(f"frontsearch report {shlex.quote(str(folder.path))}{storage_option(storage)}")
    print_line(f"Wrote {path}, which pick shows.")
    print_line(f"The report shows it once it is written again: {again}")


def bench_files(paths: Sequence[Path]) -> None:
    """Prints sizes and times of one ONNX file, or of two that take turns."""
    with importing():
        from frontsearch.export import benchmark_files  # noqa: PLC0415 - imports torch

    for line in _file_lines(benchmark_files(paths)):
        print_line(line)


def _file_lines(found: "FileBenchmark") -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("file", "bytes", "after gzip", "parameters", "made from")]
    for file in found.files:
        origin = [f"{name} {file.metadata[name][:50]}" for name in ("trial", "study") if name in file.metadata]
        numbers = (f"{number:,}" for number in (*file.size, file.parameters))
        rows.append((str(file.path), *numbers, ", ".join(origin)))
    yield from padded(rows)
    yield ""
    yield from padded(timing_rows(found.timings))
    if found.timings[0].ratios and not any(timing.is_faster for timing in found.timings):
        yield f"{found.files[1].path} is not faster here than {found.files[0].path}."
    yield f"Measured on {found.machine}, with random inputs."
