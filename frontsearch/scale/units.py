"""The units of a network and the kernels between them: what may be rescaled without a change of the function."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Normalisation:
    """A BatchNorm's factor for each unit, ``weight / sqrt(variance + eps)``.

    Attributes:
        weight: Name of its weight, ``(outputs,)``; None stands for ones.
        mean: Name of its running mean, ``(outputs,)``.
        variance: Name of its running variance, ``(outputs,)``.
        eps: Number added to the variance.
    """

    weight: str | None
    mean: str
    variance: str
    eps: float


@dataclass(frozen=True, slots=True)
class Kernel:
    """A weight between two sets of units.

    Attributes:
        weight: Name of the parameter, ``(outputs, inputs, ...)``, or ``(outputs,)`` for the weight of a BatchNorm that
            follows no kernel; None stands for ones.
        rows: The unit of each output, ``(outputs,)``.
        columns: The unit of each input, ``(1, inputs)``, or ``(outputs, inputs)`` if it differs between outputs.
        moving: Names of the parameters that are multiplied by the scale of ``rows``, such as the bias.
        output_axis: Axis of the weight that counts the outputs, 0 or 1.
        normalisation: BatchNorm that follows the kernel and is counted as a part of it.
        stands_alone: Whether it is nothing but a BatchNorm, one that follows no kernel.
    """

    weight: str | None
    rows: Tensor
    columns: Tensor
    moving: tuple[str, ...] = ()
    output_axis: int = 0
    normalisation: Normalisation | None = None
    stands_alone: bool = False

    @property
    def names(self) -> set[str]:
        """Names of the parameters and buffers that it is made of."""
        folded = self.normalisation
        names = (self.weight, *self.moving, *((folded.weight, folded.variance) if folded else ()))
        return {name for name in names if name is not None}

    def matrix(self, named: Mapping[str, Tensor]) -> Tensor:
        """The weights with their BatchNorm's factor, ``(outputs, inputs, k)``, in double precision.

        Args:
            named: Parameters and buffers of the network, by name.
        """
        shape = (len(self.rows), self.columns.shape[1], -1)
        if self.weight is None:
            weights = torch.ones(shape[0], 1, 1, dtype=torch.float64)
        else:
            weight = named[self.weight].detach().cpu().double()
            weights = (weight.transpose(0, 1) if self.output_axis else weight).reshape(shape)
        factor = self.folded_factor(named)
        return weights if factor is None else weights * factor.view(-1, 1, 1)

    def by_pair(self, named: Mapping[str, Tensor]) -> Tensor:
        """The entries for each pair of an output and an input, ``(outputs, inputs)``, of a tensor like the weight."""
        tensor = named[self.weight or ""].cpu()
        ordered = tensor.transpose(0, 1) if self.output_axis else tensor
        return ordered.reshape(len(self.rows), self.columns.shape[1], -1)[..., 0]

    def folded_factor(self, named: Mapping[str, Tensor]) -> Tensor | None:
        """The factor of the BatchNorm that follows, ``(outputs,)``, in double precision; None if there is none."""
        if self.normalisation is None:
            return None
        deviation = (named[self.normalisation.variance].detach().cpu().double() + self.normalisation.eps).sqrt()
        weight = self.normalisation.weight
        return 1 / deviation if weight is None else named[weight].detach().cpu().double() / deviation

    def factors(self, named: Mapping[str, Tensor], scale: Tensor) -> dict[str, Tensor]:
        """Factors that bring what the kernel is made of to the scales of its units, by name.

        Args:
            named: Parameters and buffers of the network, by name.
            scale: Scale of each unit, ``(count,)``.
        """
        rows, columns = scale[self.rows], scale[self.columns]
        found = dict.fromkeys(self.moving, rows)
        if self.stands_alone and self.normalisation:
            found[self.normalisation.mean] = columns[:, 0]
        elif self.normalisation:  # the BatchNorm that follows takes the scale of the outputs upon itself
            rows = torch.ones_like(rows)
        return found if self.weight is None else found | {self.weight: self._shaped(rows[:, None] / columns, named)}

    def rates(self, named: Mapping[str, Tensor], scale: Tensor) -> dict[str, Tensor]:
        """What each entry of what the kernel is made of is multiplied by before it is measured, by name.

        Args:
            named: Parameters and buffers of the network, by name.
            scale: Scale of each unit, ``(count,)``.
        """
        rows, factor = scale[self.rows], self.folded_factor(named)
        found = dict.fromkeys(self.moving, rows)
        if self.weight is None:
            return found
        weighted = rows if factor is None else rows * factor.abs()
        return found | {self.weight: self._shaped(weighted[:, None] / scale[self.columns], named)}

    def _shaped(self, factor: Tensor, named: Mapping[str, Tensor]) -> Tensor:
        """A factor for each pair of an output and an input, in a shape that broadcasts against the weight."""
        weight = named[self.weight or ""]
        if weight.ndim == 1:
            return factor[:, 0]
        factor = factor.transpose(0, self.output_axis)
        return factor.reshape(*factor.shape, *[1] * (weight.ndim - 2))


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a network.

    Attributes:
        count: Number of units. The first stands for everything that may not be rescaled.
        kernels: Kernels between units, in forward order.
        unknown: Names of functions that units end at only because nothing is known of them.
    """

    count: int
    kernels: tuple[Kernel, ...]
    unknown: tuple[str, ...]
