"""Preconditioners turn a gradient into a step: momentum, Adam's moments and RMSProp's mean square."""

import math
from typing import Protocol

import torch
from torch import Tensor
from torch.optim.adam import adam

from frontsearch.recipe import Recipe


class Preconditioner(Protocol):
    """Moves weights along preconditioned gradients.

    Attributes:
        state: Tensors that it keeps between steps, by name; checkpoints store them.
    """

    state: dict[str, Tensor]

    def move(self, weights: Tensor, gradient: Tensor, *, learning_rate: float) -> None:
        """Updates the weights, ``(n,)``, in place from their gradient, ``(n,)``."""

    def gain(self, count: int, *, times: float) -> Tensor | float:
        """``times`` the factor by which the last :meth:`move` multiplied a constant gradient.

        Args:
            count: Number of weights to return factors for, from the start of the vector.
            times: Number that multiplies the factors.

        Returns:
            One number for all weights, or a tensor ``(count,)`` that the next call overwrites.
        """

    def rescale(self, factors: Tensor) -> None:
        """Follows weights that were multiplied by ``factors``, ``(n,)``, which divides their gradients by them."""


class HeavyBall:
    """Heavy-ball momentum [Polyak1964]_: ``v <- mu v + g``.

    After ``t`` steps from rest a constant gradient is multiplied by the gain ``(1 - mu^t) / (1 - mu)``.
    """

    def __init__(self, like: Tensor, momentum: float) -> None:
        self.momentum = momentum
        self.state = {"step": torch.zeros(()), "velocity": torch.zeros_like(like)}

    def move(self, weights: Tensor, gradient: Tensor, *, learning_rate: float) -> None:
        """Updates the velocity and moves the weights along it."""
        self.state["step"].add_(1)
        weights.sub_(self.state["velocity"].mul_(self.momentum).add_(gradient), alpha=learning_rate)

    def gain(self, count: int, *, times: float) -> float:  # noqa: ARG002 - required by the protocol
        """One gain for all weights."""
        return times * (1 - math.pow(self.momentum, float(self.state["step"]))) / (1 - self.momentum)

    def rescale(self, factors: Tensor) -> None:
        """Divides the velocity."""
        self.state["velocity"].div_(factors)


class AdamMoments:
    """Adam [Kingma2015]_, fused by torch: steps along ``m_hat / D``, ``D = sqrt(v_hat) + eps``; gain ``1/D``."""

    BETA1, BETA2 = 0.9, 0.999

    def __init__(self, like: Tensor, eps: float = 1e-8) -> None:
        self.eps = eps
        step = torch.zeros((), device=like.device)
        self.state = {"step": step, "first": torch.zeros_like(like), "second": torch.zeros_like(like)}
        self._scratch = torch.empty_like(like)

    def move(self, weights: Tensor, gradient: Tensor, *, learning_rate: float) -> None:
        """Takes one Adam step."""
        step, first, second = ([self.state[name]] for name in ("step", "first", "second"))
        adam(
            [weights], [gradient], first, second, [], step, fused=True, amsgrad=False, beta1=self.BETA1,
            beta2=self.BETA2, lr=learning_rate, weight_decay=0, eps=self.eps, maximize=False,
        )  # fmt: skip

    def gain(self, count: int, *, times: float) -> Tensor:
        """One gain per weight."""
        correction = 1 - self.BETA2 ** float(self.state["step"])
        return _scaled_inverse_root(
            self.state["second"][:count], correction, self.eps, times=times, out=self._scratch[:count]
        )

    def rescale(self, factors: Tensor) -> None:
        """Divides both moments."""
        self.state["first"].div_(factors)
        self.state["second"].div_(factors.square())


class MeanSquare:
    """RMSProp [Tieleman2012]_: steps along ``g / D``, ``D = sqrt(a) + eps``, with the running mean square ``a``."""

    RHO = 0.9

    def __init__(self, like: Tensor, eps: float = 1e-7) -> None:
        self.eps = eps
        self.state = {"mean_square": torch.zeros_like(like)}
        self._scratch = torch.empty_like(like)

    def move(self, weights: Tensor, gradient: Tensor, *, learning_rate: float) -> None:
        """Takes one RMSProp step."""
        self.state["mean_square"].mul_(self.RHO).addcmul_(gradient, gradient, value=1 - self.RHO)
        weights.addcmul_(gradient, self.gain(len(weights), times=learning_rate), value=-1)

    def gain(self, count: int, *, times: float) -> Tensor:
        """One gain per weight."""
        return _scaled_inverse_root(
            self.state["mean_square"][:count], 1.0, self.eps, times=times, out=self._scratch[:count]
        )

    def rescale(self, factors: Tensor) -> None:
        """Divides the mean square."""
        self.state["mean_square"].div_(factors.square())


def _scaled_inverse_root(mean_square: Tensor, correction: float, eps: float, *, times: float, out: Tensor) -> Tensor:
    """``times / (sqrt(a / correction) + eps)`` in as few passes over memory as possible."""
    # MKL's square root takes five times as long if many arguments are zero, as for dead weights and dark pixels. The
    # inverse root has no such slow path: for zero it is infinite, and its reciprocal is zero again.
    root = torch.rsqrt(mean_square, out=out).reciprocal_()
    torch.add(torch.tensor(eps, dtype=out.dtype), root, alpha=1 / math.sqrt(correction), out=out)
    return torch.div(torch.tensor(times, dtype=out.dtype), out, out=out)


def preconditioners(recipe: Recipe, like: Tensor) -> tuple[Preconditioner, ...]:
    """The recipe's preconditioners: one, or one per objective (``madam``, ``mrmsprop``), or none (``mpg``)."""
    match recipe.optimiser:
        case "sgd" | "prox-sgd" | "linbreg":
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
