"""One step of a training: combine both gradients, precondition, move, and for proximal ones shrink."""

from torch import Tensor

from frontsearch.recipe import MULTIOBJECTIVE_PROXIMAL, PROXIMAL, SEPARATE, MultiGradient, Recipe, WeightedSum
from frontsearch.training.descent import BISECTIONS, combination, multiobjective_proximal
from frontsearch.training.preconditioners import preconditioners
from frontsearch.training.proximal import soft_threshold_
from frontsearch.training.weights import Weights

LATENT = "latent"  # of AdaBreg's state: what its weights are the soft threshold of


class Optimiser:
    """The update rule of a recipe on these weights, with whatever its preconditioners remember.

    * ``sgd``, ``adam``, ``rmsprop`` combine the gradients first and precondition the result; under a multi-gradient
      descent ``sgd`` is SMGD [Liu2019]_, [Reiners2020]_.
    * ``madam``, ``mrmsprop`` precondition each gradient by itself and add the results up [Reiners2020]_.
    * ``prox-sgd``, ``prox-adam`` step along cross entropy alone and apply the proximal map of l1, its threshold
      multiplied by the same gain as the gradient [Yun2021]_; otherwise the fixed point would be another problem's.
    * ``adabreg`` moves a latent vector by Adam, of which the weights are the soft threshold at the l1 weight: a weight
      stays zero until its Adam steps add up to that [Bungert2022]_. It goes from sparse to dense and solves no
      weighted sum.
    * ``mpg`` and ``mpg-log`` are multiobjective proximal gradient steps [Amakor2023]_, [Tanabe2019]_, whose l1 weight
      each step chooses for itself; they differ in where they look for it.
    """

    def __init__(self, recipe: Recipe, weights: Weights) -> None:
        self.recipe, self.weights = recipe, weights
        self.preconditioners = preconditioners(recipe, weights.vector)
        self.latent: dict[str, Tensor] = {}
        self._update = self._combined
        if recipe.optimiser in SEPARATE:
            self._update = self._separate
        elif recipe.optimiser in MULTIOBJECTIVE_PROXIMAL:
            self._update = self._multiobjective_proximal
        elif recipe.optimiser == "adabreg":
            self._update = self._bregman
            self.latent = {LATENT: weights.penalised + self._l1_weight * weights.penalised.sign()}
        elif recipe.optimiser in PROXIMAL:
            self._update = self._proximal

    def step(self, learning_rate: float) -> None:
        """Moves the weights once, along the gradient that the backward pass left."""
        self._update(learning_rate)

    def _combined(self, learning_rate: float) -> None:
        c1, c2, g2 = combination(self.recipe.descent, self.weights)
        self._move(g2.mul_(c2).add_(self.weights.gradient, alpha=c1), learning_rate)

    def _separate(self, learning_rate: float) -> None:
        c1, c2, g2 = combination(self.recipe.descent, self.weights)
        for factor, gradient, preconditioner in zip(
            (c1, c2), (self.weights.gradient, g2), self.preconditioners, strict=True
        ):
            preconditioner.move(self.weights.vector, gradient, learning_rate=learning_rate * factor)

    def _proximal(self, learning_rate: float) -> None:
        self._move(self.weights.gradient, learning_rate)
        penalised, shrunk = self.weights.penalised, learning_rate * self._l1_weight
        soft_threshold_(penalised, self.preconditioners[0].gain(len(penalised), times=shrunk))

    def _bregman(self, learning_rate: float) -> None:
        penalised, latent = self.weights.penalised, self.latent[LATENT]
        penalised.copy_(latent)
        self._move(self.weights.gradient, learning_rate)
        latent.copy_(penalised)
        soft_threshold_(penalised, self._l1_weight)

    def _move(self, gradient: Tensor, learning_rate: float) -> None:
        self.preconditioners[0].move(self.weights.vector, gradient, learning_rate=learning_rate)

    def _multiobjective_proximal(self, learning_rate: float) -> None:
        descent, bisection = self.recipe.descent, BISECTIONS[self.recipe.optimiser]
        scale = descent.l1_scale if isinstance(descent, MultiGradient) else 1.0
        self.weights.vector.copy_(multiobjective_proximal(self.weights, learning_rate, scale, bisection=bisection))

    @property
    def _l1_weight(self) -> float:
        return self.recipe.descent.l1_weight if isinstance(self.recipe.descent, WeightedSum) else 0.0

    def state(self) -> dict[str, Tensor]:
        """What the preconditioners remember, by name."""
        remembered = {
            f"{number}.{name}": tensor
            for number, preconditioner in enumerate(self.preconditioners)
            for name, tensor in preconditioner.state.items()
        }
        return self.latent | remembered

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
