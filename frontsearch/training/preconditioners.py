"""What turns a gradient into a direction: momentum, Adam's moments, RMSProp's mean square."""

from typing import Protocol

import torch
from torch import Tensor

from frontsearch.recipe import Recipe

LEAST = 1e-31  # mean square that is told from zero


class Preconditioner(Protocol):
    """A direction for each gradient; what it remembers is ``state``, which checkpoints keep."""

    state: dict[str, Tensor]

    def __call__(self, gradient: Tensor) -> tuple[Tensor, Tensor | float]:
        """The direction, ``(n,)``, and its gain: how many times a steady gradient is amplified."""


class HeavyBall:
    """Momentum [Polyak1964]_: ``v <- mu v + g``; a steady gradient is amplified ``1 / (1 - mu)`` times in the end.

    After ``t`` steps from rest it is ``(1 - mu^t) / (1 - mu)`` times, and so is the gain.
    """

    def __init__(self, like: Tensor, momentum: float) -> None:
        self.momentum = momentum
        self.state = {"step": torch.zeros(()), "velocity": torch.zeros_like(like)}

    def __call__(self, gradient: Tensor) -> tuple[Tensor, float]:
        """The velocity and the gain."""
        step = float(self.state["step"].add_(1))
        velocity = self.state["velocity"].mul_(self.momentum).add_(gradient)
        return velocity, (1 - self.momentum**step) / (1 - self.momentum)


class AdamMoments:
    """Adam's bias-corrected moments [Kingma2015]_: ``m_hat / D``, ``D = sqrt(v_hat) + eps``; the gain is ``1 / D``."""

    BETA1, BETA2 = 0.9, 0.999

    def __init__(self, like: Tensor, eps: float = 1e-8) -> None:
        self.eps = eps
        self.state = {"step": torch.zeros(()), "first": torch.zeros_like(like), "second": torch.zeros_like(like)}
        self._direction, self._gain = torch.empty_like(like), torch.empty_like(like)

    def __call__(self, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """The direction and its elementwise gain."""
        step = float(self.state["step"].add_(1))
        first = self.state["first"].lerp_(gradient, 1 - self.BETA1)
        second = self.state["second"].mul_(self.BETA2).addcmul_(gradient, gradient, value=1 - self.BETA2)
        gain = _gain_(torch.div(second, 1 - self.BETA2**step, out=self._gain), self.eps)
        return torch.mul(first, gain, out=self._direction).div_(1 - self.BETA1**step), gain


class MeanSquare:
    """RMSProp [Tieleman2012]_: ``g / (sqrt(a) + eps)`` with the running mean square ``a``."""

    RHO = 0.9

    def __init__(self, like: Tensor, eps: float = 1e-7) -> None:
        self.eps = eps
        self.state = {"mean_square": torch.zeros_like(like)}

    def __call__(self, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """The direction and its elementwise gain."""
        mean_square = self.state["mean_square"].mul_(self.RHO).addcmul_(gradient, gradient, value=1 - self.RHO)
        gain = _gain_(mean_square.clone(), self.eps)
        return gradient * gain, gain


def _gain_(mean_square: Tensor, eps: float) -> Tensor:
    """``1 / (sqrt(a) + eps)``, in place."""
    # MKL's square root takes ten times as long where many of its arguments are zero, as those of dead weights and dark
    # pixels are, or so small that its own corrections are subnormal. Below the least one its root, 3e-16, is nothing
    # beside eps in single precision, to the last bit.
    return mean_square.clamp_min_(LEAST).sqrt_().add_(eps).reciprocal_()


def preconditioners(recipe: Recipe, like: Tensor) -> tuple[Preconditioner, ...]:
    """The recipe's: one for both objectives, for ``madam`` and ``mrmsprop`` one for each, for ``mpg`` none."""
    match recipe.optimiser:
        case "sgd" | "prox-sgd":
            return (HeavyBall(like, recipe.momentum),)
        case "adam" | "prox-adam" | "adabreg":
            return (AdamMoments(like),)
        case "rmsprop":
            return (MeanSquare(like),)
        case "madam":
            return AdamMoments(like, eps=1e-7), AdamMoments(like, eps=1e-7)
        case "mrmsprop":
            return MeanSquare(like), MeanSquare(like)
        case "mpg" | "mpg-log":
            return ()
