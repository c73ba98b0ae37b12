"""What a study's networks are measured against: the boxes of the hypervolumes, and chance."""

from frontsearch.comparison import Box, Chance
from frontsearch.study.config import StudyConfig

MIN_CROSS_ENTROPY = 0.01  # low end of the default log box, in nats per example
LOG_L1_RANGE = 1000.0  # ratio of the high to the low end of l1 in the default log box


def reference_point(config: StudyConfig) -> tuple[float, float]:
    """The study's reference point ``(cross_entropy, l1)``, cross entropy in nats per example.

    Raises:
        ValueError: When the study file has none and the task's was not filled in.
    """
    if config.reference_point is None:
        raise ValueError("`reference_point` must be known by now; was the task left out?")
    return config.reference_point


def hypervolume_boxes(config: StudyConfig) -> tuple[Box, Box]:
    """The linear box from (0, 0) to the reference point, and the box on log10 axes."""
    high = reference_point(config)
    linear = Box(low=(0.0, 0.0), high=high)
    if config.log_box is None:
        return linear, Box(low=(MIN_CROSS_ENTROPY, high[1] / LOG_L1_RANGE), high=high, log=True)
    low, high = zip(config.log_box.cross_entropy, config.log_box.l1, strict=True)
    return linear, Box(low=low, high=high, log=True)


def chance_of(config: StudyConfig) -> Chance:
    """What guessing scores on the study's task, as far as the study file says."""
    return Chance(cross_entropy=config.chance_cross_entropy, error=config.chance_error)
