"""The runs of a study before they are spent, from the study alone."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from frontsearch.methods import Method, Setting, start
from frontsearch.study.boxes import reference_point
from frontsearch.study.config import StudyConfig
from frontsearch.study.run_state import RunState
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPlan:
    """A run before it is spent.

    Attributes:
        name: The method's name.
        repeat: From 0.
        method: Its options.
        setting: What it is given.
    """

    name: str
    repeat: int
    method: Method
    setting: Setting

    def begin(self) -> RunState:
        """The run, begun."""
        begun = start(self.method, self.setting)
        return RunState(name=self.name, repeat=self.repeat, budget=self.setting.budget, method=begun)


def run_plans(config: StudyConfig, *, initial_trials: Sequence[Trial]) -> list[RunPlan]:
    """Every run of the study, repeat by repeat.

    Args:
        config: The study, its reference point known.
        initial_trials: The trials that its searches begin with.
    """
    return [
        run_plan(config, name, repeat, initial_trials=initial_trials)
        for repeat in range(config.repeats)
        for name in config.methods
    ]


def run_plan(config: StudyConfig, name: str, repeat: int, *, initial_trials: Sequence[Trial] = ()) -> RunPlan:
    """One run of the study; arguments as of :func:`run_plans`."""
    # Seeds hang on the method's name and not on its place, so that leaving a method out changes no other.
    sequence = np.random.SeedSequence(config.seed, spawn_key=(repeat, zlib.crc32(name.encode())))
    seed = int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))
    return RunPlan(
        name=name,
        repeat=repeat,
        method=config.method(name),
        setting=setting(config, seed, initial_trials=initial_trials),
    )


def setting(config: StudyConfig, seed: int, *, initial_trials: Sequence[Trial]) -> Setting:
    """What a method of the study is given; arguments as of :func:`run_plans`."""
    return Setting(
        budget=config.epochs,
        seed=seed,
        template=config.template(),
        space=config.search_space(),
        l1_weights=config.l1_weights,
        reference_point=reference_point(config),
        initial_trials=tuple(initial_trials),
    )
