"""Fixtures for tests that train: one torch thread, the digits task and a trainer for it."""

import pytest
import torch

from frontsearch.folder import Curves
from frontsearch.tasks import digits
from frontsearch.training import Checkpoints, Trainer
from frontsearch.workers import prepare_process


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    prepare_process()
    yield
    torch.set_flush_denormal(False)  # other tests draw subnormal numbers with Hypothesis


@pytest.fixture(scope="module")
def task():
    return digits()


@pytest.fixture
def trainer(task, tmp_path):
    return Trainer(task, Checkpoints(tmp_path / "checkpoints"), Curves(tmp_path / "curves"))
