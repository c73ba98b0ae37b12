"""Sentences on what makes the methods of a study hard to compare, or its l1 less than it seems."""

import math
from collections.abc import Iterable, Iterator, Sequence

from torch import Tensor

from frontsearch.compaction import refilled_kernels
from frontsearch.comparison import RunResult
from frontsearch.ledger import INITIAL_TRIALS, Ledger
from frontsearch.measures import Measures
from frontsearch.methods import AcceptsInitialTrials, without_debiasing
from frontsearch.names import LIMITED_UNITS
from frontsearch.report import listed
from frontsearch.scale import canonical_scale
from frontsearch.study.config import StudyConfig
from frontsearch.tasks import MAKE_PLAIN, Task, computed_kernels
from frontsearch.training import keeps_gradient
from frontsearch.trial import Run, Status

MAX_NAMES = 8
FEW = 2


def study_notes(config: StudyConfig, ledger: Ledger) -> tuple[str, ...]:
    """What its readers must know: work that no budget pays for, and epochs of unequal work. Each starts with a name."""
    return (*_on_initial_trials(config, ledger), *_on_target(config), *_on_batch_size(config))


def measure_notes(task: Task, *, compiled: bool = False) -> tuple[str, ...]:
    """What readers must know of the scale that a task's l1 is measured in, and of what cannot be compiled."""
    scale = canonical_scale(task)
    kernels = (name for name, parameter in task.network(0).named_parameters() if parameter.ndim > 1)
    free = [name for name in kernels if name not in task.penalised]
    notes = []
    if scale.raw_because:
        plain = (
            "l1 is the plain sum of absolute weights" if scale.groups is None else "Group l1 is of weights as they are"
        )
        notes.append(f"{plain}, because {scale.raw_because}.")
    if scale.raw_because and free and not task.weight_decay:
        notes.append(
            f"That sum may be dodged: as kernels that are not penalised ({', '.join(free)}) grow, penalised weights "
            "can shrink while the network stays the same. `weight_decay` bounds them."
        )
    notes += (*_on_left_out(task), *_on_refilled(task))
    if scale.units.unknown:
        notes.append(
            f"Whether {', '.join(scale.units.unknown)} commutes with positive factors is unknown, so units next to it "
            "keep their own scale in l1."
        )
    if compiled and not keeps_gradient(task):
        notes.append("--compile is ignored, because torch.compile would change the gradient of this network.")
    return tuple(notes)


def _on_left_out(task: Task) -> Iterator[str]:
    """Which trained parameters of two or more dimensions are not penalised, and why where a kernel is computed."""
    network = task.network(0)
    trained = {name: each for name, each in network.named_parameters() if each.requires_grad}
    left_out = [name for name, each in trained.items() if each.ndim > 1 and name not in task.penalised]
    if not left_out:
        return
    weights = f"{sum(trained[name].numel() for name in left_out):,} of {sum(map(Tensor.numel, trained.values())):,}"
    yield (
        f"Not penalised, and so never pruned: {_listed(left_out)} ({weights} trained weights). `penalised` chooses "
        "others."
    )
    if set(computed_kernels(network)) & set(left_out):
        yield (
            "Among them is what kernels are computed from, as by weight norm or a pruning mask: its l1 is not that of "
            f"the kernel. {MAKE_PLAIN}."
        )


def _on_refilled(task: Task) -> Iterator[str]:
    """Which penalised weights are not those that the network computes with."""
    few = next(task.splits["train"].pieces(FEW)).inputs
    names = [name for name in refilled_kernels(task.network(0).to(task.device).eval(), few) if name in task.penalised]
    if names:
        yield (
            f"Zeros of {_listed(names)} are none in the kernels that the network computes from them, as where a layer "
            "standardises its weight, so l1 and pruning make no kernel sparse there. `penalised` chooses others."
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def earlier_notes(runs: Iterable[Run]) -> tuple[str, ...]:
    """How many trainings of an earlier version have only the plain sum, and so are on no front."""
    trials = {trial.key: trial for run in runs for trial in run.trials}
    unmeasured = sum(trial.status is Status.COMPLETE and trial.objectives is None for trial in trials.values())
    why = "no checkpoint to measure l1 from: trials.csv has their plain sum as l1_raw, and they are on no front."
    return (f"Trainings of an earlier version, {unmeasured} in all, left {why}",) if unmeasured else ()


def limit_notes(runs: Sequence[RunResult]) -> Iterator[str]:
    """How many networks have units whose scale was kept within its bounds, or a loss below the hypervolume's box."""
    points = {point.trial.key: point for result in runs for point in result.points}.values()
    limited = sum(LIMITED_UNITS in point.trial.metrics for point in points)
    if limited:
        has = "network has" if limited == 1 else "networks have"
        yield (
            f"On the fronts, {limited} {has} a unit whose scale was kept within 1e-6 and 1e6, so l1 is not quite the "
            "least there."
        )
    if any(point.loss < 0 for point in points):
        yield (
            "Some losses are negative. A hypervolume is a share of the box above zero, so it means little here; add a "
            "constant to the loss."
        )


def undefined_notes(runs: Iterable[Run], measures: Measures) -> Iterator[str]:
    """For how many networks a metric is not a finite number, on the splits that choose and that are reported."""
    trials = {trial.key: trial for run in runs for trial in run.trials if trial.objectives is not None}
    for metric in measures.metrics:
        for split in ("validation", "test"):
            values = [trial.metrics.get(metric.on(split), math.nan) for trial in trials.values()]
            undefined = sum(not math.isfinite(value) for value in values)
            if undefined:
                picks = split == "validation" and metric == measures.metric
                instead = f" The default network is picked by the {measures.loss.label} instead."
                consequence = instead if undefined == len(values) else " No rule that compares it picks these."
                yield (
                    f"The {split} {metric.label} of {undefined} of {len(values)} networks is undefined: NaN, infinite, "
                    f"or its function raised an error.{consequence if picks else ''}"
                )


def _on_initial_trials(config: StudyConfig, ledger: Ledger) -> Iterator[str]:
    initial = ledger.trials(INITIAL_TRIALS, 0) if config.seed_from else ()
    accepting = [
        name for name in config.methods if isinstance(without_debiasing(config.method(name)), AcceptsInitialTrials)
    ]
    if initial and accepting:
        yield (
            f"{listed(accepting)} began with {len(initial)} trials of an earlier run. Their "
            f"{sum(trial.epochs for trial in initial):g} epochs are not charged to any budget here."
        )


def _on_target(config: StudyConfig) -> Iterator[str]:
    ignoring = [name for name in config.methods if not config.accepts_target(name)]
    if config.target is not None and ignoring:
        yield f"{listed(ignoring)} searched the whole front and not near the target."


def _on_batch_size(config: StudyConfig) -> Iterator[str]:
    if "batch_size" in config.space:
        yield (
            "batch_size is searched, and an epoch of smaller batches takes more steps, so equal epochs are not equal "
            "work. Compare the seconds, too."
        )
