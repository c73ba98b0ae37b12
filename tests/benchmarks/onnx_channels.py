"""Prints how fast onnxruntime computes networks with dead channels: all left out, and some kept so that fours are left.

    python tests/benchmarks/onnx_channels.py

Three networks for images of 32 x 32 pixels with 40 and 70 % of their channels dead at random: ResNet-20, one of
depthwise and pointwise convolutions, and one that concatenates what each convolution computes to what it takes. Ratios
to the whole network on one thread, which takes turns with the others: medians of 15.
"""

import statistics
import time
from collections.abc import Callable

import onnxruntime
import torch
from _dead_channels import kill_
from torch import Tensor, nn

from frontsearch.compaction import find_channels
from frontsearch.export import compacted_network, exported
from frontsearch.export.formats import FORMATS, Chosen
from frontsearch.tasks import Task
from frontsearch.tasks.resnet import ResNet20
from frontsearch.workers import prepare_process

ROUNDS = 15
CALLS = {1: 20, 64: 1}  # in a round, by the number of examples
STAGES = ((32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1))


def block(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution with BatchNorm and ReLU."""
    convolution = nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


def separable() -> nn.Module:
    """Depthwise and pointwise convolutions in turns, as in MobileNet."""
    pairs = [
        (block(inputs, inputs, 3, stride, inputs), block(inputs, outputs, 1)) for inputs, outputs, stride in STAGES
    ]
    layers = [layer for pair in pairs for layer in pair]
    return nn.Sequential(block(3, 32, 3), *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))


class Concatenated(nn.Module):
    """A convolution whose outputs stand beside its inputs, as in DenseNet."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.branch = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), convolution)

    def forward(self, maps: Tensor) -> Tensor:
        """Returns feature maps."""
        return torch.cat([maps, self.branch(maps)], dim=1)


def concatenating() -> nn.Module:
    """Five convolutions of twelve channels, each of which takes what all before it computed."""
    layers = [Concatenated(24 + 12 * number, 12) for number in range(5)]
    ends = (nn.BatchNorm2d(84), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(84, 10))
    return nn.Sequential(nn.Conv2d(3, 24, 3, padding=1), *layers, *ends)


def files(build: Callable[[], nn.Module], share: float) -> dict[str, bytes]:
    """The same network as three ONNX files."""
    torch.manual_seed(0)
    images = torch.rand(64, 3, 32, 32)
    task = Task(name="dead channels", splits={"train": (images, torch.arange(64) % 10)}, build=build)
    network = task.network(0).eval()
    kill_(network, find_channels(network, images[:2]), share)
    weights = network.state_dict()
    whole, fours = (exported(task, weights, form="onnx", dense=dense, metadata={}).content for dense in (True, False))
    exact = FORMATS["onnx"].content(Chosen.of(task, compacted_network(task, network), {}))
    return {"whole": whole, "all left out": exact, "in fours": fours}


def seconds(contents: dict[str, bytes], examples: int) -> dict[str, float]:
    """Median seconds of a call."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = {
        name: onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        for name, content in contents.items()
    }
    inputs = {"inputs": torch.rand(examples, 3, 32, 32).numpy()}
    rounds: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(ROUNDS):
        for name, session in sessions.items():
            start = time.perf_counter()
            for _ in range(CALLS[examples]):
                session.run(None, inputs)
            rounds[name].append((time.perf_counter() - start) / CALLS[examples])
    return {name: statistics.median(found) for name, found in rounds.items()}


def main() -> None:
    """Prints a line for each network and number of examples."""
    prepare_process()
    print("network        dead  examples  all left out  in fours  bytes")  # noqa: T201 - a script's own channel
    for name, build in {"ResNet-20": ResNet20, "separable": separable, "concatenating": concatenating}.items():
        for share in (0.4, 0.7):
            contents = files(build, share)
            sizes = " -> ".join(f"{len(content):,}" for content in contents.values())
            for examples in CALLS:
                found = seconds(contents, examples)
                exact, fours = (found["whole"] / found[each] for each in ("all left out", "in fours"))
                print(f"{name:13s}  {share:4.0%}  {examples:8d}  {exact:12.2f}  {fours:8.2f}  {sizes}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
