"""The boxes in whose units a study's fronts are measured."""

from frontsearch.comparison import Box
from frontsearch.study.config import StudyConfig

LEAST_CROSS_ENTROPY = 0.01  # low end of the default log box, in nats per example
LOG_L1_RANGE = 1000.0  # high end over low end of its l1


def reference_point(config: StudyConfig) -> tuple[float, float]:
    """The reference point: cross entropy in nats per example, l1.

    Raises:
        ValueError: When the study leaves it to its task, which has not been asked.
    """
    if config.reference_point is None:
        raise ValueError("`reference_point` must be known by now; was the task left out?")
    return config.reference_point


def boxes(config: StudyConfig) -> tuple[Box, Box]:
    """The linear box, whose low corner is (0, 0), and the one on log10 axes."""
    high = reference_point(config)
    linear = Box(low=(0.0, 0.0), high=high)
    if config.log_box is None:
        return linear, Box(low=(LEAST_CROSS_ENTROPY, high[1] / LOG_L1_RANGE), high=high, log=True)
    low, high = zip(config.log_box.cross_entropy, config.log_box.l1, strict=True)
    return linear, Box(low=low, high=high, log=True)
