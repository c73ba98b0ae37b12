"""One training of the LeNet-5 as people usually write it, for the plain Optuna and pymoo scripts.

A DataLoader, torch's optimisers, l1 as a term of the loss, and small weights cut while it trains. Only the data and the
scale that l1 is reported in come from frontsearch, so that everybody has the same split and the same measure.
"""

import math

import torch
from torch import nn
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset

from frontsearch import canonical_scale, mnist

EPOCHS = 2
OPTIMISERS = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
SCHEDULES = {
    "constant": lambda progress: 1.0,
    "cosine": lambda progress: 0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2,
    "sigmoid": lambda progress: 1 - 0.9 / (1 + math.exp(-(progress - 0.75) / 0.075)),
}
RAMPS = {
    "constant": lambda progress: 1.0,
    "linear": lambda progress: progress,
    "cubic": lambda progress: 1 - (1 - progress) ** 3,
}


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 3), nn.Conv2d(6, 16, 3)
        self.dense1, self.dense2, self.dense3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
        for layer in self.children():
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, images):
        features = functional.avg_pool2d(functional.relu(self.conv1(images)), 2)
        features = functional.avg_pool2d(functional.relu(self.conv2(features)), 2)
        hidden = functional.relu(self.dense1(features.flatten(1)))
        return self.dense3(functional.relu(self.dense2(hidden)))


class Training:
    """Trains networks on MNIST and tells their objectives."""

    def __init__(self, seed):
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        task = mnist()
        self.scale, splits = canonical_scale(task), task.splits
        self.train = DataLoader(TensorDataset(*splits["train"]), batch_size=128, shuffle=True)
        self.validation = DataLoader(TensorDataset(*splits["validation"]), batch_size=500)

    def objectives(self, chosen):
        """Validation cross entropy, and l1 of the dense kernels, after a training with these hyperparameters."""
        network = LeNet5()
        kernels = [network.dense1.weight, network.dense2.weight, network.dense3.weight]
        self.descend(network, kernels, chosen)
        loss, l1 = self.loss(network), self.scale.balance(network).l1
        print(f"cross entropy {loss:.4f}, l1 {l1:.5g}", flush=True)  # noqa: T201 - what the benchmark reads
        return loss, l1

    def descend(self, network, kernels, chosen):
        steps = EPOCHS * len(self.train)
        optimiser = OPTIMISERS[chosen["optimiser"]](network.parameters(), lr=chosen["learning_rate"])
        schedule = LambdaLR(optimiser, lambda step: SCHEDULES[chosen["schedule"]](step / steps))
        begin, step, masks = round(chosen["pruning_begin"] * len(self.train)), 0, None
        for _ in range(EPOCHS):
            for images, labels in self.train:
                l1 = sum(kernel.abs().sum() for kernel in kernels)
                loss = functional.cross_entropy(network(images), labels) + chosen["l1_weight"] * l1
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                step += 1
                with torch.no_grad():
                    if masks is not None and not chosen["pruning_regrow"]:
                        for kernel, mask in zip(kernels, masks, strict=True):
                            kernel.mul_(mask)
                    if step == steps or (step >= begin and (step - begin) % chosen["pruning_every"] == 0):
                        progress = (step - begin) / (steps - begin)
                        limit = chosen["pruning_threshold"] * RAMPS[chosen["pruning_ramp"]](progress)
                        masks = [kernel.abs() > limit for kernel in kernels]
                        for kernel, mask in zip(kernels, masks, strict=True):
                            kernel.mul_(mask)

    @torch.no_grad()
    def loss(self, network):
        total = 0.0
        for images, labels in self.validation:
            total += functional.cross_entropy(network(images), labels, reduction="sum").item()
        return total / len(self.validation.dataset)
