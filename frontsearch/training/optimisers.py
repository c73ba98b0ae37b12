"""One step of a training: combine both gradients, precondition, move, and for proximal ones shrink."""

from torch import Tensor

from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.training.descent import combination
from frontsearch.training.preconditioners import preconditioners
from frontsearch.training.proximal import soft_threshold_
from frontsearch.training.weights import Weights


class Optimiser:
    """The update rule of a recipe on these weights, with whatever its preconditioners remember.

    * ``sgd``, ``adam``, ``rmsprop`` combine the gradients first and precondition the result; under a multi-gradient
      descent ``sgd`` is SMGD [Liu2019]_, [Reiners2020]_.
    * ``madam``, ``mrmsprop`` precondition each gradient by itself and add the results up [Reiners2020]_.
    * ``prox-sgd``, ``prox-adam`` step along cross entropy alone and apply the proximal map of l1, its threshold
      multiplied by the same gain as the gradient [Yun2021]_; otherwise the fixed point would be another problem's.
    """

    def __init__(self, recipe: Recipe, weights: Weights) -> None:
        self.recipe, self.weights = recipe, weights
        self.preconditioners = preconditioners(recipe, weights.vector)
        self._update = self._proximal if recipe.optimiser.startswith("prox-") else self._combined
        if len(self.preconditioners) > 1:
            self._update = self._separate

    def step(self, learning_rate: float) -> None:
        """Moves the weights once, along the gradient that the backward pass left."""
        self._update(learning_rate)

    def _combined(self, learning_rate: float) -> None:
        c1, c2, g2 = combination(self.recipe.descent, self.weights)
        direction, _ = self.preconditioners[0](g2.mul_(c2).add_(self.weights.gradient, alpha=c1))
        self.weights.vector.sub_(direction, alpha=learning_rate)

    def _separate(self, learning_rate: float) -> None:
        c1, c2, g2 = combination(self.recipe.descent, self.weights)
        for factor, gradient, precondition in zip(
            (c1, c2), (self.weights.gradient, g2), self.preconditioners, strict=True
        ):
            self.weights.vector.sub_(precondition(gradient)[0], alpha=learning_rate * factor)

    def _proximal(self, learning_rate: float) -> None:
        direction, gain = self.preconditioners[0](self.weights.gradient)
        self.weights.vector.sub_(direction, alpha=learning_rate)
        penalised = self.weights.penalised
        gain = gain[: len(penalised)] if isinstance(gain, Tensor) else gain
        weight = self.recipe.descent.l1_weight if isinstance(self.recipe.descent, WeightedSum) else 0.0
        soft_threshold_(penalised, gain * (learning_rate * weight))

    def state(self) -> dict[str, Tensor]:
        """What the preconditioners remember, by name."""
        return {
            f"{number}.{name}": tensor
            for number, preconditioner in enumerate(self.preconditioners)
            for name, tensor in preconditioner.state.items()
        }

    def load(self, state: dict[str, Tensor]) -> None:
        """Puts a :meth:`state` back, in place.

        Raises:
            ValueError: When it is the state of another optimiser.
        """
        own = self.state()
        if own.keys() != state.keys():
            raise ValueError(
                f"The optimiser state must be of {self.recipe.optimiser}; found {', '.join(sorted(state))}, "
                "which the warm start's parent left: was it trained by another optimiser?"
            )
        for name, tensor in own.items():
            tensor.copy_(state[name])
