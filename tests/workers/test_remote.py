"""Work that travels: what comes back is bit for bit what is trained at home, and no path goes along."""

import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from frontsearch.errors import UserError
from frontsearch.recipe import Recipe, WarmStart, WeightedSum
from frontsearch.tasks import digits
from frontsearch.workers import RemoteExecutor, WorkerSetup, certify, evaluate, local_executor

FIRST = [Recipe(descent=WeightedSum(l1_weight=weight), epochs=2, seed=7) for weight in (1e-4, 1e-3, 1e-2, 1e-1)]
FINGERPRINT = digits().fingerprint


def children():
    """Warm starts of the first ones, with their optimiser's state."""
    starts = [WarmStart(trial=recipe.key(FINGERPRINT), optimiser=True) for recipe in FIRST]
    return [replace(recipe, start=start, epochs=1) for recipe, start in zip(FIRST, starts, strict=True)]


def workshop(folder, *, device="cpu"):
    folder = folder.resolve()
    return WorkerSetup(
        task="digits", options={}, device=device, checkpoints=folder / "checkpoints", curves=folder / "curves"
    )


def trained(executor):
    """The objectives and the certificates of all trainings."""
    trials = []
    for recipes in (FIRST, children()):
        trials += [future.result()[0] for future in [executor.submit(evaluate, [recipe]) for recipe in recipes]]
    return [(trial.objectives, executor.submit(certify, trial).result()) for trial in trials]


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


@pytest.fixture
def away(tmp_path):
    """Errands that two threads of one process do, which is not told where anything is."""
    with ThreadPoolExecutor(2) as threads:

        def send(errand):
            packed = pickle.dumps(errand)
            assert str(tmp_path).encode() not in packed
            return threads.submit(pickle.loads(packed))  # noqa: S301 - made the line before

        yield lambda folder, fingerprint=FINGERPRINT, **options: RemoteExecutor(
            send, workshop(tmp_path / folder, **options), fingerprint
        )


def test_errands_bring_what_is_trained_at_home(away, tmp_path):
    found = trained(away("away"))
    with local_executor(workshop(tmp_path / "home"), digits(), 1) as executor:
        assert found == trained(executor)
    assert content(tmp_path / "away") == content(tmp_path / "home")
    assert len(content(tmp_path / "away")) == 4 * len(FIRST)


def test_a_parent_that_is_missing_or_damaged_is_told_of_at_home(away, tmp_path):
    executor, (child, *_) = away("home"), children()
    with pytest.raises(UserError, match=rf"must be at {tmp_path}.* and is missing"):
        executor.submit(evaluate, [child]).result()
    trial = executor.submit(evaluate, FIRST[:1]).result()[0]
    (tmp_path / "home" / "checkpoints" / f"{trial.key}.safetensors").write_bytes(b"torn")
    with pytest.raises(UserError, match=rf"at {tmp_path}.* is damaged"):
        executor.submit(evaluate, [child]).result()
    shutil.rmtree(tmp_path / "home" / "checkpoints")
    assert executor.submit(certify, trial).result() is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fingerprint": "0" * 16}, rf"its task digits is {FINGERPRINT} and not the study's, 0{{16}};"),
        ({"device": "gpu"}, "--device must be auto, cpu, cuda or mps; found 'gpu'"),
    ],
)
def test_a_worker_that_has_not_what_it_needs_says_so_and_where_it_is(away, options, words):
    with pytest.raises(UserError, match=rf"^A worker on \S+ could not do its part: {words}"):
        away("home", **options).submit(evaluate, FIRST[:1]).result()
