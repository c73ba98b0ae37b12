"""Where a training's weights come from: fresh, another trial's, or a cross of two."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from frontsearch.errors import one_line
from frontsearch.recipe import FromScratch, Offspring, Start
from frontsearch.training.optimisers import LATENT
from frontsearch.training.proximal import soft_threshold_
from frontsearch.training.weights import Weights

CROSSOVER_INDEX, MUTATION_INDEX = 15.0, 20.0  # the greater, the nearer children are to their parents

State = dict[str, Tensor]
Saved = Callable[[str], tuple[State, State]]


def begin(start: Start, network: nn.Module, *, weights: Weights, saved: Saved) -> State | None:
    """Puts a network where its training begins; what comes back is the optimiser state to begin with, if any.

    Args:
        start: Of the recipe.
        network: Fresh; changed in place.
        weights: The network's.
        saved: A trial's network state and optimiser state, by its key.

    Raises:
        ValueError: When the trial's network is another one.
    """
    if isinstance(start, FromScratch):
        thin_(weights, start.density)
        return None
    state = _load(network, start.trial, saved)
    if isinstance(start, Offspring):
        first = weights.vector.clone()
        _load(network, start.other, saved)
        weights.vector.copy_(mutated(crossed(first, weights.vector)))
        return None
    soft_threshold_(weights.penalised, start.shrink)
    if start.shrink and LATENT in state:  # or the weights would be taken from there again, unshrunk
        soft_threshold_(state[LATENT], start.shrink)
    return state if start.optimiser else None


def _load(network: nn.Module, key: str, saved: Saved) -> State:
    """Gives a network a trial's weights; what comes back is its optimiser state."""
    parameters, state = saved(key)
    try:
        network.load_state_dict(parameters)
    except RuntimeError as error:  # several lines, the first of which only says that there are more
        first = one_line(str(error).partition("\n")[2].partition("\n")[0]).rstrip(".")
        raise ValueError(
            f"The weights of trial {key} must be of this task's network; found another's: {first}."
        ) from error
    return state


def thin_(weights: Weights, density: float) -> None:
    """Keeps this share of each penalised parameter's entries, drawn from torch's global generator, in place.

    What stays is divided by the root of the density, which keeps the variance of a layer's outputs [Bungert2022]_.
    """
    if density < 1:
        for layer in weights.layers:
            layer.mul_(torch.rand_like(layer) < density).div_(math.sqrt(density))


def crossed(first: Tensor, second: Tensor) -> Tensor:
    """A child of two parents, all ``(n,)``, by simulated binary crossover [Deb1995]_ of every other entry.

    The spread ``beta`` of an entry is drawn so that children lie about their parents as those of a one-point crossover
    of binary strings do. Draws are from torch's global generator.
    """
    uniform = torch.rand_like(first)
    power = 1 / (CROSSOVER_INDEX + 1)
    beta = torch.where(uniform <= 0.5, 2 * uniform, 0.5 / (1 - uniform)).pow_(power)
    middle, half = (first + second) / 2, (first - second) / 2
    return torch.where(torch.rand_like(first) < 0.5, middle + beta * half, first)


def mutated(child: Tensor) -> Tensor:
    """A child, ``(n,)``, with about one of its entries mutated polynomially [Deb2002]_, by at most its greatest one.

    Draws are from torch's global generator.
    """
    uniform = torch.rand_like(child)
    power = 1 / (MUTATION_INDEX + 1)
    change = torch.where(uniform < 0.5, (2 * uniform).pow(power) - 1, 1 - (2 * (1 - uniform)).pow(power))
    chosen = torch.rand_like(child) < 1 / len(child)
    return child + torch.where(chosen, change * child.abs().max(), torch.zeros_like(child))
