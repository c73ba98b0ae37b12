"""Small comparisons built by hand, without training."""

from dataclasses import replace

import numpy as np
import safetensors.numpy

from frontsearch.comparison.comparing import compare
from frontsearch.comparison.quality import Box
from frontsearch.folder.benchmarks import Benchmark, Timing
from frontsearch.folder.curves import Curves, LearningCurve
from frontsearch.folder.folder import Folder
from frontsearch.measures import CLASSIFICATION, Measures
from frontsearch.recipe import MultiGradient, Recipe, WarmStart, WeightedSum
from frontsearch.selection.choosing import chosen_networks
from frontsearch.trial import Run, Status, Trial

LINEAR = Box(low=(0.0, 0.0), high=(2.0, 100.0))
LOG = Box(low=(0.01, 0.1), high=(2.0, 100.0), log=True)
GROUPED = Measures.of_names("cross entropy", {"error": "minimise"}, objective="validation", complexity="group-l1")
EVIL = "<script>alert(1)</script>"


def trial(number, objectives, *, error=None, recipe=None):
    """A trial whose key is its number as reversed hexadecimal; without objectives it has diverged."""
    metrics = {}
    if objectives is not None:
        metrics = {"l1": objectives[1], "nonzeros": int(objectives[1] * 10), "prunable": 1000, "sparsity": 0.5}
        metrics |= {"validation_cross_entropy": objectives[0], "test_cross_entropy": objectives[0] + 0.5}
    if error is not None:
        metrics |= {"validation_error": error / 2, "test_error": error}
    return Trial(
        key=f"{number:032x}"[::-1],
        recipe=recipe or Recipe(descent=WeightedSum(l1_weight=0.25), epochs=2.0, seed=number),
        status=Status.COMPLETE if objectives else Status.DIVERGED,
        objectives=objectives,
        metrics=metrics,
        epochs=2.0 if objectives else 0.5,
        seconds=0.5,
    )


def run(method, *trials, repeat=0):
    """A run of a method with these trials."""
    return Run(method=method, repeat=repeat, budget=10.0, trials=trials)


def compared(*runs):
    """The comparison of these runs."""
    return compare(runs, linear=LINEAR, log=LOG)


def keep(folder, key, **tensors):
    """Saves a trial's weights and a learning curve to an output folder."""
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    safetensors.numpy.save_file(tensors, folder.checkpoints / f"{key}.safetensors")
    Curves(folder.curves).save(
        key,
        LearningCurve(epochs=(0.0, 1.0, 2.0), loss=(2.0, 1.0, 0.5), complexity=(90.0, 60.0, 40.0), nonzeros=(9, 6, 4)),
    )


def classes(first="path", second="smgd"):
    """Two methods on a classification task; the first has two repeats, one of which found an all-zero network."""
    warm = Recipe(
        descent=MultiGradient(l1_scale=3.0), optimiser="sgd", learning_rate=0.0123456, epochs=2.0,
        start=WarmStart(trial="ab" * 16),
    )  # fmt: skip
    return compare(
        [
            run(first, trial(1, (1.0, 20.0), error=0.3), trial(2, None), trial(3, (0.5, 50.0), error=0.25)),
            run(second, trial(4, (0.5, 40.0), error=0.2, recipe=warm), trial(5, (1.5, 60.0), error=0.4)),
            run(first, trial(6, (0.25, 80.0), error=0.0), trial(7, (1.75, 0.0), error=0.9), repeat=1),
        ],
        linear=LINEAR,
        log=LOG,
    )


def scattered(measures=CLASSIFICATION):
    """Three methods with tied metrics, one of them with two repeats, and a fourth whose trainings all diverged."""
    generator = np.random.default_rng(4)
    runs = [
        run(method, *(_random_trial(generator, 100 * place + number) for number in range(1, 31)), repeat=repeat)
        for place, (method, repeat) in enumerate([("path", 0), ("path", 1), ("smgd", 0), ("it's mine", 0)])
    ]
    return compare([*runs, run("random", trial(999, None))], linear=LINEAR, log=LOG, measures=measures)


def _random_trial(generator, number):
    """A random trial; metrics are small integers or sums of them, so that many tie. Those of smgd have no units."""
    loss, slack, sparsity, wrong = generator.integers(1, 20, size=4).tolist()
    made = trial(number, (loss / 10, float(20 - loss + slack)), error=(loss + wrong) / 100)
    sizes = {"nonzeros": 10 * (20 - loss + sparsity), "group_l1": made.objectives[1]}
    if number // 100 != 2:
        sizes |= {"units": 3 + (slack + loss) // 4, "multiply_adds": 100 * (1 + (slack * loss) % 7)}
    return replace(made, metrics=made.metrics | sizes)


def chosen(comparison, out, **rest):
    """Picks and network summaries of a comparison whose output folder is ``out``."""
    return chosen_networks(comparison, Folder(out), **rest)


def warm(*parents):
    """Trials of a lineage: each one starts from the weights of the one before."""
    starts = [None, *(f"{number:032x}"[::-1] for number in parents[:-1])]
    recipes = [
        Recipe(
            descent=WeightedSum(l1_weight=0.25),
            epochs=2.0,
            seed=1,
            **({"start": WarmStart(trial=start)} if start else {}),
        )
        for start in starts
    ]
    return [
        trial(number, (1.0 - 0.1 * place, 50.0 - place), recipe=recipe)
        for place, (number, recipe) in enumerate(zip(parents, recipes, strict=True))
    ]


def nothing():
    """Two methods without a front: one trained nothing, the other's only training diverged."""
    return compare([run("path"), run("smgd", trial(1, None))], linear=LINEAR, log=LOG)


def benchmark(**changes):
    """What ``frontsearch bench`` could have measured: a network twice as fast in two of three rounds of torch."""
    timings = tuple(
        Timing(engine=engine, threads=1, batch=64, rounds=((2e-6, 2e-6, 2e-6), (small, small, 2 * small)))
        for engine, small in (("torch", 1e-6), ("onnxruntime", 2e-6))
    )
    content = {
        "machine": "a machine", "checkpoint": "", "parameters": (90, 9), "multiply_adds": (80, 8),
        "sizes": {"onnx": ((1000, 100), (500, 50))}, "timings": timings, "notes": ("scipy CSR is not faster.",),
        "untrained": {"onnx": (1000, 900)},
    }  # fmt: skip
    return Benchmark(**{**content, **changes})
