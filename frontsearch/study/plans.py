"""``RunPlan``: the runs that a study file asks for, before any of them is started."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from frontsearch.methods import Method, Setting, start
from frontsearch.recipe import Initial, Recipe
from frontsearch.study.boxes import measures_in, reference_point
from frontsearch.study.config import StudyConfig
from frontsearch.study.run_state import RunState
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPlan:
    """A run to be executed: method, options, repeat and setting.

    Attributes:
        name: Name of the method.
        repeat: Number of the repeat, from 0.
        method: The method with its options.
        setting: Budget, seed, template, search space and initial trials of the method.
        initial: Recipe of the task's trained network as it was given; None if it has none.
    """

    name: str
    repeat: int
    method: Method
    setting: Setting
    initial: Recipe | None = None

    def start(self) -> RunState:
        """The run with nothing spent yet, its method ready to be asked."""
        method = start(self.method, self.setting, initial=self.initial)
        return RunState(name=self.name, repeat=self.repeat, budget=self.setting.budget, method=method)


def run_plans(config: StudyConfig, *, initial_trials: Sequence[Trial]) -> list[RunPlan]:
    """Every run of the study, repeat by repeat.

    Args:
        config: The study; its reference point and l1 weights must be known.
        initial_trials: Trials of an earlier run, the first population of the study's searches.
    """
    return [
        run_plan(config, name, repeat, initial_trials=initial_trials)
        for repeat in range(config.repeats)
        for name in config.methods
    ]


def run_plan(config: StudyConfig, name: str, repeat: int, *, initial_trials: Sequence[Trial] = ()) -> RunPlan:
    """The run of one method and repeat; other arguments as in :func:`run_plans`."""
    # A seed depends on the method's name, not on its position, so that leaving a method out does not change the others.
    sequence = np.random.SeedSequence(config.seed, spawn_key=(repeat, zlib.crc32(name.encode())))
    seed = int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))
    return RunPlan(
        name=name,
        repeat=repeat,
        method=config.method(name),
        setting=method_setting(config, seed, initial_trials=initial_trials),
        initial=Recipe(start=Initial(), epochs=0.0) if config.trained else None,
    )


def method_setting(config: StudyConfig, seed: int, *, initial_trials: Sequence[Trial]) -> Setting:
    """The setting of any method of the study under a seed; other arguments as in :func:`run_plans`."""
    if config.l1_weights is None:
        raise ValueError("`l1_weights` must be known by now; was the task left out?")
    return Setting(
        budget=config.epochs,
        seed=seed,
        template=config.template(),
        space=config.search_space(),
        l1_weights=config.l1_weights,
        reference_point=reference_point(config),
        initial_trials=tuple(initial_trials),
        target=config.target,
        criterion=measures_in(config).criterion,
        complexity=config.measures.complexity if config.measures else "l1",
    )
