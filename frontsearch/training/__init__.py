"""One training: update directions, proximal steps, pruning, schedules, checkpoints."""

from frontsearch.training.checkpoints import Checkpoints
from frontsearch.training.compiling import compiler_fault
from frontsearch.training.devices import device_of
from frontsearch.training.errands import Cluster, Errands, Size
from frontsearch.training.process import prepare_process
from frontsearch.training.trainer import Trainer
from frontsearch.training.workers import Workshop, certify, evaluate, workers

__all__ = [
    "Checkpoints",
    "Cluster",
    "Errands",
    "Size",
    "Trainer",
    "Workshop",
    "certify",
    "compiler_fault",
    "device_of",
    "evaluate",
    "prepare_process",
    "workers",
]
