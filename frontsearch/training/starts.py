"""Initial weights of a training: from scratch, from another trial, or a crossover of two trials."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from frontsearch.errors import one_line
from frontsearch.recipe import FromScratch, Initial, Offspring, Start
from frontsearch.training.optimisers import LATENT
from frontsearch.training.penalties import Penalty
from frontsearch.training.weights import Weights

CROSSOVER_INDEX, MUTATION_INDEX = 15.0, 20.0  # the larger, the closer children are to their parents

State = dict[str, Tensor]
LoadCheckpoint = Callable[[str], tuple[State, State]]


def initialise(start: Start, weights: Weights, penalty: Penalty, *, load_checkpoint: LoadCheckpoint) -> State | None:
    """Sets a network's initial weights in place and returns the optimiser state to continue with, if any.

    Args:
        start: Start of the recipe.
        weights: Parameters of the untrained network, changed in place, as are its buffers.
        penalty: Norm whose proximal map shrinks the weights of a warm start.
        load_checkpoint: Function from a trial's key to the ``state_dict`` of its network and its optimiser state.

    Raises:
        ValueError: If the trial was trained on another network.
    """
    if isinstance(start, Initial):
        return None
    if isinstance(start, FromScratch):
        sparsify_(weights, start.density)
        return None
    state = _load(weights, start.trial, load_checkpoint)
    if isinstance(start, Offspring):
        first = weights.vector.clone()
        _load(weights, start.other, load_checkpoint)
        weights.vector.copy_(polynomial_mutation(binary_crossover(first, weights.vector)))
        return None
    penalty.proximal_(weights.penalised, start.shrink)
    if (
        start.shrink and LATENT in state
    ):  # Bregman iterations would otherwise restore the unshrunk weights from its latent vector
        penalty.proximal_(state[LATENT], start.shrink)
    return state if start.optimiser else None


def _load(weights: Weights, key: str, load_checkpoint: LoadCheckpoint) -> State:
    """Loads a trial's weights into a network and returns the trial's optimiser state."""
    state_dict, optimiser_state = load_checkpoint(key)
    try:
        weights.network.load_state_dict(state_dict)
    except RuntimeError as error:  # several lines; the first one only introduces the others
        detail = one_line(str(error).partition("\n")[2].partition("\n")[0]).rstrip(".")
        raise ValueError(
            f"The weights of trial {key} must fit this task's network; found those of another network: {detail}."
        ) from error
    weights.read()
    return optimiser_state


def sparsify_(weights: Weights, density: float) -> None:
    """Zeroes all but a random share of each penalised parameter's entries, in place.

    The others are divided by the square root of the density, which preserves the variance of a layer's outputs
    [Bungert2022]_. Draws from torch's global generator.
    """
    if density < 1:
        for layer in weights.layers:
            layer.mul_(torch.rand_like(layer) < density).div_(math.sqrt(density))


def binary_crossover(first: Tensor, second: Tensor) -> Tensor:
    """A child of two parents, all ``(n,)``, by simulated binary crossover [Deb1995]_ of half of the entries.

    The spread factor ``beta`` of an entry is distributed as in one-point crossover of binary strings. Draws from
    torch's global generator.
    """
    uniform = torch.rand_like(first)
    power = 1 / (CROSSOVER_INDEX + 1)
    beta = torch.where(uniform <= 0.5, 2 * uniform, 0.5 / (1 - uniform)).pow_(power)
    middle, half = (first + second) / 2, (first - second) / 2
    return torch.where(torch.rand_like(first) < 0.5, middle + beta * half, first)


def polynomial_mutation(child: Tensor) -> Tensor:
    """A child, ``(n,)``, with one entry on average changed by polynomial mutation [Deb2002]_.

    The change is at most the child's largest absolute entry. Draws from torch's global generator.
    """
    uniform = torch.rand_like(child)
    power = 1 / (MUTATION_INDEX + 1)
    change = torch.where(uniform < 0.5, (2 * uniform).pow(power) - 1, 1 - (2 * (1 - uniform)).pow(power))
    mutated = torch.rand_like(child) < 1 / len(child)
    return child + torch.where(mutated, change * child.abs().max(), torch.zeros_like(child))
