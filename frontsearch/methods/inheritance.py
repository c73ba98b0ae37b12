"""``inheritance``: evolution of hyperparameters in which a child also inherits a parent's weights."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pymoo.algorithms.base.genetic import GeneticAlgorithm
from pymoo.algorithms.moo.nsga2 import NSGA2, binary_tournament
from pymoo.core.duplicate import NoDuplicateElimination
from pymoo.core.mixed import MixedVariableMating
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.operators.selection.tournament import TournamentSelection

from frontsearch.errors import check, check_positive
from frontsearch.front import Front
from frontsearch.methods.base import Search, Setting, with_epochs
from frontsearch.methods.pymoo_search import evolve
from frontsearch.methods.pymoo_variables import values
from frontsearch.recipe import FromScratch, Recipe, WarmStart
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class Inheritance:
    """NSGA-II [Deb2002]_ with Lamarckian inheritance [Elsken2019]_: a child trains on from a parent's weights.

    Hyperparameters come from pymoo's crossover and mutation, weights from the parent that is nearer in objective space.
    A child has no objectives before it is trained, but its l1 weight says where along the front it is headed, as its
    parents' l1 weights say where they ended: the nearer parent is the one whose l1 weight is, on the space's own scale.
    Training does not leave a network of zeros, so that one is inherited only where the other parent is no better. A
    training that diverged is never inherited: its child has the other parent's weights, or starts from scratch.

    Attributes:
        population: Individuals of a generation; those of the first one are trained from scratch.
        epochs: Length of a child's training.
    """

    population: int = 20
    epochs: float = 1.0

    def __post_init__(self) -> None:
        check("population", self.population, "at least 2", holds=self.population >= 2)
        check_positive(epochs=self.epochs)

    def usable(self, setting: Setting) -> Sequence[Trial]:
        """The front of what completed, however it was trained: the weights of dominated trials are not kept."""
        return Front.of_trials(setting.initial_trials).trials

    def search(self, setting: Setting) -> Search:
        """Generations without end."""

        def recipe(individual: Any, seed: int) -> Recipe:  # noqa: ANN401 - pymoo ships no types
            drawn = setting.space.decode(setting.template, values(setting.space, individual.X), seed=seed)
            start = _start(individual)
            return drawn if isinstance(start, FromScratch) else replace(with_epochs(drawn, self.epochs), start=start)

        return evolve(setting, self._algorithm, recipe, initial_trials=self.usable(setting))

    def _algorithm(self, **operators: object) -> GeneticAlgorithm:
        # The same values on other weights are another training, so there is no duplicate to eliminate.
        everyone = NoDuplicateElimination()
        return NSGA2(pop_size=self.population, mating=_KnownParents(), eliminate_duplicates=everyone, **operators)


class _KnownParents(MixedVariableMating):  # type: ignore[misc] # pymoo ships no types
    """pymoo's mating of mixed variables, one child a pair, which each child remembers."""

    def __init__(self) -> None:
        tournament = TournamentSelection(func_comp=binary_tournament)
        super().__init__(selection=tournament, eliminate_duplicates=NoDuplicateElimination())

    def _do(self, problem: Problem, pop: Population, n_offsprings: int, **kwargs: object) -> Population:
        pairs = self.selection(problem, pop, n_offsprings, 2, **kwargs)
        children = super()._do(problem, pairs, n_offsprings, parents=True, **kwargs)
        for child, pair in zip(children, pairs, strict=True):
            child.set("parents", pair)
        return children


def _start(child: Any) -> FromScratch | WarmStart:  # noqa: ANN401 - pymoo ships no types
    """Where a child's weights come from."""
    pair = child.get("parents")
    able = [] if pair is None else [parent for parent in pair if parent.get("trial").objectives is not None]
    if not able:
        return FromScratch()
    return WarmStart(trial=min(able, key=lambda parent: _distance(child, parent)).get("trial").key)


def _distance(child: Any, parent: Any) -> tuple[bool, float]:  # noqa: ANN401 - pymoo ships no types
    """Whether the parent is all zeros, then how far its l1 weight is from the child's."""
    weight, inherited = (individual.X.get("l1_weight", 0.0) for individual in (child, parent))
    return parent.get("trial").objectives[1] == 0, abs(float(weight) - float(inherited))
