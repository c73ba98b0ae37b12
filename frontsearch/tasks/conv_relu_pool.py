"""Convolution, ReLU and 2x2 average pooling as one matrix product, for layers with few channels.

With few channels a convolution spends its time on memory traffic rather than arithmetic. Convolving with four shifted
copies of the kernel at stride two, one copy per position in a pooling window, gives the same numbers. With the batch
dimension last, all four convolutions are one matrix product and pooling sums four contiguous blocks. A training step of
LeNet-5 takes less than half the time; layers of twenty channels or more gain nothing.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import handle_torch_function, has_torch_function


def conv_relu_avg_pool(maps: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """``avg_pool2d(relu(conv2d(maps, kernel, bias)), 2)`` with the batch dimension last, ``(outputs, h', w', n)``.

    Args:
        maps: Feature maps, ``(channels, h, w, n)``.
        kernel: Convolution kernel, ``(outputs, channels, k, k)`` with an odd ``k``; stride one, no padding.
        bias: One bias per output channel, ``(outputs,)``.
    """
    if has_torch_function((maps, kernel, bias)):  # one step to whoever traces the network, as if it were torch's own
        outputs: Tensor = handle_torch_function(conv_relu_avg_pool, (maps, kernel, bias), maps, kernel, bias)
        return outputs
    channels, height, width, count = maps.shape
    size = kernel.shape[-1]
    reach, rows, columns = (size + 1) // 2, (height - size + 1) // 2, (width - size + 1) // 2
    pairs = maps[:, : 2 * (rows + reach - 1), : 2 * (columns + reach - 1)]
    pairs = pairs.reshape(channels, rows + reach - 1, 2, columns + reach - 1, 2, count).permute(0, 2, 4, 1, 3, 5)
    patches = torch.cat([pairs[..., y : y + rows, x : x + columns, :] for y in range(reach) for x in range(reach)])
    shifted = (kernel.reshape(-1, size * size) @ _shifts(size).to(kernel)).view(-1, channels, 4, reach, 2, reach, 2)
    product = shifted.permute(2, 0, 3, 5, 1, 4, 6).flatten(2) @ patches.view(-1, rows * columns * count)
    # addmm would first copy the bias into the result, which takes longer than adding it afterwards.
    return product.add_((bias / 4).unsqueeze(1)).relu_().sum(0).view(-1, rows, columns, count)


@cache
def _shifts(size: int) -> Tensor:
    """Linear map from a kernel to its four shifted copies, each divided by four, ``(size^2, 4 (size + 1)^2)``.

    ReLU commutes with positive factors, so the sum of the four quarters is the mean over the pooling window.
    """
    kernels = torch.eye(size * size).div(4).view(-1, size, size)
    copies = [functional.pad(kernels, (x, 1 - x, y, 1 - y)) for y in (0, 1) for x in (0, 1)]
    return torch.stack(copies, dim=1).flatten(1)
