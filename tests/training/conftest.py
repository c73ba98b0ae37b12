"""What the tests of trainings share."""

import pytest
import torch

from frontsearch.curves import Curves
from frontsearch.tasks import digits
from frontsearch.training import Checkpoints, Trainer, prepare_process


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    prepare_process()
    yield
    torch.set_flush_denormal(False)  # Hypothesis draws subnormal numbers in other tests


@pytest.fixture(scope="module")
def task():
    return digits()


@pytest.fixture
def trainer(task, tmp_path):
    return Trainer(task, Checkpoints(tmp_path / "checkpoints"), Curves(tmp_path / "curves"))
