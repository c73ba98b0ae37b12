"""Brings the weights of a warm start to the scale in which a weighted sum with weight decay penalises them least."""

import torch

from frontsearch.recipe import Recipe, WarmStart, WeightedSum
from frontsearch.scale import CanonicalScale
from frontsearch.tasks import Task
from frontsearch.training.optimisers import LATENT, Optimiser
from frontsearch.training.weights import Weights

# Of the recipe's l1 weight: weights that follow a path lag behind the optimum of theirs, so that with all of it decay
# would pay for a scale that only the optimum has. 0.15 did as well, 1 far worse (studies/README.md, mnist-paper).
L1_SHARE = 0.3


@torch.no_grad()
def rescale_(task: Task, scale: CanonicalScale, recipe: Recipe, *, weights: Weights, optimiser: Optimiser) -> None:
    """Rescales the units of a network that starts from another trial's weights, in place; its function stays the same.

    Nothing is done unless the recipe minimises l1 and the task has weight decay, which pull units in two directions.
    AdaBreg's latent weights and networks with a BatchNorm, frozen parameters or buffers as kernels are left alone.

    Args:
        task: The task.
        scale: Scale of the task's network.
        recipe: Recipe of the training.
        weights: Weights of the network.
        optimiser: Its optimiser, whose state is rescaled, too.
    """
    l1_weight = recipe.descent.l1_weight if isinstance(recipe.descent, WeightedSum) else 0.0
    decayed = dict.fromkeys(task.decayed(weights.network), task.weight_decay)
    fixed = scale.has_normalisation or not all(each.requires_grad for each in weights.network.parameters())
    applies = isinstance(recipe.start, WarmStart) and l1_weight and decayed and not fixed
    if not applies or scale.is_plain or LATENT in optimiser.state():
        return
    log_scale = scale.least_penalty_scales(weights.network, l1_weight=L1_SHARE * l1_weight, decayed=decayed)
    factors = {name: torch.ones_like(view) for name, view in weights.views(weights.vector).items()}
    found = scale.factors(weights.network, log_scale)
    if not found.keys() <= factors.keys():  # a buffer is a part of the function that no training changes
        return
    for name, factor in found.items():
        factors[name].mul_(factor.to(weights.vector.device))
    flat = weights.flat(factors)
    weights.vector.mul_(flat)
    optimiser.rescale(flat)
