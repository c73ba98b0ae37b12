"""l1 of a LeNet-5 or of a perceptron from its checkpoint, with NumPy alone: held convolutions, then one unit at a time.

    python tests/scale/numpy_l1.py RUN_FOLDER

Prints the l1 of each network of a run on ``mnist`` (LeNet-5, dense kernels penalised) or ``digits``, beside the file's.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file


def least_l1(kernels):
    """The least l1 of dense kernels, ``(outputs, inputs)`` each, one after the other: sweeps until nothing moves."""
    absolute = [np.abs(kernel).astype(np.float64) for kernel in kernels]
    before = np.inf
    while (total := sum(kernel.sum() for kernel in absolute)) < before * (1 - 1e-13):
        before = total
        for layer in range(len(absolute) - 1):
            incoming, outgoing = absolute[layer].sum(1), absolute[layer + 1].sum(0)
            dead = (incoming == 0) | (outgoing == 0)  # its scale may be as large or as small as one likes
            scale = np.where(dead, 0, np.sqrt(np.where(dead, 1, outgoing) / np.where(dead, 1, incoming)))
            absolute[layer] *= scale[:, None]
            absolute[layer + 1] *= np.where(dead, 0, 1 / np.where(dead, 1, scale))
    return float(total)


def held(kernel, scale_before):
    """A convolution with its inputs' scale, and the factor that gives each channel its initial norm on average."""
    outputs, inputs, *size = kernel.shape
    kernel = kernel.astype(np.float64) / scale_before[None, :, None, None]
    variance = 2 / ((inputs + outputs) * np.prod(size))  # Glorot's
    return np.sqrt(variance * inputs * np.prod(size)) / np.sqrt((kernel**2).sum((1, 2, 3)))


def l1_of_lenet5(weights):
    scale = held(weights["conv1.weight"], np.ones(1))
    scale = held(weights["conv2.weight"], scale)
    first = weights["dense1.weight"].astype(np.float64) / np.repeat(scale, 25)
    return least_l1([first, weights["dense2.weight"], weights["dense3.weight"]])


def l1_of_checkpoint(path):
    weights = load_file(path)
    if "conv1.weight" in weights:
        return l1_of_lenet5(weights)
    return least_l1([weights[name] for name in sorted(weights) if name.endswith(".weight")])


def main():
    folder = Path(sys.argv[1])
    with (folder / "fronts.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = l1_of_checkpoint(folder / "checkpoints" / f"{row['key']}.safetensors")
            print(row["method"], row["key"][:8], row["l1"], found)  # noqa: T201


if __name__ == "__main__":
    main()
