"""What a study's networks read, and what they are measured by and against: loss, metrics, boxes, chance."""

from dataclasses import replace

from frontsearch.comparison import Box, Chance
from frontsearch.measures import CLASSIFICATION, Measures
from frontsearch.selection import InputColumns
from frontsearch.study.config import LogBoxTable, StudyConfig

LOW_LOSS = 0.01  # low end of the default log box; made for cross entropy in nats per example
LOG_RANGE = 1000.0  # ratio of the high to the low end of l1 in the default log box, and the largest of the loss
MIN_LOG_RANGE = 10.0  # smallest ratio of the loss


def measures_in(config: StudyConfig) -> Measures:
    """What the study's networks are measured by; a study that does not say so has cross entropy and error."""
    if config.measures is None:
        return replace(CLASSIFICATION, objective=config.objective)
    measures = config.measures
    return Measures.of_names(
        measures.loss, measures.metrics, objective=config.objective, complexity=measures.complexity
    )


def reference_point(config: StudyConfig) -> tuple[float, float]:
    """The study's reference point ``(loss, l1)``.

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
    low, high = zip(log_box.loss, log_box.l1, strict=True)
    return linear, Box(low=low, high=high, log=True)


def chance_of(config: StudyConfig) -> Chance:
    """What guessing scores on the study's task, as far as the study file says."""
    return Chance(loss=config.chance_loss, error=config.chance_error)


def input_columns(config: StudyConfig) -> InputColumns | None:
    """The columns of the inputs of the study's task, as far as the study file says."""
    return InputColumns(**config.inputs.model_dump()) if config.inputs else None


def default_log_box(reference_point: tuple[float, float]) -> LogBoxTable:
    """The log box that ends at the reference point.

    Its l1 begins at a thousandth of the reference point's; its loss at 0.01, but at no less than a thousandth and no
    more than a tenth.
    """
    loss, l1 = reference_point
    low = min(max(LOW_LOSS, loss / LOG_RANGE), loss / MIN_LOG_RANGE)
    return LogBoxTable(loss=(low, loss), l1=(l1 / LOG_RANGE, l1))
