"""How fast a network was measured to be, saved as one small JSON file per trial."""

from dataclasses import dataclass, field
from functools import cache
from math import nan
from pathlib import Path
from statistics import median
from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter

from frontsearch.errors import UserError, one_line
from frontsearch.folder.reading import read_regular
from frontsearch.folder.trial_files import TrialFiles

FASTER = 1.05  # ratios closer to one are not told from none
LARGEST = 10**6  # bytes; a benchmark has some ten thousand

Text = Annotated[str, AfterValidator(one_line)]  # it reaches terminals
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(gt=0, lt=10**9)]
Pair = tuple[Count, Count]


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """How long calls of one network or two took in one setting.

    Attributes:
        engine: What ran them, such as ``torch``.
        threads: Number of threads.
        batch: Number of examples in a call.
        rounds: Seconds of a call in each round, of each network; the networks took turns.
    """

    engine: Text
    threads: Count
    batch: Count
    rounds: Annotated[
        tuple[Annotated[tuple[Seconds, ...], Field(min_length=1)], ...], Field(min_length=1, max_length=2)
    ]

    @property
    def seconds(self) -> tuple[float, ...]:
        """Median seconds of a call, of each network."""
        return tuple(map(median, self.rounds))

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times as fast as the first network the second was, in each round; empty without a second."""
        first, *others = self.rounds
        return tuple(whole / small for other in others for whole, small in zip(first, other, strict=False))

    @property
    def ratio(self) -> float:
        """How many times as fast the second network is, the median of all rounds; NaN without a second."""
        return median(self.ratios) if self.ratios else nan

    @property
    def is_faster(self) -> bool:
        """Whether the second network is faster by more than chance: in the median, and in three of four rounds."""
        return self.ratio >= FASTER and 4 * sum(ratio > 1 for ratio in self.ratios) >= 3 * len(self.ratios)


@dataclass(frozen=True, kw_only=True, slots=True)
class Benchmark:
    """Sizes and times of a network with all of its zeros, and without what its outputs do not depend on.

    Attributes:
        machine: What it was measured on, with versions.
        checkpoint: SHA-256 of the network's checkpoint.
        parameters: Number of weights and biases, of the whole network and of the smaller one.
        multiply_adds: Multiplications with weights for one example, likewise.
        sizes: Bytes of the files by format, likewise; plain, and after gzip.
        timings: Times in each setting.
        notes: Sentences on what was not timed, and why.
        untrained: Bytes of the files of the network as a training begins, by format; plain, and after gzip.
    """

    machine: Text
    checkpoint: Text
    parameters: Pair
    multiply_adds: Pair
    sizes: dict[Text, tuple[Pair, Pair]]
    timings: tuple[Timing, ...]
    notes: tuple[Text, ...]
    untrained: dict[Text, Pair] = field(default_factory=dict)  # earlier commits did not measure it


@cache
def _json() -> TypeAdapter[Benchmark]:
    """Made on first use, as that takes longer than the commands that read no benchmarks should."""
    return TypeAdapter(Benchmark)


@dataclass(frozen=True)
class Benchmarks:
    """The benchmarks in a folder, one file per trial, named by trial key."""

    folder: Path

    def save(self, key: str, benchmark: Benchmark) -> Path:
        """Writes a trial's benchmark atomically and returns the file's path.

        Raises:
            UserError: If the file cannot be written.
        """
        self._files.write(key, _json().dump_json(benchmark) + b"\n")
        return self.folder / f"{key}.json"

    def load(self, key: str) -> Benchmark | None:
        """A trial's benchmark; None if it was not measured.

        Raises:
            UserError: If the file is damaged or a link.
        """
        path = self._files.find(key)
        if path is None:
            return None
        try:
            return _json().validate_json(read_regular(path, most=LARGEST))
        except (OSError, ValueError) as error:
            raise UserError(f"{path} is damaged or not what `frontsearch bench` writes: measure again.") from error

    @property
    def _files(self) -> TrialFiles:
        return TrialFiles(self.folder, ".json")
