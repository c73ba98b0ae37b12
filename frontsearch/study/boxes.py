"""What a study's networks are measured against: the boxes of the hypervolumes, and chance."""

from frontsearch.comparison import Box, Chance
from frontsearch.study.config import LogBoxTable, StudyConfig

LOW_CROSS_ENTROPY = 0.01  # low end of the default log box, in nats per example
LOG_RANGE = 1000.0  # ratio of the high to the low end of l1 in the default log box, and the largest of the loss
MIN_LOG_RANGE = 10.0  # smallest ratio of the loss


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
    log_box = config.log_box or default_log_box(high)
    low, high = zip(log_box.cross_entropy, log_box.l1, strict=True)
    return linear, Box(low=low, high=high, log=True)


def chance_of(config: StudyConfig) -> Chance:
    """What guessing scores on the study's task, as far as the study file says."""
    return Chance(cross_entropy=config.chance_cross_entropy, error=config.chance_error)


def default_log_box(reference_point: tuple[float, float]) -> LogBoxTable:
    """The log box that ends at the reference point.

    Its l1 begins at a thousandth of the reference point's; its loss at 0.01, but at no less than a thousandth and no
    more than a tenth.
    """
    loss, l1 = reference_point
    low = min(max(LOW_CROSS_ENTROPY, loss / LOG_RANGE), loss / MIN_LOG_RANGE)
    return LogBoxTable(cross_entropy=(low, loss), l1=(l1 / LOG_RANGE, l1))
