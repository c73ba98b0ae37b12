"""Two thousand tiny trainings with two kills: a training's time and memory do not grow, and none is lost."""

import endurance
import pytest

TRAININGS, KILLS = 2_000, 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("endurance")


@pytest.fixture(scope="module")
def observed(folder):
    return endurance.endure(folder, TRAININGS, kills=KILLS, seed=1)


def test_the_trials_are_those_of_an_undisturbed_run(folder, observed):
    assert endurance.equals_undisturbed(folder, TRAININGS)
    assert len({pid for pid, *_ in observed}) == KILLS + 1
    assert TRAININGS <= len(observed) <= TRAININGS + KILLS  # a kill costs the training in flight


def test_the_last_training_takes_no_longer_than_the_first(observed):
    spent = [milliseconds for milliseconds, _ in endurance.tenths(observed)]
    assert max(spent[-2:]) < 2 * max(spent[:2]) + 0.5


def test_a_training_adds_a_few_kibibytes(observed):
    resident = [found for _, found in endurance.tenths(observed)]
    assert (resident[-1] - resident[0]) / (0.9 * TRAININGS) < 14 * 1024  # Optuna's journal keeps some six of each trial
