"""Hypothesis builds networks from the layers that compaction knows, and kills random channels of theirs."""

import torch
from hypothesis import strategies as st
from torch import nn

ACTIVATIONS = (nn.ReLU, nn.Tanh, nn.GELU, nn.SiLU, nn.LeakyReLU, nn.Sigmoid, nn.ReLU6, nn.Softplus)
PADDINGS = ("zeros", "replicate", "reflect", "circular")
SIDE = 6


class Residual(nn.Module):
    """Adds a branch to its input, or to a projection of it."""

    def __init__(self, branch, shortcut):
        super().__init__()
        self.branch, self.shortcut = branch, shortcut

    def forward(self, inputs):
        return self.branch(inputs) + self.shortcut(inputs)


class Concatenated(nn.Module):
    """Two branches side by side."""

    def __init__(self, first, second):
        super().__init__()
        self.first, self.second = first, second

    def forward(self, inputs):
        return torch.cat([self.first(inputs), self.second(inputs)], dim=1)


class Gated(nn.Module):
    """Multiplies each channel by a number computed from all of them."""

    def __init__(self, channels):
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, 3, 1), nn.ReLU(), nn.Conv2d(3, channels, 1), nn.Sigmoid()
        )

    def forward(self, inputs):
        return inputs * self.gate(inputs)


class Halved(nn.Module):
    """Convolves the first half of the channels, by a number that the module knows, and passes the others on."""

    def __init__(self, channels, form):
        super().__init__()
        self.width, self.form = channels // 2, form
        self.sizes = [self.width, channels - self.width]
        self.branch = nn.Conv2d(self.width, self.width, 3, padding=1)

    def forward(self, inputs):
        forms = {
            "split": lambda: inputs.split(self.sizes, dim=1),
            "slices": lambda: (inputs[:, : self.width], inputs[:, self.width :]),
            "narrow": lambda: (
                inputs.narrow(1, 0, self.width),
                inputs.narrow(1, self.width, inputs.shape[1] - self.width),
            ),
        }
        first, second = forms[self.form]()
        return torch.cat([self.branch(first), second], dim=1)


class Chunked(nn.Module):
    """Convolves the first half of the channels, and passes it on beside both."""

    def __init__(self, channels):
        super().__init__()
        self.branch = nn.Conv2d(channels // 2, channels // 2, 3, padding=1)

    def forward(self, inputs):
        first, second = inputs.chunk(2, dim=1)
        return torch.cat([self.branch(first), first, second], dim=1)


class Shuffled(nn.Module):
    """Interleaves the two halves of the channels, by hand."""

    def forward(self, inputs):
        batch, channels, height, width = inputs.shape
        return inputs.view(batch, 2, channels // 2, height, width).transpose(1, 2).reshape(batch, -1, height, width)


class Scaled(nn.Module):
    """Multiplies each channel by a parameter of three axes, and adds one that stretches along the rows."""

    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.randn(channels, 1, 1))
        self.rows = nn.Parameter(torch.randn(1, SIDE, 1))

    def forward(self, inputs):
        return inputs * self.scale + self.rows


class Weighed(nn.Module):
    """A sum of branches, weighed by a softmax over them."""

    def __init__(self, first, second, channels):
        super().__init__()
        self.branches = nn.ModuleList([first, second])
        self.weights = nn.ModuleList([nn.Conv2d(channels, channels, 1) for _ in range(2)])

    def forward(self, inputs):
        branches = [branch(inputs) for branch in self.branches]
        weights = torch.stack([layer(each) for layer, each in zip(self.weights, branches, strict=True)], dim=1)
        return (torch.stack(branches, dim=1) * weights.softmax(dim=1)).sum(dim=1)


def convolution(draw, inputs, outputs, groups=1):
    return nn.Conv2d(
        inputs,
        outputs,
        3,
        padding=1,
        padding_mode=draw(st.sampled_from(PADDINGS)),
        groups=groups,
        bias=draw(st.booleans()),
    )


def norm(draw, channels):
    kind = draw(st.sampled_from(["batch", "instance", "group", "none"]))
    match kind:
        case "batch":
            return nn.BatchNorm2d(channels)
        case "instance":
            return nn.InstanceNorm2d(channels, affine=True)
        case "group":
            return nn.GroupNorm(2 - channels % 2, channels)
    return nn.Identity()


def stage(draw, inputs):
    """A few layers that keep the size of the maps, and the number of channels that they return."""
    outputs = draw(st.sampled_from([4, 6, 8]))
    activation = draw(st.sampled_from(ACTIVATIONS))

    def plain():
        return nn.Sequential(convolution(draw, inputs, outputs), norm(draw, outputs), activation())

    def residual():
        return nn.Sequential(convolution(draw, inputs, inputs), norm(draw, inputs))

    stages = {
        "plain": lambda: (plain(), outputs),
        "residual": lambda: (Residual(residual(), nn.Identity()), inputs),
        "projected": lambda: (Residual(plain(), nn.Conv2d(inputs, outputs, 1)), outputs),
        "cat": lambda: (Concatenated(plain(), nn.Identity()), outputs + inputs),
        "depthwise": lambda: (nn.Sequential(convolution(draw, inputs, 2 * inputs, inputs), activation()), 2 * inputs),
        "grouped": lambda: (nn.Sequential(convolution(draw, inputs, outputs, 2 - inputs % 2), activation()), outputs),
        "up": lambda: (
            nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 3, padding=1), nn.MaxPool2d(3, 1, 1)),
            outputs,
        ),
        "gated": lambda: (Gated(inputs), inputs),
        "halved": lambda: (Halved(inputs, draw(st.sampled_from(["split", "slices", "narrow"]))), inputs),
        "chunked": lambda: (Chunked(inputs), 3 * inputs // 2) if inputs % 2 == 0 else (nn.ReLU(), inputs),
        "shuffled": lambda: (
            (draw(st.sampled_from([Shuffled, lambda: nn.ChannelShuffle(2)]))(), inputs)
            if inputs % 2 == 0
            else (nn.ReLU(), inputs)
        ),
        "scaled": lambda: (Scaled(inputs), inputs),
        "weighed": lambda: (Weighed(plain(), plain(), outputs), outputs),
        "prelu": lambda: (nn.Sequential(plain(), nn.PReLU(outputs)), outputs),
    }
    return stages[draw(st.sampled_from(sorted(stages)))]()


@st.composite
def networks(draw):
    """A network of two to four stages and a dense head in double precision."""
    torch.manual_seed(draw(st.integers(0, 2**31)))
    channels, stages = 3, []
    for _ in range(draw(st.integers(2, 4))):
        layers, channels = stage(draw, channels)
        stages.append(layers)
    pooled = draw(st.booleans())
    ends = [nn.AdaptiveAvgPool2d(1), nn.Flatten()] if pooled else [nn.Flatten()]
    features = channels if pooled else channels * SIDE**2
    head = [nn.Linear(features, 7, bias=draw(st.booleans())), nn.Tanh(), nn.Dropout(), nn.Linear(7, 4)]
    network = nn.Sequential(*stages, *ends, *head).double().eval()
    return killed(network, share=draw(st.sampled_from([0.0, 0.3, 0.7])))


@torch.no_grad()
def killed(network, share):
    """Zeroes random rows and columns of all kernels, in place; all other parameters and statistics become random."""
    for name, tensor in (*network.named_parameters(), *network.named_buffers()):
        if tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5) if name.endswith("running_var") else tensor.normal_()
    for parameter in network.parameters():
        if parameter.ndim > 1:
            parameter[torch.rand(parameter.shape[0]) < share] = 0
            parameter[:, torch.rand(parameter.shape[1]) < share] = 0
    return network
