"""A convolution, its ReLU and the mean over windows of 2x2 as one matrix product.

A convolution of few channels spends its time on passes over its output, not on arithmetic. Four shifted kernels, one
for each place of a window, applied with stride two, give the same numbers; with the examples last in memory all four
are one product of matrices, and the mean is a sum of four contiguous blocks. A step of LeNet-5 takes less than half of
the time. It does not pay for layers of twenty channels and more.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional


def averaged(maps: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """``avg_pool2d(relu(conv2d(maps, kernel, bias)), 2)`` with the examples last, ``(outputs, h', w', n)``.

    Args:
        maps: ``(channels, h, w, n)``.
        kernel: ``(outputs, channels, k, k)`` with an odd k; its stride is one and nothing is padded.
        bias: ``(outputs,)``.
    """
    channels, height, width, count = maps.shape
    size = kernel.shape[-1]
    reach, tall, wide = (size + 1) // 2, (height - size + 1) // 2, (width - size + 1) // 2
    even = maps[:, : 2 * (tall + reach - 1), : 2 * (wide + reach - 1)]
    even = even.reshape(channels, tall + reach - 1, 2, wide + reach - 1, 2, count).permute(0, 2, 4, 1, 3, 5)
    seen = torch.cat([even[..., y : y + tall, x : x + wide, :] for y in range(reach) for x in range(reach)])
    four = (kernel.reshape(-1, size * size) @ _places(size).to(kernel)).view(-1, channels, 4, reach, 2, reach, 2)
    found = four.permute(2, 0, 3, 5, 1, 4, 6).flatten(2) @ seen.view(-1, tall * wide * count)
    # addmm would copy the bias to the product's place first, which takes longer than to add it afterwards.
    return found.add_((bias / 4).unsqueeze(1)).relu_().sum(0).view(-1, tall, wide, count)


@cache
def _places(size: int) -> Tensor:
    """A quarter of a kernel at each place of a window, ``(size^2, 4 (size + 1)^2)``, as a linear map of the kernel.

    A quarter, because ReLU lets a positive factor through: the sum of the four is then their mean.
    """
    kernels = torch.eye(size * size).div(4).view(-1, size, size)
    places = [functional.pad(kernels, (x, 1 - x, y, 1 - y)) for y in (0, 1) for x in (0, 1)]
    return torch.stack(places, dim=1).flatten(1)
