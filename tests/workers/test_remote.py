"""Remote trainings give bit for bit the results of local ones, and no local path is sent along."""

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
    """Warm starts from the first recipes, which continue their optimiser states."""
    starts = [WarmStart(trial=recipe.key(FINGERPRINT), optimiser=True) for recipe in FIRST]
    return [replace(recipe, start=start, epochs=1) for recipe, start in zip(FIRST, starts, strict=True)]


def worker_setup(folder, *, device="cpu"):
    folder = folder.resolve()
    return WorkerSetup(
        task="digits", options={}, device=device, checkpoints=folder / "checkpoints", curves=folder / "curves"
    )


def trained(executor):
    """Objectives and certificate of every trial."""
    trials = []
    for recipes in (FIRST, children()):
        trials += [future.result()[0] for future in [executor.submit(evaluate, [recipe]) for recipe in recipes]]
    return [(trial.objectives, executor.submit(certify, trial).result()) for trial in trials]


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


@pytest.fixture
def remote(tmp_path):
    """Makes remote executors whose trainings run in two threads of this process and know no local path."""
    with ThreadPoolExecutor(2) as threads:

        def send(training, deadline):
            pickled = pickle.dumps(training)
            assert str(tmp_path).encode() not in pickled
            return threads.submit(pickle.loads(pickled))  # noqa: S301 - pickled two lines before

        yield lambda folder, fingerprint=FINGERPRINT, **options: RemoteExecutor(
            send, worker_setup(tmp_path / folder, **options), fingerprint
        )


def test_remote_trainings_give_the_files_of_local_ones(remote, tmp_path):
    found = trained(remote("remote"))
    with local_executor(worker_setup(tmp_path / "local"), digits(), 1) as executor:
        assert found == trained(executor)
    assert content(tmp_path / "remote") == content(tmp_path / "local")
    assert len(content(tmp_path / "remote")) == 4 * len(FIRST)


def test_a_missing_or_damaged_parent_is_reported_with_its_local_path(remote, tmp_path):
    executor, (child, *_) = remote("local"), children()
    with pytest.raises(UserError, match=rf"must be at {tmp_path}.* and is missing"):
        executor.submit(evaluate, [child]).result()
    trial = executor.submit(evaluate, FIRST[:1]).result()[0]
    (tmp_path / "local" / "checkpoints" / f"{trial.key}.safetensors").write_bytes(b"torn")
    with pytest.raises(UserError, match=rf"at {tmp_path}.* is damaged"):
        executor.submit(evaluate, [child]).result()
    shutil.rmtree(tmp_path / "local" / "checkpoints")
    assert executor.submit(certify, trial).result() is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"fingerprint": "0" * 16},
            rf"its task digits has the fingerprint {FINGERPRINT} and the study's has 0{{16}}, so",
        ),
        ({"device": "gpu"}, "--device must be auto, cpu, cuda or mps; found 'gpu'"),
    ],
)
def test_a_worker_that_lacks_data_or_device_says_so_and_names_its_machine(remote, options, words):
    with pytest.raises(UserError, match=rf"^A worker on \S+ could not run a training: {words}"):
        remote("local", **options).submit(evaluate, FIRST[:1]).result()
