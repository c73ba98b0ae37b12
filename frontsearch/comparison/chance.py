"""``Chance``: what guessing scores, which tells dead networks from living ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan

from frontsearch.measures import ERROR_RATE, Measures
from frontsearch.names import NONZEROS

ROUNDING = 1e-5  # relative; metrics are rounded sums


@dataclass(frozen=True, kw_only=True, slots=True)
class Chance:
    """What guesses that are the same for all examples score on the validation split.

    Attributes:
        loss: Their least loss; None where it is unknown.
        error: Their least error, a share; None where it is unknown or the task has no error metric.
    """

    loss: float | None = None
    error: float | None = None

    def is_dead(self, metrics: Mapping[str, float], *, measures: Measures) -> bool:
        """Whether a network with these metrics is dead: its penalised weights are all zero, or it guesses.

        It guesses if neither its loss nor its error is better than that of chance; an undefined one says nothing.
        """
        if metrics.get(NONZEROS) == 0:
            return True
        bounds = {measures.loss.on("validation"): self.loss, ERROR_RATE.on("validation"): self.error}
        known = {
            name: bound for name, bound in bounds.items() if bound is not None and isfinite(metrics.get(name, nan))
        }
        return bool(known) and all(metrics[name] >= bound * (1 - ROUNDING) for name, bound in known.items())


UNKNOWN_CHANCE = Chance()
