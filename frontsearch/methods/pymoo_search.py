"""``pymoo-*``: pymoo's multiobjective evolutionary algorithms over the shared search space.

pymoo is imported when a search begins, as that takes longer than most commands.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, SpaceSearch
from frontsearch.methods.pymoo_variables import decode_variables
from frontsearch.recipe import Recipe

if TYPE_CHECKING:
    from pymoo.algorithms.base.genetic import GeneticAlgorithm


@dataclass(frozen=True, kw_only=True)
class PymooSearch(SpaceSearch):
    """Base of the methods that use a pymoo algorithm; a subclass names the algorithm. A batch is a generation.

    Attributes:
        population: Number of individuals per generation.
    """

    population: int = 20

    def __post_init__(self) -> None:
        check("population", self.population, "at least 2", holds=self.population >= 2)

    def search(self, setting: Setting) -> Search:
        """Yields generations until pymoo finds no combination of values that its population lacks."""
        from frontsearch.methods.pymoo_evolution import evolve  # noqa: PLC0415

        def recipe_of(individual: Any, seed: int) -> Recipe:  # noqa: ANN401 - pymoo ships no types
            values = decode_variables(setting.space, individual.X)
            return setting.space.decode(setting.template, values, seed=seed)

        return evolve(setting, self._algorithm, recipe_of, initial_trials=self.usable_initial_trials(setting))

    def _algorithm(self, **operators: object) -> "GeneticAlgorithm":
        from pymoo.core.mixed import MixedVariableDuplicateElimination, MixedVariableMating  # noqa: PLC0415

        return self._create(
            pop_size=self.population,
            mating=MixedVariableMating(eliminate_duplicates=MixedVariableDuplicateElimination()),
            eliminate_duplicates=MixedVariableDuplicateElimination(),
            **operators,
        )

    def _create(self, **options: object) -> "GeneticAlgorithm":
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class PymooNsga2(PymooSearch):
    """Evolves hyperparameters with pymoo's NSGA-II [Deb2002]_ for mixed variables [Blank2020]_."""

    def _create(self, **options: object) -> "GeneticAlgorithm":
        from pymoo.algorithms.moo.nsga2 import NSGA2  # noqa: PLC0415

        return NSGA2(**options)


@dataclass(frozen=True, kw_only=True)
class PymooNsga3(PymooSearch):
    """Evolves hyperparameters with pymoo's NSGA-III [Deb2014]_ for mixed variables [Blank2020]_.

    There are as many reference directions as individuals.
    """

    def _create(self, **options: object) -> "GeneticAlgorithm":
        from pymoo.algorithms.moo.nsga3 import NSGA3  # noqa: PLC0415
        from pymoo.util.ref_dirs import get_reference_directions  # noqa: PLC0415

        # On two axes, n partitions make n + 1 directions.
        return NSGA3(get_reference_directions("uniform", 2, n_partitions=self.population - 1), **options)


@dataclass(frozen=True, kw_only=True)
class PymooSmsEmoa(PymooSearch):
    """Evolves hyperparameters with pymoo's SMS-EMOA [Beume2007]_, which selects by hypervolume.

    Variables are mixed [Blank2020]_. The individuals that contribute least to the hypervolume are dropped. The
    published algorithm makes one child at a time; here a whole generation is made at once, so that its trainings can
    run in parallel.
    """

    def _create(self, **options: object) -> "GeneticAlgorithm":
        from pymoo.algorithms.moo.sms import SMSEMOA  # noqa: PLC0415

        return SMSEMOA(**options)
