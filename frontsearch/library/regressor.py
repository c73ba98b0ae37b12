"""``FrontRegressor``: a front of networks as a scikit-learn regressor."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import validate_data
from torch import Tensor, nn
from torch.nn import functional

from frontsearch.errors import check
from frontsearch.library.front_estimator import FrontEstimator
from frontsearch.library.searching import Methods
from frontsearch.measures import Complexity
from frontsearch.recipe import Recipe

# ruff: noqa: N803 - scikit-learn writes X


class FrontRegressor(RegressorMixin, FrontEstimator):  # type: ignore[misc]
    """A regressor that searches for a front of sparse networks and predicts with the one that a rule picks.

    Each column of the targets is brought to mean 0 and standard deviation 1 for the search, and predictions back, so
    losses of the front count variances: a mean squared error of 1 is that of the mean. Inputs are used as given.
    Validation, training and what is not said here are as for ``FrontClassifier``.

    At most one of the parameters ``max_metric_gap``, ``max_nonzeros``, ``max_l1`` and ``knee`` is given; without them,
    the sparsest network with a validation loss within 2 % of the lowest is picked.

    Args:
        network: Function of the numbers of inputs and of target columns that returns an untrained network, whose
            outputs are ``(n, columns)``. None makes a perceptron with one hidden layer.
        hidden: Units of that hidden layer.
        method: Name of a method, several names, or options by name.
        epochs: Budget of each method, in passes over the training examples.
        max_metric_gap: Pick the fewest nonzeros with a validation loss at most so much above the lowest.
        max_nonzeros: Pick the lowest validation loss with at most so many nonzero weights.
        max_l1: Pick the lowest validation loss with at most this l1.
        knee: Pick the knee of the front, by ``chord`` or by ``weights``.
        complexity: ``l1``, or ``group-l1``, which removes whole inputs and units, as in ``Task``; the default rule then
            picks the fewest multiply-adds instead of the sparsest network.
        penalised: Parameters that l1 sums and that may become zero, as in ``Task``.
        loss: Function of outputs and scaled targets that returns their mean loss. None is the mean squared error.
        training: Recipe of a training, where its method does not change it. None derives it from budget and data.
        l1_weights: Smallest and largest l1 weight; None derives them.
        validation_fraction: Share of the examples that are held out. If they are fewer than ten, as with 0, all
            examples are trained on and the networks are chosen by the same ones.
        random_state: Seed of split and search, a generator, or None for another one at each fit.
        n_jobs: Number of processes that train, as in scikit-learn; they pay off for trainings of seconds.
        out: Folder that keeps what a study writes, one for each fit. None keeps nothing.

    Attributes:
        front_: The networks that no other one beats in loss and l1, from the lowest loss to the lowest l1.
        picked_: The picked one.
        network_: The picked one as an ``nn.Module``, in evaluation mode; its outputs are scaled targets.
        target_mean_: Means of the targets' columns, ``(columns,)``.
        target_scale_: Their standard deviations; 1 for a constant column.
        n_features_in_: Number of inputs.
        feature_names_in_: Their names, if the inputs had any.

    Examples:
        >>> from frontsearch import FrontRegressor
        >>> from sklearn.datasets import make_regression
        >>> inputs, targets = make_regression(300, n_features=20, n_informative=3, random_state=1)
        >>> model = FrontRegressor(epochs=100, random_state=1).fit(inputs, targets)
        >>> model.score(inputs, targets) > 0.9
        True
    """

    def __init__(
        self,
        *,
        network: Callable[[int, int], nn.Module] | None = None,
        hidden: int = 32,
        method: Methods = "path",
        epochs: float = 200.0,
        max_metric_gap: float | None = None,
        max_nonzeros: float | None = None,
        max_l1: float | None = None,
        knee: str | None = None,
        complexity: Complexity = "l1",
        penalised: Any = "kernels",  # noqa: ANN401 - what Task takes
        loss: Callable[[Tensor, Tensor], Tensor] | None = None,
        training: Recipe | None = None,
        l1_weights: tuple[float, float] | None = None,
        validation_fraction: float = 0.15,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        out: str | Path | None = None,
    ) -> None:
        self.network = network
        self.hidden = hidden
        self.method = method
        self.epochs = epochs
        self.max_metric_gap = max_metric_gap
        self.max_nonzeros = max_nonzeros
        self.max_l1 = max_l1
        self.knee = knee
        self.complexity = complexity
        self.penalised = penalised
        self.loss = loss
        self.training = training
        self.l1_weights = l1_weights
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.out = out

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Searches for the front and picks a network.

        Args:
            X: Inputs, ``(n, n_features)``.
            y: Numbers, ``(n,)`` or ``(n, columns)``.

        Raises:
            ValueError: If inputs or targets are not finite or do not go together, the targets are all equal, or a
                parameter is out of range.
            UserError: If parameters do not go together, before any training; or if every training diverged.

        Warns:
            ConvergenceWarning: If every network is no better than a constant prediction; or if the front has no network
                that the rule asks for. `set_pick` then takes another one, before which nothing is predicted.
        """
        inputs, targets = validate_data(
            self, X, y, dtype=np.float32, multi_output=True, y_numeric=True, ensure_min_samples=2
        )
        columns = np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
        self.target_mean_, deviations = columns.mean(axis=0), columns.std(axis=0)
        check("y", float(columns[0, 0]), "of at least two different numbers", holds=bool(deviations.any()))
        self.target_scale_ = np.where(deviations > 0, deviations, 1.0)
        self._target_shape = targets.shape[1:]
        scaled = (columns - self.target_mean_) / self.target_scale_
        return self._fit(inputs, scaled, outputs=columns.shape[1], loss=self.loss or functional.mse_loss)

    def predict(self, X: ArrayLike) -> NDArray[np.floating]:
        """Predictions for these inputs, of the targets' shape: ``(n,)`` or ``(n, columns)``."""
        columns = self._outputs(X).numpy() * self.target_scale_ + self.target_mean_
        predictions: NDArray[np.floating] = columns.reshape(len(columns), *self._target_shape)
        return predictions

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
