"""Every layer of stacked networks has the outputs and gradients of the torch module that it stands for."""

import copy

import pytest
import torch
from torch import nn

from frontsearch.tasks.kernel_layout import put_channels_last_
from frontsearch.training.stacked.layer import Part
from frontsearch.training.stacked.layers import LAYERS, is_stackable
from frontsearch.training.stacked.weights import StackedWeights
from frontsearch.training.weights import Weights

K, EXAMPLES, PADDED = 3, 5, 8
IMAGE, ROW = (2, 7, 6), (5,)
OF_IMAGES = [
    nn.Conv2d(2, 3, 3),
    nn.Conv2d(2, 3, (3, 2), stride=(1, 2), padding=(2, 1), dilation=(2, 1), bias=False),
    nn.Conv2d(2, 4, (4, 3), padding="same"),
    nn.Conv2d(2, 4, 2, padding="valid"),
    nn.MaxPool2d(2),
    nn.MaxPool2d(3, stride=1, padding=1),
    nn.MaxPool2d((2, 3), stride=(2, 1), dilation=(1, 2)),
    nn.AvgPool2d(2),
    nn.AvgPool2d(3, stride=2, padding=1),
    nn.AdaptiveAvgPool2d(1),
    nn.BatchNorm2d(2),
    nn.Flatten(),
    nn.ReLU(inplace=True),
    nn.LogSoftmax(dim=1),
    nn.LogSoftmax(dim=-1),
]
OF_ROWS = [
    nn.Linear(5, 3), nn.Linear(5, 3, bias=False), nn.BatchNorm1d(5), nn.LogSoftmax(dim=1), nn.LogSoftmax(dim=-1),
    nn.Identity(), nn.ELU(0.7, inplace=True), nn.LeakyReLU(0.2), nn.Hardtanh(), nn.Softplus(2.0), nn.GELU("tanh"),
]  # fmt: skip


def name(value):
    return repr(value) if isinstance(value, nn.Module) else None


def stacked(modules):
    weights = StackedWeights([Weights(module, frozenset()) for module in modules]) if parameters(modules[0]) else None
    named = weights.views(weights.vector) if weights else {}
    gradients = weights.views(weights.gradient.fill_(float("nan"))) if weights else {}
    generators = [torch.Generator().manual_seed(seed) for seed in range(len(modules))]
    part = Part(modules=modules, parameters=named, gradients=gradients, generators=generators)
    return LAYERS[type(modules[0])](part), gradients


def parameters(module):
    return list(module.parameters())


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize(("module", "shape"), [(m, IMAGE) for m in OF_IMAGES] + [(m, ROW) for m in OF_ROWS], ids=name)
def test_outputs_and_gradients_are_those_of_the_module(module, shape, channels_last):
    torch.manual_seed(0)
    assert is_stackable(module)
    modules = [copy.deepcopy(module).double() for _ in range(K)]
    for parameter in nn.ModuleList(modules).parameters():
        nn.init.normal_(parameter)
    theirs = copy.deepcopy(modules)
    if channels_last:
        put_channels_last_(nn.ModuleList(modules))
    features = torch.randn(K, *shape, PADDED, dtype=torch.float64).round(decimals=1)  # so that windows have ties
    layer, gradients = stacked(modules)
    given = features.clone()
    with torch.inference_mode():
        outputs = layer.forward(features, examples=EXAMPLES)
        gradient = torch.randn(outputs.shape, dtype=torch.float64)
        gradient[..., EXAMPLES:] = 0  # as that of a loss
        found = layer.backward(gradient, first=False)
    torch.testing.assert_close(features, given, rtol=0, atol=0)
    for k, network in enumerate(theirs):
        inputs = features[k, ..., :EXAMPLES].movedim(-1, 0).clone().requires_grad_()
        expected = network.train()(inputs * 1)
        torch.testing.assert_close(outputs[k, ..., :EXAMPLES].movedim(-1, 0), expected)
        expected.backward(gradient[k, ..., :EXAMPLES].movedim(-1, 0))
        torch.testing.assert_close(found[k, ..., :EXAMPLES].movedim(-1, 0), inputs.grad)
        for key, parameter in network.named_parameters():
            torch.testing.assert_close(gradients[key][k], parameter.grad)
        for key, buffer in network.named_buffers():
            torch.testing.assert_close(modules[k].get_buffer(key), buffer)


@pytest.mark.parametrize(
    ("module", "shape"), [(nn.Dropout(0.25), ROW), (nn.Dropout(0.25), IMAGE), (nn.Dropout2d(0.25), IMAGE)], ids=name
)
def test_dropout_zeroes_its_share_and_scales_the_others(module, shape):
    layer, _ = stacked([module] * K)
    features = torch.ones(K, *shape, 4096)
    factors = layer.forward(features, examples=4096)
    assert factors.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (factors == 0).float().mean((*range(1, factors.ndim),)).tolist() == pytest.approx([0.25] * K, abs=0.02)
    assert not torch.equal(factors[0], factors[1])
    assert torch.equal(layer.backward(features, first=False), factors)
    assert not torch.equal(layer.forward(features, examples=4096), factors)
    if isinstance(module, nn.Dropout2d):
        assert torch.equal(factors, factors[:, :, :1, :1].expand_as(factors))


def test_dropout_may_leave_all_or_nothing():
    features = torch.randn(K, 4, 8)
    assert torch.equal(stacked([nn.Dropout(0.0)] * K)[0].forward(features, examples=8), features)
    assert not stacked([nn.Dropout(1.0)] * K)[0].forward(features, examples=8).any()


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"), nn.Conv1d(2, 2, 3),
        nn.MaxPool2d(2, ceil_mode=True), nn.AvgPool2d(2, padding=1, count_include_pad=False),
        nn.AvgPool2d(2, divisor_override=3), nn.AdaptiveAvgPool2d(2), nn.BatchNorm1d(3, affine=False),
        nn.BatchNorm2d(3, momentum=None), nn.BatchNorm1d(3, track_running_stats=False), nn.LogSoftmax(dim=0),
        nn.Flatten(0), nn.LSTM(2, 2), nn.LayerNorm(3), nn.PReLU(),
    ],
    ids=name,
)  # fmt: skip
def test_modules_that_compute_something_else_are_not_stacked(module):
    assert not is_stackable(module)
