"""Hypothesis strategies: recipes, trials, point sets on small integer grids, where ties and duplicates are common."""

from collections.abc import Sequence

from hypothesis import strategies as st

from frontsearch.names import MULTIOBJECTIVE_PROXIMAL, PROXIMAL, RAMPS, SCHEDULES, SEPARATELY_PRECONDITIONED
from frontsearch.recipe import FromScratch, MultiGradient, Offspring, Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.trial import Run, Status, Trial

positive = st.floats(1e-12, 1e12)
not_negative = st.just(0.0) | positive
keys = st.text("0123456789abcdef", min_size=1)
starts = (
    st.builds(Offspring, trial=keys, other=keys)
    | st.builds(FromScratch, density=st.floats(1e-30, 1))
    | st.builds(WarmStart, trial=keys, optimiser=st.booleans(), shrink=not_negative)
)


@st.composite
def recipes(draw) -> Recipe:
    multi = draw(st.booleans())
    epochs = draw(st.floats(1e-3, 1e3))
    others = SEPARATELY_PRECONDITIONED | MULTIOBJECTIVE_PROXIMAL if multi else PROXIMAL
    optimiser = draw(st.sampled_from(["sgd", "adam", "rmsprop", *sorted(others)]))
    l1_weight = positive if optimiser == "linbreg" else not_negative
    return Recipe(
        descent=MultiGradient(l1_scale=draw(positive)) if multi else WeightedSum(l1_weight=draw(l1_weight)),
        optimiser=optimiser,
        learning_rate=draw(positive),
        learning_rate_schedule=draw(st.sampled_from(SCHEDULES)),
        momentum=draw(st.floats(0, 1, exclude_max=True)),
        batch_size=draw(st.integers(1, 10**6)),
        epochs=epochs,
        pruning=Pruning(
            threshold=draw(not_negative),
            sparsity=(sparsity := draw(st.floats(0, 1, exclude_max=True))),
            straight_through=sparsity > 0 and draw(st.booleans()),
            relative=draw(st.booleans()),
            begin=draw(st.floats(0, epochs)),
            every=draw(st.integers(1, 1000)),
            ramp=draw(st.sampled_from(RAMPS)),
            regrow=draw(st.booleans()),
        ),
        start=draw(starts),
        seed=draw(st.integers(0, 2**63 - 1)),
    )


def trial(number: int, objectives: Sequence[float] | None, *, epochs: float = 1.0, seconds: float = 2.0) -> Trial:
    """A trial made by hand; its number is the seed of its recipe and so determines the key."""
    recipe = Recipe(seed=number)
    return Trial(
        key=recipe.key("by hand"),
        recipe=recipe,
        status=Status.DIVERGED if objectives is None else Status.COMPLETE,
        objectives=None if objectives is None else (float(objectives[0]), float(objectives[1])),
        metrics={},
        epochs=epochs,
        seconds=seconds,
    )


def trials_of(outcomes: Sequence[Sequence[float] | None]) -> list[Trial]:
    """Trials with these outcomes, numbered from 0."""
    return [trial(number, outcome) for number, outcome in enumerate(outcomes)]


def run_of(trials: Sequence[Trial], *, method: str = "random", repeat: int = 0) -> Run:
    """A run with these trials."""
    return Run(method=method, repeat=repeat, budget=100.0, trials=tuple(trials))


grid_points = st.tuples(st.integers(0, 6), st.integers(0, 6))
point_sets = st.lists(grid_points, max_size=14)
outcomes = st.lists(grid_points | st.none(), max_size=14)
trial_lists = outcomes.map(trials_of)


@st.composite
def bent_trials(draw):
    """Trials in any order, at least three of which are mutually non-dominated."""
    size = draw(st.integers(3, 6))
    first = sorted(draw(st.sets(st.integers(0, 9), min_size=size, max_size=size)))
    second = sorted(draw(st.sets(st.integers(0, 9), min_size=size, max_size=size)), reverse=True)
    beyond = [(x + dx, y + dy) for x, y, dx, dy in draw(st.lists(st.tuples(*[st.integers(5, 9)] * 4), max_size=4))]
    return trials_of(draw(st.permutations([*zip(first, second, strict=True), *beyond, None])))
