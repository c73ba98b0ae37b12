"""The runs of a study before they are spent, from the study alone."""

import zlib
from collections.abc import Sequence

import numpy as np

from frontsearch.boxes import corner
from frontsearch.config import StudyConfig
from frontsearch.methods import Setting
from frontsearch.settled import Plan
from frontsearch.trial import Trial


def plans(config: StudyConfig, *, first: Sequence[Trial]) -> list[Plan]:
    """Every run of the study, repeat by repeat.

    Args:
        config: The study, its reference point known.
        first: The trials that its searches begin with.
    """
    return [plan(config, name, repeat, first=first) for repeat in range(config.repeats) for name in config.methods]


def plan(config: StudyConfig, name: str, repeat: int, *, first: Sequence[Trial] = ()) -> Plan:
    """One run of the study; arguments as of :func:`plans`."""
    # Seeds hang on the method's name and not on its place, so that leaving a method out changes no other.
    sequence = np.random.SeedSequence(config.seed, spawn_key=(repeat, zlib.crc32(name.encode())))
    seed = int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))
    return Plan(name=name, repeat=repeat, method=config.method(name), setting=setting(config, seed, first=first))


def setting(config: StudyConfig, seed: int, *, first: Sequence[Trial]) -> Setting:
    """What a method of the study is given; arguments as of :func:`plans`."""
    return Setting(
        budget=config.epochs,
        seed=seed,
        template=config.template(),
        space=config.search_space(),
        l1_weights=config.l1_weights,
        corner=corner(config),
        first=tuple(first),
    )
