"""Bayesian signed-rank test: how probable is it that one method is better, equivalent or worse [Benavoli2017]_?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

EQUIVALENT = 0.005  # hypervolumes closer than this are of no practical difference: half a point of the reference box
PRIOR = 0.5  # weight of the prior, one more difference of 0
SAMPLES = 50_000
SEED = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Posterior:
    """Posterior probabilities of what a further pair of results would mostly show; they sum to 1.

    Attributes:
        better: That the first method is better by more than ``EQUIVALENT``.
        equivalent: That the difference is within ``EQUIVALENT``.
        worse: That the first method is worse by more than that.
        differences: Number of differences observed.
    """

    better: float
    equivalent: float
    worse: float
    differences: int


def signed_rank_posterior(differences: Sequence[float], /, *, rope: float = EQUIVALENT) -> Posterior:
    """The posterior after these differences, first method minus second, with a Dirichlet process as prior.

    Weights of the observed differences and of one of 0, the prior, are drawn from their Dirichlet posterior. Each draw
    weighs the mean of every two differences, and counts for the region that has the most weight.

    Args:
        differences: One difference for each pair of results, higher values better.
        rope: Half the width of the region of practical equivalence.
    """
    values = np.array([0.0, *differences])
    means = np.add.outer(values, values) / 2
    weights = np.random.default_rng(SEED).dirichlet([PRIOR, *np.ones(len(differences))], size=SAMPLES)
    above, below = (((weights @ region) * weights).sum(axis=1) for region in (means > rope, means < -rope))
    winners = np.argmax([above, 1 - above - below, below], axis=0)
    better, equivalent, worse = (np.bincount(winners, minlength=3) / SAMPLES).tolist()
    return Posterior(better=better, equivalent=equivalent, worse=worse, differences=len(differences))
