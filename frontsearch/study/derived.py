"""Derives from a study's task what its file does not say."""

from frontsearch.methods import SEARCHES
from frontsearch.study.boxes import default_log_box
from frontsearch.study.config import RangeTable, StudyConfig
from frontsearch.study.loading import inputs_of, measures_of
from frontsearch.tasks import Task
from frontsearch.training import chance_metrics, default_batch_size, default_l1_weights, default_reference_point

THRESHOLDS = 1e-4, 1e-2  # absolute values below which trained weights hardly matter
LEARNING_RATES = 1 / 4, 4.0  # times the learning rate of [training]


def with_derived(config: StudyConfig, task: Task) -> StudyConfig:
    """The study with the fingerprint of its task and everything that its file does not say.

    What is derived depends on the study file and the task alone, so the same file gives the same study again.

    Raises:
        UserError: If the reference point or the range of l1 weights cannot be derived and must be given.
    """
    reference_point = config.reference_point or default_reference_point(task)
    l1_weights = config.l1_weights or default_l1_weights(task, reference_point)
    chance_loss, chance_error = chance_metrics(task)
    regrow = config.training.pruning_regrow
    training = {
        "batch_size": config.training.batch_size or default_batch_size(task),
        # Groups that die for good can be left out of the training, and group l1 zeroes no weight that is not to die.
        "pruning_regrow": task.complexity == "l1" if regrow is None else regrow,
    }
    return config.model_copy(
        update={
            "fingerprint": task.fingerprint,
            "measures": measures_of(task),
            "inputs": inputs_of(task),
            "chance_loss": chance_loss,
            "chance_error": chance_error,
            "reference_point": reference_point,
            "l1_weights": l1_weights,
            "log_box": config.log_box or default_log_box(reference_point),
            "training": config.training.model_copy(update=training),
            "space": config.space or _default_space(config, l1_weights),
        }
    )


def _default_space(config: StudyConfig, l1_weights: tuple[float, float]) -> dict[str, RangeTable]:
    """The search space of a study that names hyperparameter searches but no space; empty for other studies."""
    if not config.methods.keys() & SEARCHES:
        return {}
    slowest, fastest = (config.training.learning_rate * factor for factor in LEARNING_RATES)
    return {
        "l1_weight": RangeTable(low=l1_weights[0], high=l1_weights[1], log=True),
        "pruning_threshold": RangeTable(low=THRESHOLDS[0], high=THRESHOLDS[1], log=True),
        "learning_rate": RangeTable(low=slowest, high=fastest, log=True),
    }
