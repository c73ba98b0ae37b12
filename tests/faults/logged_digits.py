"""A task that writes a line to the file named by the environment variable STARTED whenever a training starts."""

import os

import torch
from sklearn.datasets import load_digits
from torch import nn

from frontsearch import Task

CHECKS = 1  # the greatest seed of networks that are made to look at the task; a training's has 32 random bits


class Logged(nn.Sequential):
    """No chain, so that each training is alone and what a kill costs is known."""

    def forward(self, inputs):
        return super().forward(inputs) * 1


def build():
    if torch.initial_seed() > CHECKS:
        file = os.open(os.environ["STARTED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{os.getpid()}\n".encode())
        os.close(file)
    return Logged(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))


def make_task():
    inputs, targets = load_digits(return_X_y=True)
    return Task(name="logged digits", splits={"train": (inputs.astype("float32") / 16, targets)}, build=build)
