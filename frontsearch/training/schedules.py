"""Schedules: how the learning rate falls and the pruning threshold rises over a training."""

import math

from frontsearch.names import RampName, ScheduleName

COSINE_FLOOR, SIGMOID_FLOOR = 0.02, 0.1
SIGMOID_CENTRE, SIGMOID_WIDTH = 0.75, 0.075


def learning_rate(schedule: ScheduleName, progress: float) -> float:
    """The factor on the initial learning rate at this point of the training.

    ``cosine`` falls to 2 % [Loshchilov2017]_; ``sigmoid`` falls to 10 %, most of it around three quarters of the
    training, as in [Reiners2020]_.

    Args:
        schedule: ``constant``, ``cosine`` or ``sigmoid``.
        progress: Share of the training that is over, in [0, 1].
    """
    match schedule:
        case "constant":
            return 1.0
        case "cosine":
            return COSINE_FLOOR + (1 - COSINE_FLOOR) * 0.5 * (1 + math.cos(math.pi * progress))
        case "sigmoid":
            fallen = 1 / (1 + math.exp(-(progress - SIGMOID_CENTRE) / SIGMOID_WIDTH))
            return 1 - (1 - SIGMOID_FLOOR) * fallen


def ramp(name: RampName, progress: float) -> float:
    """The share of the final pruning threshold or sparsity at this point of the pruning phase.

    ``cubic`` is the ramp of [Zhu2018]_: fast at first, then flat.

    Args:
        name: ``constant``, ``linear`` or ``cubic``.
        progress: Share of the pruning phase that is over, in [0, 1].
    """
    match name:
        case "constant":
            return 1.0
        case "linear":
            return progress
        case "cubic":
            return 1 - (1 - progress) ** 3
