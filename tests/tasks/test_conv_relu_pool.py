"""One matrix product gives the outputs and gradients of convolution, ReLU and average pooling."""

import pytest
import torch
from torch.nn import functional

from frontsearch.tasks.conv_relu_pool import conv_relu_avg_pool


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize(("height", "width"), [(10, 10), (11, 14), (13, 9)])
def test_outputs_and_gradients_match_torch(size, height, width):
    generator = torch.Generator().manual_seed(size)
    shapes = [(7, 2, height, width), (3, 2, size, size), (3,)]
    maps, kernel, bias = (
        torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True) for shape in shapes
    )
    plain = functional.avg_pool2d(functional.relu(functional.conv2d(maps, kernel, bias)), 2)
    found = conv_relu_avg_pool(maps.permute(1, 2, 3, 0), kernel, bias).permute(3, 0, 1, 2)
    torch.testing.assert_close(found, plain)
    pull = torch.randn(plain.shape, generator=generator, dtype=torch.float64)
    expected = torch.autograd.grad(plain, (maps, kernel, bias), pull)
    torch.testing.assert_close(torch.autograd.grad(found, (maps, kernel, bias), pull), expected)
