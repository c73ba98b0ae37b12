"""Comparisons of runs that were written down and not trained."""

import safetensors.numpy

from frontsearch.comparison import compare
from frontsearch.curves import Curves, LearningCurve
from frontsearch.quality import Box
from frontsearch.recipe import MultiGradient, Recipe, WarmStart, WeightedSum
from frontsearch.trial import Run, Status, Trial

LINEAR = Box(low=(0.0, 0.0), high=(2.0, 100.0))
LOG = Box(low=(0.01, 0.1), high=(2.0, 100.0), log=True)
EVIL = "<script>alert(1)</script>"


def trial(number, objectives, *, error=None, recipe=None):
    """The trial of this number: key 000N..., two epochs, half a second."""
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
    """A run with these trials."""
    return Run(method=method, repeat=repeat, budget=10.0, trials=trials)


def keep(folder, key, **tensors):
    """Leaves a trial's weights and its learning curve in an output folder."""
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    safetensors.numpy.save_file(tensors, folder.checkpoints / f"{key}.safetensors")
    Curves(folder.curves).save(
        key,
        LearningCurve(epochs=(0.0, 1.0, 2.0), cross_entropy=(2.0, 1.0, 0.5), l1=(90.0, 60.0, 40.0), nonzeros=(9, 6, 4)),
    )


def classes(first="path", second="smgd"):
    """Two methods on a task with classes; the first has two repeats, one of them with a dead network."""
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


def nothing():
    """Two methods, one of which trained nothing and one whose trainings diverged."""
    return compare([run("path"), run("smgd", trial(1, None))], linear=LINEAR, log=LOG)
