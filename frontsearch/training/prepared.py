"""``PreparedTraining``: a training from before its first step until after its last."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from frontsearch.names import BREGMAN
from frontsearch.recipe import MultiGradient, Recipe
from frontsearch.training.channel_norms import channel_norms
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import GroupL1
from frontsearch.training.pruning import Pruner
from frontsearch.training.recorder import Recorder
from frontsearch.training.schedules import learning_rate
from frontsearch.training.weights import Weights


@dataclass(kw_only=True, slots=True)
class PreparedTraining:
    """A training before its first step; its steps change everything in it but the recipe, in place.

    Attributes:
        recipe: Its recipe.
        key: Key of its trial.
        weights: The weights of its network.
        optimiser: Its optimiser, with the state that it continues with.
        pruner: Its pruner.
        recorder: What records its learning curve; None if nothing does.
        steps: How many steps it takes.
        per_epoch: How many of them are an epoch.
        order_seed: Seed of the orders of its examples.
        normalised: Names of the kernels whose channels may have any scale, and keep theirs while l1 is minimised.
        generator: What its layers draw from if it is trained side by side with others.
        order: Their order in the current epoch, ``(n,)``.
        channel_norms: For each weight the norm at which its channel is held, ``(n,)``; 0 for weights that are free.
        diverged_at: Number of the step whose loss was the first that was not finite; None if there is none.
    """

    recipe: Recipe
    key: str
    weights: Weights
    optimiser: Optimiser
    pruner: Pruner
    recorder: Recorder | None
    steps: int
    per_epoch: int
    order_seed: int
    normalised: frozenset[str]
    generator: torch.Generator
    order: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.long))
    diverged_at: int | None = None
    channel_norms: Tensor = field(init=False)
    _generator: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._generator = torch.Generator().manual_seed(self.order_seed)
        # Groups hold the weights of a BatchNorm, too; those of Bregman iterations follow from a latent vector.
        is_l1 = not isinstance(self.optimiser.penalty, GroupL1)
        is_held = is_l1 and self.l1_factor > 0 and self.recipe.optimiser not in BREGMAN
        self.channel_norms = channel_norms(self.weights, self.normalised if is_held else frozenset())

    @property
    def network(self) -> nn.Module:
        """Its network."""
        return self.weights.network

    @property
    def epochs(self) -> float:
        """The epochs to charge: those up to the step at which it diverged, or all."""
        if self.diverged_at is None:
            return self.recipe.epochs
        # The last batch is charged too: a method could ask for free trainings forever.
        return min((self.diverged_at + 1) / self.per_epoch, self.recipe.epochs)

    @property
    def l1_factor(self) -> float:
        """What l1 is multiplied by in the loss, or in the second objective."""
        descent = self.recipe.descent
        return descent.l1_scale if isinstance(descent, MultiGradient) else descent.l1_weight

    def learning_rate(self, step: int) -> float:
        """The learning rate of this step."""
        return self.recipe.learning_rate * learning_rate(self.recipe.learning_rate_schedule, step / self.steps)

    def shuffle(self, examples: int) -> None:
        """Draws a new order of so many examples."""
        self.order = torch.randperm(examples, generator=self._generator)
