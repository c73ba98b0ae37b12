"""Compares the runs of a study by what its file and its task say."""

from collections.abc import Callable
from functools import partial

from frontsearch.comparison import Comparison, compare, read_published
from frontsearch.study.boxes import chance_of, hypervolume_boxes
from frontsearch.study.config import StudyConfig
from frontsearch.tasks import Task, exact_front


def comparing(config: StudyConfig, task: Task) -> Callable[..., Comparison]:
    """Compares runs of the study, with everything that does not depend on them read beforehand."""
    linear, log = hypervolume_boxes(config)
    return partial(
        compare, linear=linear, log=log, measures=task.measures, chance=chance_of(config), target=config.target,
        exact=exact_front(task, max_l1=linear.high[1]) if config.exact else None,
        published=read_published(config.published) if config.published else None,
    )  # fmt: skip
