"""Which network to take: rules that pick one from the fronts of one or several runs."""

import math
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from frontsearch.comparison import Point, RunResult
from frontsearch.errors import check
from frontsearch.front import Front
from frontsearch.names import L1, NONZEROS, VALIDATION_CROSS_ENTROPY, VALIDATION_ERROR
from frontsearch.trial import Outcome, Trial

ROUNDING = 1e-9  # shares of wrong answers are sums over chunks; one answer in a million is a thousand times this
NOTHING = "No training completed, so there is no network to pick."


class Rule(Protocol):
    """A way to pick; validation figures choose, test figures are only reported."""

    @property
    def sentence(self) -> str:
        """What it picks."""

    def choose(self, points: Sequence[Point]) -> Point | str:
        """The point picked, or one sentence that says why there is none and what there is; points may be none."""


@dataclass(frozen=True, slots=True)
class Knee:
    """The knee of the front of cross entropy and l1.

    Attributes:
        by: ``chord`` is the point farthest below the chord of the front's extremes, ``weights`` the supported one that
            stays best over the widest range of l1 weights [Reiners2020]_.

    Raises:
        ValueError: When it is neither.
    """

    by: Literal["chord", "weights"] = "chord"

    def __post_init__(self) -> None:
        check("knee", self.by, "chord or weights", holds=self.by in {"chord", "weights"})

    @property
    def sentence(self) -> str:
        """What it picks."""
        if self.by == "chord":
            return "The knee: farthest below the chord of the front's extremes."
        return "The knee by weights: the supported network that stays best over the widest range of l1 weights."

    def choose(self, points: Sequence[Point]) -> Point | str:
        """A knee by weights lies between two other supported points, which a front may lack."""
        front = Front.of_trials(point.trial for point in points)
        found = front.knee if self.by == "chord" else front.widest_knee
        if found is not None:
            return next(point for point in points if point.trial.key == found.key)
        if front.knee is None:
            return NOTHING
        return f"Between the front's extremes nothing is supported, so only the chord has a knee: {_named(front.knee)}."


@dataclass(frozen=True, slots=True)
class Budget:
    """The best cross entropy on validation that a budget of weights allows.

    Attributes:
        of: What is limited, ``l1`` or ``nonzeros``.
        most: The limit.

    Raises:
        ValueError: When the limit is negative or not finite.
    """

    of: Literal["l1", "nonzeros"]
    most: float

    def __post_init__(self) -> None:
        check(f"max_{self.of}", self.most, "finite and not negative", holds=0 <= self.most < math.inf)

    @property
    def sentence(self) -> str:
        """What it picks."""
        return f"Of the networks on the fronts the least validation cross entropy with {self.of} at most {self.most:g}."

    def choose(self, points: Sequence[Point]) -> Point | str:
        """Of equal cross entropies the one that spends less."""
        if not points:
            return NOTHING
        inside = [point for point in points if self._spent(point) <= self.most]
        if inside:
            return min(inside, key=lambda point: (_loss(point), self._spent(point)))
        least = min(points, key=lambda point: (self._spent(point), _loss(point)))
        return f"No network of a front has {self.of} at most {self.most:g}; the least has {_named(least.trial)}."

    def _spent(self, point: Point) -> float:
        return point.l1 if self.of == L1 else _nonzeros(point)


@dataclass(frozen=True, slots=True)
class Sparsest:
    """The fewest nonzeros within some percentage points of the best accuracy on validation.

    Attributes:
        within: How much greater than the least one the error may be, in percentage points.

    Raises:
        ValueError: When that is negative or not finite.
    """

    within: float

    def __post_init__(self) -> None:
        check("max_error_increase", self.within, "finite and not negative", holds=0 <= self.within < math.inf)

    @property
    def sentence(self) -> str:
        """What it picks."""
        return f"The fewest nonzeros with a validation error at most {self.within:g} percentage points above the least."

    def choose(self, points: Sequence[Point]) -> Point | str:
        """Of equally sparse ones the one with the least error."""
        named = [point for point in points if VALIDATION_ERROR in point.trial.metrics]
        if not named:
            return "The task has no errors to count, so no network can be picked by them." if points else NOTHING
        limit = min(map(_error, named)) + self.within / 100 + ROUNDING
        inside = [point for point in named if _error(point) <= limit]
        return min(inside, key=lambda point: (_nonzeros(point), _error(point), _loss(point)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Pick:
    """A network that a rule picked.

    Attributes:
        words: What the rule picks.
        figures: The run that found it.
        point: The network with all its figures.
        trial: Its training.
        checkpoint: Its weights, from the run's output folder.
        export: The command that writes its network to a file of its own.
    """

    words: str
    figures: RunResult
    point: Point
    trial: Trial
    checkpoint: str
    export: str


def pick(rule: Rule, runs: Sequence[RunResult], *, study: str, out: Path | None = None) -> Pick | str:
    """What a rule picks of both fronts of these runs, or the sentence that says why it picks nothing.

    Args:
        rule: The rule.
        runs: A run alone, or all that are to be picked from.
        study: The study as the command line names it.
        out: Its output folder, where that is not the study's own.
    """
    owned = _owned(runs)
    chosen = rule.choose([point for _, point, _ in owned.values()])
    if isinstance(chosen, str):
        return chosen
    return _picked(rule.sentence, owned[chosen.trial.key], study=study, out=out)


def answers(runs: Sequence[RunResult], *, study: str, out: Path | None = None) -> list[Pick]:
    """Every network that a budget or some percentage points pick of these runs, whatever the limit, each once.

    Arguments as of :func:`pick`.
    """
    owned = _owned(runs)
    points = [point for _, point, _ in owned.values()]
    named = [point for point in points if VALIDATION_ERROR in point.trial.metrics]
    steps = (
        _steps(points, lambda point: (point.l1, _loss(point))),
        _steps(points, lambda point: (_nonzeros(point), _loss(point))),
        _steps(named, lambda point: (_error(point), _nonzeros(point), _loss(point))),
    )
    keys = dict.fromkeys(point.trial.key for found in steps for point in found)
    return [_picked("A network that some limit picks.", owned[key], study=study, out=out) for key in keys]


def export_command(study: str, key: str, *, out: Path | None = None) -> str:
    """What to type for a trial's network as a file of its own; arguments as of :func:`pick`."""
    where = f" --out {shlex.quote(str(out))}" if out else ""
    return f"frontsearch export {shlex.quote(study)} {key[:8]}{where}"


_Owned = tuple[RunResult, Point, Trial]


def _owned(runs: Sequence[RunResult]) -> dict[str, _Owned]:
    """The networks of both fronts of these runs, by key."""
    found = [(figures, point) for figures in runs for point in figures.points]
    found += [(figures, point) for figures in runs for point in figures.sparse]
    owned: dict[str, _Owned] = {}
    for figures, point in found:  # a training that two runs share is the first one's; what was imported has no weights
        if isinstance(point.trial, Trial):
            owned.setdefault(point.trial.key, (figures, point, point.trial))
    return owned


def _picked(words: str, owned: _Owned, *, study: str, out: Path | None) -> Pick:
    figures, point, trial = owned
    return Pick(
        words=words, figures=figures, point=point, trial=trial, checkpoint=f"checkpoints/{trial.key}.safetensors",
        export=export_command(study, trial.key, out=out),
    )  # fmt: skip


def _steps(points: Iterable[Point], figures: Callable[[Point], tuple[float, ...]]) -> Iterator[Point]:
    """Of points by rising first figure, each that has a smaller second one than all before it."""
    least = math.inf
    for point in sorted(points, key=figures):
        if (second := figures(point)[1]) < least:
            least = second
            yield point


def _loss(point: Point) -> float:
    return point.trial.metrics[VALIDATION_CROSS_ENTROPY]  # the objective's may be of the training split


def _nonzeros(point: Point) -> float:
    return point.trial.metrics[NONZEROS]


def _error(point: Point) -> float:
    return point.trial.metrics[VALIDATION_ERROR]


def _named(trial: Outcome) -> str:
    loss, l1, nonzeros = (trial.metrics[name] for name in (VALIDATION_CROSS_ENTROPY, L1, NONZEROS))
    return f"trial {trial.key[:8]} (validation cross entropy {loss:.4f}, l1 {l1:.5g}, {nonzeros:.0f} nonzeros)"
