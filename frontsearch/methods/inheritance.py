"""``inheritance``: evolution of hyperparameters in which a child also inherits a parent's weights."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from frontsearch.errors import check, check_positive
from frontsearch.front import Front
from frontsearch.methods.base import Search, Setting, with_epochs
from frontsearch.methods.pymoo_variables import decode_variables
from frontsearch.recipe import FromScratch, Recipe, WarmStart
from frontsearch.trial import Trial

if TYPE_CHECKING:
    from pymoo.algorithms.base.genetic import GeneticAlgorithm


@dataclass(frozen=True, kw_only=True)
class Inheritance:
    """NSGA-II [Deb2002]_ on hyperparameters, with children that train on from a parent's weights [Elsken2019]_.

    Hyperparameters come from pymoo's crossover and mutation, weights from the parent nearer in objective space. A child
    has no objectives before it is trained, so the nearer parent is the one whose l1 weight is nearer to the child's, on
    the scale of the search space. Training cannot revive a network whose penalised weights are all zero, so such a
    parent is used only if the other one is all zero too or did not complete. The weights of a training that diverged
    are never inherited: the child takes those of the other parent or starts from scratch.

    Attributes:
        population: Number of individuals per generation; those of the first one are trained from scratch.
        epochs: Epochs of a child's training.
    """

    population: int = 20
    epochs: float = 1.0

    def __post_init__(self) -> None:
        check("population", self.population, "at least 2", holds=self.population >= 2)
        check_positive(epochs=self.epochs)

    def usable_initial_trials(self, setting: Setting) -> Sequence[Trial]:
        """The front of the initial trials, however they were trained; the weights of dominated trials are not kept."""
        return Front.of_trials(setting.initial_trials).trials

    def search(self, setting: Setting) -> Search:
        """Yields generations without end."""
        from frontsearch.methods.pymoo_evolution import evolve  # noqa: PLC0415 - imports pymoo

        def recipe_of(individual: Any, seed: int) -> Recipe:  # noqa: ANN401 - pymoo ships no types
            values = decode_variables(setting.space, individual.X)
            recipe = setting.space.decode(setting.template, values, seed=seed)
            start = _inherited_start(individual)
            return recipe if isinstance(start, FromScratch) else replace(with_epochs(recipe, self.epochs), start=start)

        return evolve(setting, self._algorithm, recipe_of, initial_trials=self.usable_initial_trials(setting))

    def _algorithm(self, **operators: object) -> "GeneticAlgorithm":
        from pymoo.algorithms.moo.nsga2 import NSGA2  # noqa: PLC0415
        from pymoo.core.duplicate import NoDuplicateElimination  # noqa: PLC0415

        from frontsearch.methods.pymoo_evolution import MatingWithParents  # noqa: PLC0415

        return NSGA2(
            pop_size=self.population,
            mating=MatingWithParents(),
            # The same values with other inherited weights are another training.
            eliminate_duplicates=NoDuplicateElimination(),
            **operators,
        )


def _inherited_start(child: Any) -> FromScratch | WarmStart:  # noqa: ANN401 - pymoo ships no types
    parents = child.get("parents")
    completed = [] if parents is None else [one for one in parents if one.get("trial").objectives is not None]
    if not completed:
        return FromScratch()
    return WarmStart(trial=min(completed, key=lambda parent: _distance(child, parent)).get("trial").key)


def _distance(child: Any, parent: Any) -> tuple[bool, float]:  # noqa: ANN401 - pymoo ships no types
    """Whether the parent's weights are all zero, then the distance between the two l1 weights."""
    weight, parent_weight = (individual.X.get("l1_weight", 0.0) for individual in (child, parent))
    return parent.get("trial").objectives[1] == 0, abs(float(weight) - float(parent_weight))
