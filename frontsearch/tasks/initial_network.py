"""``InitialNetwork``: the network that every training of a task begins with."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from frontsearch.tasks.kernel_layout import put_channels_last_
from frontsearch.tasks.seeding import seeded


@dataclass(frozen=True)
class InitialNetwork:
    """Makes a task's network before training, by its factory or as a copy of a trained one.

    Attributes:
        build: Function that returns an untrained network; None if there is a trained one.
        trained: Trained network; None if there is a factory.
        channels_last: Whether the kernels of its convolutions lie in memory with their input channels last.
    """

    build: Callable[[], nn.Module] | None
    trained: nn.Module | None
    channels_last: bool = False

    def __call__(self, seed: int) -> nn.Module:
        """A network in training mode, initialised from this seed, or a copy of the trained one.

        Torch's global generator is unchanged.
        """
        network = self._made(seed)
        if isinstance(network, nn.Module):  # else it is refused later
            network.train()  # some networks freeze layers there
        return put_channels_last_(network) if self.channels_last else network

    def _made(self, seed: int) -> nn.Module:
        if self.build is None:
            return copy.deepcopy(self.trained) if self.trained is not None else nn.Module()
        with seeded(seed):
            return self.build()
