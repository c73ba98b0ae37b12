"""``Deadlines``: how long a training may take before its worker counts as hanging."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from statistics import median

from frontsearch.recipe import Offspring, Recipe
from frontsearch.trial import Status, Trial

SHORTEST = 600.0  # seconds: a machine may be busy, and the first training of a kind may compile
TIMES = 10  # as long as the median training of its kind
REMEMBERED = 100  # trainings of each kind

Deadline = Callable[[], float | None]  # seconds from the beginning of a training; None, as yet, is no deadline


class Deadlines:
    """The deadlines of a study's trainings, which it learns from those that have finished.

    Args:
        given: Seconds that any training may take; None is ten times the median of the trainings of its kind, scaled by
            epochs, and at least ten minutes. Until one of its kind has finished, a training then has no deadline.
    """

    def __init__(self, given: float | None = None) -> None:
        self._given = given
        self._paces: dict[Hashable, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def of(self, argument: object = None) -> float | None:
        """Seconds for the trainings of these recipes, or for the certificate of this trial; None without a deadline."""
        recipes = _recipes(argument)
        if self._given is not None:
            return self._given * max(1, len(recipes))
        paces = [self._paces.get(_kind(recipe)) for recipe in recipes]
        if not paces or not all(paces):
            return None
        expected = sum(recipe.epochs * median(pace) for recipe, pace in zip(recipes, paces, strict=True) if pace)
        return max(SHORTEST, TIMES * expected)

    def learn(self, result: object) -> None:
        """Takes note of how long trials took; anything else is ignored."""
        for trial in _trials(result):
            if trial.status is Status.COMPLETE and trial.epochs > 0:
                self._paces[_kind(trial.recipe)].append(trial.seconds / trial.epochs)


def _recipes(argument: object) -> Sequence[Recipe]:
    if isinstance(argument, Trial):
        return [argument.recipe]
    return [item for item in argument if isinstance(item, Recipe)] if isinstance(argument, Sequence) else []


def _trials(result: object) -> Sequence[Trial]:
    return [item for item in result if isinstance(item, Trial)] if isinstance(result, Sequence) else []


def _kind(recipe: Recipe) -> Hashable:
    """What the time of an epoch depends on most."""
    return isinstance(recipe.start, Offspring), type(recipe.descent), recipe.optimiser, recipe.batch_size
