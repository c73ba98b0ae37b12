"""Prints epochs a second along a path of LeNet-300-100 that sparsifies, and beside it without shrinking.

    python tests/benchmarks/shrinking.py [EPOCHS]

Every training of EPOCHS epochs, 1 by default, starts from the last one's weights at a greater l1 weight, with nothing
that may regrow; it is timed by its processor time, and trained once more on all units, dead ones included. The last
network is nearly dead: it says whether numbers too small for the processor's fast way slow a step. The last two columns
are the seconds of all figures of the network that came of it, least of five, without its dead units and with them.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from frontsearch.compaction import NO_CHANNELS
from frontsearch.recipe import FromScratch, Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.tasks import Task, mnist
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.objectives import network_metrics, network_outputs
from frontsearch.training.shrinking import evaluation_network
from frontsearch.training.weights import Weights
from frontsearch.trial import Trial
from frontsearch.workers import prepare_process

L1_WEIGHTS = (1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 1.0)


def timed(trainer: Trainer, recipe: Recipe) -> tuple[Trial, float]:
    """The trial and its epochs a second of processor time, evaluation included."""
    start = time.process_time()
    trial = trainer(recipe)
    return trial, recipe.epochs / (time.process_time() - start)


def evaluated(task: Task, trial: Trial, trainer: Trainer) -> float:
    """Least of five times that all figures of a trial's network take, in processor seconds."""
    network = task.network(0)
    network.load_state_dict(trainer.load_checkpoint(trial.key)[0])
    weights = Weights(network, task.penalised)
    scale = canonical_scale(task)
    found = []
    for _ in range(5):
        start = time.process_time()
        network_metrics(task, network_outputs(evaluation_network(weights, trainer.channels)), [weights], scale=scale)
        found.append(time.process_time() - start)
    return min(found)


def main() -> None:
    """Prints a line for each training."""
    epochs = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    prepare_process()
    task = mnist(network="lenet300", penalised="kernels")
    print("l1 weight  nonzeros  epochs/s  / dense  all units  / dense  figures s  all units")  # noqa: T201 - a script's own channel
    with TemporaryDirectory() as folder:
        shrinking, whole = (Trainer(task, Checkpoints(Path(folder))) for _ in range(2))
        vars(whole)["channels"] = NO_CHANNELS
        start: FromScratch | WarmStart = FromScratch()
        dense = None
        for l1_weight in L1_WEIGHTS:
            pruning = Pruning(threshold=1e-3, regrow=dense is None)
            recipe = Recipe(descent=WeightedSum(l1_weight=l1_weight), start=start, epochs=epochs, pruning=pruning)
            _, all_units = timed(whole, recipe)
            trial, rate = timed(shrinking, recipe)
            dense = dense or all_units
            rates = f"{rate:8.3f}  {rate / dense:7.2f}  {all_units:9.3f}  {all_units / dense:7.2f}"
            seconds = "  ".join(f"{evaluated(one.task, trial, one):9.3f}" for one in (shrinking, whole))
            print(f"{l1_weight:9.0e}  {trial.metrics['nonzeros']:8.0f}  {rates}  {seconds}", flush=True)  # noqa: T201
            start = WarmStart(trial=trial.key)


if __name__ == "__main__":
    main()
