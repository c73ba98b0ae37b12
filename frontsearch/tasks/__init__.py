"""Tasks: a data set in three splits, a network factory, and which of the network's parameters are penalised.

In: the name and options of a built-in task, or your own data and network. Out: a :class:`Task`. Read ``base.py``
first. ``examples.py``, ``on_demand.py``, ``reading.py`` and ``split_forms.py`` bring data into one form, ``checks.py``
and ``trainable.py`` try a few of them on the network, ``factories.py`` finds a task by name, ``columns.py`` the weights
that read the columns of a table. ``built_in/`` has one file per task, ``networks.py`` their networks,
``exact.py`` computes the exact front of a convex task, and ``fetching/`` downloads data sets that no library installs.
"""

from frontsearch.tasks.base import Task
from frontsearch.tasks.built_in import DATA_SETS, TASKS, breast_cancer, cifar10, digits, fashion, iris, lasso, mnist
from frontsearch.tasks.columns import input_weights
from frontsearch.tasks.contents import Contents
from frontsearch.tasks.exact import exact_front
from frontsearch.tasks.examples import Examples, Inputs, copied, forward, forward_once, joined
from frontsearch.tasks.factories import make_task
from frontsearch.tasks.fetching import cache_folder, fetch
from frontsearch.tasks.kernel_layout import is_channels_last, laid_out_as, take_contiguous_inputs_
from frontsearch.tasks.metrics import IGNORED, Metric, is_mean, option_of, torch_function
from frontsearch.tasks.networks import perceptron
from frontsearch.tasks.on_demand import ExamplesOnDemand
from frontsearch.tasks.outputs import are_close, gradient
from frontsearch.tasks.penalised import MAKE_PLAIN, computed_kernels
from frontsearch.tasks.seeding import seeded

__all__ = [
    "DATA_SETS", "IGNORED", "MAKE_PLAIN", "TASKS", "Contents", "Examples", "ExamplesOnDemand", "Inputs", "Metric",
    "Task", "are_close", "breast_cancer", "cache_folder", "cifar10", "computed_kernels", "copied", "digits",
    "exact_front", "fashion", "fetch", "forward", "forward_once", "gradient", "input_weights", "iris",
    "is_channels_last", "is_mean", "joined", "laid_out_as", "lasso", "make_task", "mnist", "option_of", "perceptron",
    "seeded", "take_contiguous_inputs_", "torch_function",
]  # fmt: skip
