"""Training: trains recipes on one task and records its metrics, weights and learning curve.

In: recipes. Out: their trials; checkpoints and learning curves are written to the output folder. Read ``trainer.py``
first, top to bottom, then ``alone.py``: ``starts.py`` makes the initial weights, ``optimisers.py`` takes a step,
``pruning.py`` sets weights to zero, ``shrinking.py`` leaves out dead units and ``objectives.py`` computes the metrics.
``stacked/`` trains small networks side by side. ``defaults.py`` derives from a task what a study does not say.
"""

from frontsearch.training.certificates import full_gradient, network_certificate
from frontsearch.training.chance import chance_metrics
from frontsearch.training.checkpoints import Checkpoints, without_tiny_numbers
from frontsearch.training.compiling import compiler_error, keeps_gradient
from frontsearch.training.defaults import default_batch_size, default_l1_weights, default_reference_point
from frontsearch.training.objectives import metrics_of, untrained_metrics
from frontsearch.training.stacked import stacked_task
from frontsearch.training.trainer import Trainer

__all__ = [
    "Checkpoints", "Trainer", "chance_metrics", "compiler_error", "default_batch_size", "default_l1_weights",
    "default_reference_point", "full_gradient", "keeps_gradient", "metrics_of", "network_certificate",
    "stacked_task", "untrained_metrics", "without_tiny_numbers",
]  # fmt: skip
