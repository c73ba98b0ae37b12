"""Prints how long compaction and export take, beside a forward pass of the same network in the same run.

    python tests/benchmarks/compaction.py

A residual network of 11.7 million parameters (the layers of ResNet-18, with 60 % of the channels inside its blocks
dead) on two images of 224 x 224 pixels; and MNIST's LeNet-5 with 60 % of the units of its dense layers dead, checked on
the whole test split. Medians of five, in seconds.
"""

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from frontsearch.compaction import compact
from frontsearch.export import exported
from frontsearch.tasks import mnist
from frontsearch.workers import prepare_process

STAGES = ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1))


class Block(nn.Module):
    """Two convolutions with BatchNorm, and a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs))
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        projection = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Identity() if inputs == outputs and stride == 1 else projection

    def forward(self, inputs: Tensor) -> Tensor:
        """Returns feature maps."""
        branch: Tensor = self.second(torch.relu(self.first(inputs)))
        return torch.relu(branch + self.shortcut(inputs))


def residual_network() -> nn.Module:
    """A network with dead channels inside its blocks."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    layers.append(nn.MaxPool2d(3, 2, 1))
    inputs = 64
    for outputs, stride in STAGES:
        block, inputs = Block(inputs, outputs, stride), outputs
        with torch.no_grad():
            dead = torch.rand(outputs) < 0.6
            block.first[0].weight[dead], block.second[0].weight[:, dead] = 0, 0  # type: ignore[index,operator]
        layers.append(block)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000)).eval()


def seconds(action: Callable[[], object]) -> float:
    """Median of five."""
    found = []
    for _ in range(5):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


@torch.no_grad()
def main() -> None:
    """Prints both."""
    prepare_process()
    network, images = residual_network(), torch.rand(2, 3, 224, 224)
    sizes = [sum(each.numel() for each in one.parameters()) for one in (network, compact(network, images).network)]
    print(f"residual network: {sizes[0]:,} -> {sizes[1]:,} parameters")  # noqa: T201 - a script's own channel
    print(f"  forward pass {seconds(lambda: network(images)):.3f}")  # noqa: T201
    print(f"  compaction   {seconds(lambda: compact(network, images)):.3f}")  # noqa: T201
    task = mnist()
    weights = task.network(0).state_dict()
    for name, following in (("dense1", "dense2"), ("dense2", "dense3")):
        dead = torch.rand(len(weights[f"{name}.weight"])) < 0.6
        weights[f"{name}.weight"][dead], weights[f"{following}.weight"][:, dead] = 0, 0
    for form in ("safetensors", "torch", "onnx"):
        took = seconds(lambda form=form: exported(task, weights, form=form, dense=False, metadata={}))  # type: ignore[misc]
        print(f"LeNet-5 as {form:<11} {took:.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
