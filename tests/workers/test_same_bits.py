"""Twenty random recipes give the same bits whatever the order, the number of workers and what they trained before."""

import random
from concurrent.futures import wait
from dataclasses import replace

import pytest

from frontsearch.names import MULTIOBJECTIVE_PROXIMAL, OPTIMISERS, PROXIMAL, RAMPS, SCHEDULES, SEPARATELY_PRECONDITIONED
from frontsearch.recipe import FromScratch, MultiGradient, Offspring, Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.tasks import digits
from frontsearch.trial import Status
from frontsearch.workers import WorkerSetup, evaluate, local_executor

SCRATCH, CHILDREN = 14, 6  # children start from the weights of the others
ONLY_MULTI = SEPARATELY_PRECONDITIONED | MULTIOBJECTIVE_PROXIMAL


@pytest.fixture(scope="module")
def task():
    return digits()


def drawn(generator):
    """A random recipe whose training takes a moment."""
    multi, epochs = generator.random() < 0.4, generator.uniform(0.3, 2.5)
    optimisers = [name for name in OPTIMISERS if name not in (PROXIMAL if multi else ONLY_MULTI)]
    sparsity = generator.choice([0.0, 0.5, 0.9])
    return Recipe(
        descent=MultiGradient(l1_scale=10 ** generator.uniform(-4, -2))
        if multi
        else WeightedSum(l1_weight=10 ** generator.uniform(-5, -1)),
        optimiser=generator.choice(optimisers),
        learning_rate=10 ** generator.uniform(-4, -2),
        learning_rate_schedule=generator.choice(SCHEDULES),
        momentum=generator.choice([0.0, 0.9]),
        batch_size=generator.choice([16, 50, 128]),
        epochs=epochs,
        pruning=Pruning(
            threshold=generator.choice([0.0, 1e-3, 1e-2]),
            sparsity=sparsity,
            straight_through=sparsity > 0 and generator.random() < 0.5,
            relative=generator.random() < 0.5,
            begin=generator.uniform(0, epochs),
            every=generator.choice([1, 7]),
            ramp=generator.choice(RAMPS),
            regrow=generator.random() < 0.5,
        ),
        start=FromScratch(density=generator.choice([1.0, 0.3])),
        seed=generator.randrange(2**63),
    )


def child(generator, parents, fingerprint):
    """A recipe that starts from the weights of one of these, or of two."""
    first, second = (recipe.key(fingerprint) for recipe in generator.sample(parents, 2))
    shrink = generator.choice([0.0, 1e-3])
    start = generator.choice([Offspring(trial=first, other=second), WarmStart(trial=first, shrink=shrink)])
    if generator.random() < 0.4:
        return replace(continued(generator.choice(parents), fingerprint), seed=generator.randrange(2**63))
    return replace(drawn(generator), start=start)


def continued(parent, fingerprint):
    """The same training, another epoch more, with its optimiser's state."""
    start = WarmStart(trial=parent.key(fingerprint), optimiser=True)
    return replace(parent, start=start, epochs=1.0, pruning=Pruning())


@pytest.fixture(scope="module")
def waves(task):
    """Recipes from scratch, and recipes that start from them; they diverge from nothing that the others do."""
    generator = random.Random(20)  # noqa: S311 - recipes, not secrets
    scratch = [drawn(generator) for _ in range(SCRATCH)]
    return scratch, [child(generator, scratch, task.fingerprint) for _ in range(CHILDREN)]


def results(task, waves, folder, *, jobs, seed):
    """Trials without seconds by key, and all files by name, of trainings in an order that the seed gives."""
    generator, trials = random.Random(seed), {}  # noqa: S311
    setup = WorkerSetup(
        task="digits", options={}, device="cpu", checkpoints=folder / "weights", curves=folder / "curves"
    )
    with local_executor(setup, task, jobs) as executor:
        for wave in waves:
            futures = [executor.submit(evaluate, [recipe]) for recipe in generator.sample(wave, len(wave))]
            wait(futures)
            for future in futures:
                (trial,) = future.result()
                trials[trial.key] = replace(trial, seconds=0.0)
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return trials, files


@pytest.fixture(scope="module")
def first(task, waves, tmp_path_factory):
    return results(task, waves, tmp_path_factory.mktemp("first"), jobs=1, seed=1)


def test_the_recipes_differ(first, waves):
    trials, files = first
    assert len(trials) == SCRATCH + CHILDREN
    assert len({path for path in files if path.suffix == ".safetensors"}) > 15
    assert sum(trial.status is Status.COMPLETE for trial in trials.values()) > 15
    recipes = [recipe for wave in waves for recipe in wave]
    assert {type(recipe.start) for recipe in recipes} == {FromScratch, WarmStart, Offspring}
    assert {type(recipe.descent) for recipe in recipes} == {WeightedSum, MultiGradient}
    assert len({recipe.optimiser for recipe in recipes}) > 5


@pytest.mark.parametrize(("jobs", "seed"), [(1, 2), (2, 3), (3, 4)])
def test_figures_and_bits_are_the_same(task, waves, first, tmp_path, jobs, seed):
    trials, files = results(task, waves, tmp_path, jobs=jobs, seed=seed)
    assert trials == first[0]
    assert files.keys() == first[1].keys()
    assert [path for path in files if files[path] != first[1][path]] == []
