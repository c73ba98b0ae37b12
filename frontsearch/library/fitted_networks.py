"""The networks that a fitted estimator keeps, and the choice of one of them."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

from frontsearch.comparison import Point
from frontsearch.errors import UserError
from frontsearch.library.result import Result
from frontsearch.measures import Measures
from frontsearch.recipe import Recipe
from frontsearch.report import network_figures
from frontsearch.selection import Default, Rule, revival
from frontsearch.training import Checkpoints
from frontsearch.trial import Trial

ALL_GUESS = (
    "Every network of the front is no better than a constant prediction; the one of the lowest loss is taken. {} "
    "Scaled inputs may help, too, unless the inputs say nothing of the targets."
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False, repr=False)
class FittedNetwork:
    """A network of a fitted estimator, with its weights.

    Attributes:
        point: What rules choose it by.
        recipe: The recipe of its training.
        state_dict: Its weights, as ``nn.Module.load_state_dict`` takes them.
        measures: What its task measures.
    """

    point: Point
    recipe: Recipe
    state_dict: Mapping[str, Tensor]
    measures: Measures

    @property
    def key(self) -> str:
        """The key of its training, 32 hexadecimal digits."""
        return self.point.trial.key

    @property
    def objectives(self) -> tuple[float, float]:
        """Loss on the validation examples, and l1."""
        return self.point.loss, self.point.complexity

    @property
    def metrics(self) -> Mapping[str, float]:
        """Figures by name: ``validation_error``, ``nonzeros`` and so on; none on test examples, as there are none."""
        return self.point.trial.metrics

    def __repr__(self) -> str:
        return f"<FittedNetwork {self.key[:8]}: {network_figures(self.metrics, self.measures)}>"


def fitted_networks(result: Result, checkpoints: Checkpoints) -> tuple[tuple[FittedNetwork, ...], int]:
    """The networks that a rule may choose, and how many of them, the first ones, are the front of loss and l1.

    The others are on a front of the first metric and nonzeros only.
    """
    runs = result.comparison.runs
    points = {point.trial.key: point for run in runs for point in run.networks}
    front = [point.key for point in result.front]
    keys = dict.fromkeys([*front, *points])
    return tuple(_fitted(points[key], checkpoints, result.task.measures) for key in keys), len(front)


def choose(networks: Sequence[FittedNetwork], rule: Rule, measures: Measures) -> FittedNetwork:
    """The network that a rule chooses; if all are dead, the default rule takes the first one and warns.

    Raises:
        UserError: If there is no such network.
    """
    points = [network.point for network in networks]
    if isinstance(rule, Default) and points and all(point.dead for point in points):
        warnings.warn(ALL_GUESS.format(revival(points)), ConvergenceWarning, stacklevel=7)
        return networks[0]
    found = rule.choose(points, measures)
    if isinstance(found, str):
        raise UserError(found)
    return next(network for network in networks if network.point is found)


def _fitted(point: Point, checkpoints: Checkpoints, measures: Measures) -> FittedNetwork:
    trial = point.trial
    assert isinstance(trial, Trial)  # noqa: S101 - a search imports no fronts
    metrics = {name: value for name, value in trial.metrics.items() if not name.startswith("test_")}
    return FittedNetwork(
        point=replace(point, trial=replace(trial, metrics=metrics)),
        recipe=trial.recipe,
        state_dict=checkpoints.load(trial.key)[0],
        measures=measures,
    )
