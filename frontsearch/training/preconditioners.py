"""What turns a gradient into a move: momentum, Adam's moments, RMSProp's mean square."""

import math
from typing import Protocol

import torch
from torch import Tensor
from torch.optim.adam import adam

from frontsearch.recipe import Recipe


class Preconditioner(Protocol):
    """Moves weights along what it makes of each gradient; what it remembers is ``state``, which checkpoints keep."""

    state: dict[str, Tensor]

    def move(self, weights: Tensor, gradient: Tensor, *, learning_rate: float) -> None:
        """Moves the weights, ``(n,)``, in place."""

    def gain(self, count: int, *, times: float) -> Tensor | float:
        """How many times the last move amplified a steady gradient of the first so many weights, times a number.

        One number, or ``(count,)`` in memory that the next move uses again.
        """


class HeavyBall:
    """Momentum [Polyak1964]_: ``v <- mu v + g``; a steady gradient is amplified ``1 / (1 - mu)`` times in the end.

    After ``t`` steps from rest it is ``(1 - mu^t) / (1 - mu)`` times, and so is the gain.
    """

    def __init__(self, like: Tensor, momentum: float) -> None:
        self.momentum = momentum
        self.state = {"step": torch.zeros(()), "velocity": torch.zeros_like(like)}

    def move(self, weights: Tensor, gradient: Tensor, *, learning_rate: float) -> None:
        """Along the velocity."""
        self.state["step"].add_(1)
        weights.sub_(self.state["velocity"].mul_(self.momentum).add_(gradient), alpha=learning_rate)

    def gain(self, count: int, *, times: float) -> float:  # noqa: ARG002 - the protocol's
        """The same for every weight."""
        return times * (1 - math.pow(self.momentum, float(self.state["step"]))) / (1 - self.momentum)


class AdamMoments:
    """Adam [Kingma2015]_, fused by torch: along ``m_hat / D``, ``D = sqrt(v_hat) + eps``; the gain is ``1 / D``."""

    BETA1, BETA2 = 0.9, 0.999

    def __init__(self, like: Tensor, eps: float = 1e-8) -> None:
        self.eps = eps
        step = torch.zeros((), device=like.device)
        self.state = {"step": step, "first": torch.zeros_like(like), "second": torch.zeros_like(like)}
        self._scratch = torch.empty_like(like)

    def move(self, weights: Tensor, gradient: Tensor, *, learning_rate: float) -> None:
        """One step of Adam."""
        step, first, second = ([self.state[name]] for name in ("step", "first", "second"))
        adam(
            [weights], [gradient], first, second, [], step, fused=True, amsgrad=False, beta1=self.BETA1,
            beta2=self.BETA2, lr=learning_rate, weight_decay=0, eps=self.eps, maximize=False,
        )  # fmt: skip

    def gain(self, count: int, *, times: float) -> Tensor:
        """Of each weight its own."""
        correction = 1 - self.BETA2 ** float(self.state["step"])
        return _inverse(self.state["second"][:count], correction, self.eps, times=times, out=self._scratch[:count])


class MeanSquare:
    """RMSProp [Tieleman2012]_: along ``g / D``, ``D = sqrt(a) + eps``, with the running mean square ``a``."""

    RHO = 0.9

    def __init__(self, like: Tensor, eps: float = 1e-7) -> None:
        self.eps = eps
        self.state = {"mean_square": torch.zeros_like(like)}
        self._scratch = torch.empty_like(like)

    def move(self, weights: Tensor, gradient: Tensor, *, learning_rate: float) -> None:
        """One step of RMSProp."""
        self.state["mean_square"].mul_(self.RHO).addcmul_(gradient, gradient, value=1 - self.RHO)
        weights.addcmul_(gradient, self.gain(len(weights), times=learning_rate), value=-1)

    def gain(self, count: int, *, times: float) -> Tensor:
        """Of each weight its own."""
        return _inverse(self.state["mean_square"][:count], 1.0, self.eps, times=times, out=self._scratch[:count])


def _inverse(mean_square: Tensor, correction: float, eps: float, *, times: float, out: Tensor) -> Tensor:
    """``times / (sqrt(a / correction) + eps)``, in as few passes as torch has for it."""
    # Not by MKL's square root, which takes five times as long where many of its arguments are zero, as those of dead
    # weights and dark pixels are; the inverse root of zero is infinite, whose inverse is zero again.
    root = torch.rsqrt(mean_square, out=out).reciprocal_()
    torch.add(torch.tensor(eps, dtype=out.dtype), root, alpha=1 / math.sqrt(correction), out=out)
    return torch.div(torch.tensor(times, dtype=out.dtype), out, out=out)


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
