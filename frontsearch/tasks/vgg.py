"""VGG-like networks for colour images of 32 x 32 pixels."""

from itertools import pairwise

from torch import nn

from frontsearch.tasks.networks import glorot_, he_

# Channels of the convolutions, with a pooling layer at the end of each row.
VGG16 = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
VGG19 = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4)


def vgg_like() -> nn.Module:
    """The VGG-like network of [Reiners2020]_: 309,290 numbers, 20,480 of them weights of its dense layer.

    That counts the running means and variances of its BatchNorms, which torch keeps as buffers: 308,394 are trained.
    """
    layers: list[nn.Module] = []
    for inputs, outputs, dropout in ((3, 32, 0.2), (32, 64, 0.3), (64, 128, 0.4)):
        for before, after in pairwise((inputs, outputs, outputs)):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.ELU(), nn.BatchNorm2d(after)]
        layers += [nn.MaxPool2d(2), nn.Dropout(dropout)]
    return glorot_(nn.Sequential(*layers, nn.Flatten(), nn.Linear(2048, 10)))


def vgg(rows: tuple[tuple[int, ...], ...]) -> nn.Module:
    """A VGG [Simonyan2015]_ with BatchNorm and a single dense layer, as it is pruned on CIFAR-10 [Liu2017]_.

    Args:
        rows: Channels of the convolutions before each of the five pooling layers.
    """
    layers: list[nn.Module] = []
    inputs = 3
    for row in rows:
        for before, after in pairwise((inputs, *row)):
            layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        layers.append(nn.MaxPool2d(2))
        inputs = row[-1]
    return he_(nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs, 10)))
