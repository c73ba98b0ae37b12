"""``Optimiser``: one training step with any of the optimisers that a recipe can name."""

import torch
from torch import Tensor

from frontsearch.errors import LARGEST, SMALLEST
from frontsearch.names import BREGMAN, MULTIOBJECTIVE_PROXIMAL, PROXIMAL, SEPARATELY_PRECONDITIONED
from frontsearch.recipe import MultiGradient, Recipe, WeightedSum
from frontsearch.training.descent import BISECTIONS, combination, multiobjective_proximal
from frontsearch.training.penalties import Penalty
from frontsearch.training.preconditioners import preconditioners
from frontsearch.training.weights import Weights

THRESHOLD = "threshold"  # state of linbreg: the threshold, which begins at the l1 weight
LATENT = "latent"  # state of Bregman iterations: the vector whose soft threshold the weights are


class Optimiser:
    """The recipe's update rule for a network's weights, with the state that its preconditioners keep.

    * ``sgd``, ``adam`` and ``rmsprop`` combine both gradients and precondition the result. Under a multi-gradient
      descent ``sgd`` is SMGD [Liu2019]_, [Reiners2020]_.
    * ``madam`` and ``mrmsprop`` precondition each gradient separately and add the results [Reiners2020]_.
    * ``prox-sgd`` and ``prox-adam`` step along the gradient of cross entropy and then apply the proximal map of l1. Its
      threshold is multiplied by the same gain as the gradient [Yun2021]_, or the fixed point would solve another
      problem.
    * ``adabreg`` moves a latent vector by Adam, ``linbreg`` by SGD with momentum; the weights are its soft threshold at
      the l1 weight, so a weight stays zero until its steps add up to the l1 weight [Bungert2022]_. They go from sparse
      to dense networks and minimise no weighted sum.
    * ``mpg`` and ``mpg-log`` take multiobjective proximal gradient steps [Amakor2023]_, [Tanabe2019]_, each of which
      chooses its own l1 weight; they differ in the range they search for it.

    Args:
        recipe: Recipe of the training.
        weights: Weights to update, in place.
        penalty: The second objective.
    """

    def __init__(self, recipe: Recipe, weights: Weights, penalty: Penalty) -> None:
        self.recipe, self.weights, self.penalty = recipe, weights, penalty
        self.preconditioners = preconditioners(recipe, weights.vector)
        self.latent: dict[str, Tensor] = {}
        self._update = self._combined
        if recipe.optimiser in SEPARATELY_PRECONDITIONED:
            self._update = self._separate
        elif recipe.optimiser in MULTIOBJECTIVE_PROXIMAL:
            self._update = self._multiobjective_proximal
        elif recipe.optimiser in BREGMAN:
            self._update = self._bregman
            self.latent = {LATENT: weights.penalised + self._l1_weight * penalty.subgradient(weights.penalised)}
            if recipe.optimiser == "linbreg":
                self.latent[THRESHOLD] = torch.tensor(self._l1_weight)
        elif recipe.optimiser in PROXIMAL:
            self._update = self._proximal

    def step(self, learning_rate: float) -> None:
        """Updates the weights once, from the gradient computed by the backward pass."""
        self._update(learning_rate)

    def _combined(self, learning_rate: float) -> None:
        c1, c2, g2 = combination(self.recipe.descent, self.weights, self.penalty)
        self._move(g2.mul_(c2).add_(self.weights.gradient, alpha=c1), learning_rate)

    def _separate(self, learning_rate: float) -> None:
        c1, c2, g2 = combination(self.recipe.descent, self.weights, self.penalty)
        for factor, gradient, preconditioner in zip(
            (c1, c2), (self.weights.gradient, g2), self.preconditioners, strict=True
        ):
            preconditioner.move(self.weights.vector, gradient, learning_rate=learning_rate * factor)

    def _proximal(self, learning_rate: float) -> None:
        self._move(self.weights.gradient, learning_rate)
        penalised, threshold = self.weights.penalised, learning_rate * self._l1_weight
        if threshold:
            self.penalty.proximal_(penalised, self.preconditioners[0].gain(len(penalised), times=threshold))

    def _bregman(self, learning_rate: float) -> None:
        penalised, latent = self.weights.penalised, self.latent[LATENT]
        penalised.copy_(latent)
        self._move(self.weights.gradient, learning_rate)
        latent.copy_(penalised)
        self.penalty.proximal_(penalised, self.latent.get(THRESHOLD, self._l1_weight))

    def adapt_threshold(self, factor: float) -> None:
        """Multiplies the threshold of ``linbreg``; nonzero weights stay as they are, and zeros as far as they got."""
        threshold = self.latent[THRESHOLD]
        # A network that cannot reach its density would drive it to infinity, or to a zero that no factor changes.
        change = (threshold * (factor - 1)).clamp_(SMALLEST - threshold, LARGEST - threshold)
        self.latent[LATENT].add_(self.penalty.subgradient(self.weights.penalised) * change)
        threshold.add_(change)

    def _move(self, gradient: Tensor, learning_rate: float) -> None:
        self.preconditioners[0].move(self.weights.vector, gradient, learning_rate=learning_rate)

    def _multiobjective_proximal(self, learning_rate: float) -> None:
        descent, bisection = self.recipe.descent, BISECTIONS[self.recipe.optimiser]
        scale = descent.l1_scale if isinstance(descent, MultiGradient) else 1.0
        self.weights.vector.copy_(
            multiobjective_proximal(self.weights, self.penalty, learning_rate, scale=scale, bisection=bisection)
        )

    @property
    def _l1_weight(self) -> float:
        return self.recipe.descent.l1_weight if isinstance(self.recipe.descent, WeightedSum) else 0.0

    def state(self) -> dict[str, Tensor]:
        """The optimiser state by name: the latent vector of Bregman iterations and the preconditioners' tensors."""
        preconditioner_state = {
            f"{number}.{name}": tensor
            for number, preconditioner in enumerate(self.preconditioners)
            for name, tensor in preconditioner.state.items()
        }
        return self.latent | preconditioner_state

    def rescale(self, factors: Tensor) -> None:
        """Follows weights that were multiplied by ``factors``, ``(n,)``, in place."""
        for preconditioner in self.preconditioners:
            preconditioner.rescale(factors)

    def load(self, state: dict[str, Tensor]) -> None:
        """Restores a :meth:`state`, in place.

        Raises:
            ValueError: If it is the state of another optimiser.
        """
        current = self.state()
        if current.keys() != state.keys():
            raise ValueError(
                f"The optimiser state of a warm start must come from {self.recipe.optimiser}; found the tensors "
                f"{', '.join(sorted(state))}: was the parent trained with another optimiser?"
            )
        for name, tensor in current.items():
            tensor.copy_(state[name])
