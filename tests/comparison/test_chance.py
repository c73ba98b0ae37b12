import pytest

from frontsearch.comparison.chance import UNKNOWN_CHANCE, Chance
from frontsearch.measures import CLASSIFICATION

LOSS, ERROR = "validation_cross_entropy", "validation_error"
BOTH = Chance(loss=2.3, error=0.9)


@pytest.mark.parametrize(
    ("chance", "metrics", "dead"),
    [
        (BOTH, {"nonzeros": 5, LOSS: 2.4, ERROR: 0.9}, True),
        (BOTH, {"nonzeros": 5, LOSS: 2.3 * (1 - 1e-7), ERROR: 0.9}, True),  # rounded
        (BOTH, {"nonzeros": 5, LOSS: 2.2, ERROR: 0.9}, False),  # its probabilities say something
        (BOTH, {"nonzeros": 5, LOSS: 9.0, ERROR: 0.1}, False),  # too sure, but right
        (BOTH, {"nonzeros": 0, LOSS: 0.1, ERROR: 0.1}, True),
        (Chance(loss=2.3), {"nonzeros": 5, LOSS: 2.4, ERROR: 0.1}, True),
        (BOTH, {"nonzeros": 5, LOSS: 2.2}, False),
        (BOTH, {"nonzeros": 5, LOSS: 2.4, ERROR: float("nan")}, True),  # its loss alone tells
        (BOTH, {"nonzeros": 5, LOSS: 2.4, ERROR: 0.1}, False),
        (Chance(error=0.9), {"nonzeros": 5, LOSS: 2.4, ERROR: float("nan")}, False),
        (UNKNOWN_CHANCE, {"nonzeros": 5, LOSS: 99.0, ERROR: 1.0}, False),
        (UNKNOWN_CHANCE, {"nonzeros": 0}, True),
        (BOTH, {}, False),  # diverged
    ],
)
def test_a_network_is_dead_without_weights_or_if_nothing_in_it_is_better_than_chance(chance, metrics, dead):
    assert chance.is_dead(metrics, measures=CLASSIFICATION) is dead
