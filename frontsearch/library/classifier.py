"""``FrontClassifier``: a front of networks as a scikit-learn classifier."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data
from torch import Tensor, nn
from torch.nn import functional

from frontsearch.library.front_estimator import FrontEstimator
from frontsearch.library.searching import Methods
from frontsearch.measures import Complexity
from frontsearch.recipe import Recipe

# ruff: noqa: N803 - scikit-learn writes X


class FrontClassifier(ClassifierMixin, FrontEstimator):  # type: ignore[misc]
    """A classifier that searches for a front of sparse networks and predicts with the one that a rule picks.

    The rules choose by validation examples, which are drawn from those given, stratified where every class has two. No
    test examples are drawn and no test figures reported. Inputs are used as given: put a ``StandardScaler`` before the
    estimator. The networks are trained on the CPU, with one thread.

    At most one of the parameters ``max_error``, ``max_error_increase``, ``max_nonzeros``, ``max_l1`` and ``knee`` is
    given; without them, the sparsest network within half a percentage point of the lowest validation error is picked.
    If all networks guess, the one of the lowest loss is, with a ``ConvergenceWarning``.

    Args:
        network: Function of the numbers of inputs and of classes that returns an untrained network, whose outputs are
            one number for each class. None makes a perceptron with one hidden layer.
        hidden: Units of that hidden layer.
        method: Name of a method, several names, or options by name.
        epochs: Budget of each method, in passes over the training examples.
        max_error: Pick the fewest nonzeros with at most so many percent of validation error.
        max_error_increase: Pick the fewest nonzeros within so many percentage points of the lowest validation error.
        max_nonzeros: Pick the lowest validation loss with at most so many nonzero weights.
        max_l1: Pick the lowest validation loss with at most this l1.
        knee: Pick the knee of the front, by ``chord`` or by ``weights``.
        complexity: ``l1``, or ``group-l1``, which removes whole inputs and units, as in ``Task``; the default rule then
            picks the fewest multiply-adds instead of the sparsest network.
        penalised: Parameters that l1 sums and that may become zero, as in ``Task``.
        loss: Function of outputs and class numbers that returns their mean loss. None is the cross entropy.
        training: Recipe of a training, where its method does not change it. None derives it from budget and data.
        l1_weights: Smallest and largest l1 weight; None derives them.
        validation_fraction: Share of the examples that are held out. If they are fewer than ten, as with 0, all
            examples are trained on and the networks are chosen by the same ones.
        random_state: Seed of split and search, a generator, or None for another one at each fit.
        n_jobs: Number of processes that train, as in scikit-learn; they pay off for trainings of seconds.
        out: Folder that keeps what a study writes, one for each fit. None keeps nothing.

    Attributes:
        classes_: The classes, sorted, ``(n_classes,)``.
        front_: The networks that no other one beats in loss and l1, from the lowest loss to the lowest l1.
        picked_: The picked one.
        network_: The picked one as an ``nn.Module``, in evaluation mode.
        n_features_in_: Number of inputs.
        feature_names_in_: Their names, if the inputs had any.

    Examples:
        >>> from frontsearch import FrontClassifier
        >>> from sklearn.datasets import load_wine
        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn.preprocessing import StandardScaler
        >>> inputs, targets = load_wine(return_X_y=True)
        >>> model = make_pipeline(StandardScaler(), FrontClassifier(epochs=60, random_state=1)).fit(inputs, targets)
        >>> model.score(inputs, targets) > 0.9
        True
        >>> model[-1].set_pick(max_nonzeros=40).picked_.metrics["nonzeros"] <= 40
        True
    """

    def __init__(
        self,
        *,
        network: Callable[[int, int], nn.Module] | None = None,
        hidden: int = 32,
        method: Methods = "path",
        epochs: float = 200.0,
        max_error: float | None = None,
        max_error_increase: float | None = None,
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
        self.max_error = max_error
        self.max_error_increase = max_error_increase
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
            y: Classes, ``(n,)``: numbers or strings.

        Raises:
            ValueError: If inputs or targets are not finite or do not go together, there is one class only, or a
                parameter is out of range.
            UserError: If parameters do not go together, before any training; or if every training diverged.

        Warns:
            ConvergenceWarning: If every network is no better than a constant prediction; or if the front has no network
                that the rule asks for. `set_pick` then takes another one, before which nothing is predicted.
        """
        inputs, targets = validate_data(self, X, y, dtype=np.float32)
        check_classification_targets(targets)
        self.classes_, numbers = np.unique(targets, return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError(f"`y` must be of two classes or more; found one class, {self.classes_[0]}.")
        return self._fit(inputs, numbers, outputs=len(self.classes_), loss=self.loss or functional.cross_entropy)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The likeliest classes of these inputs, ``(n,)``."""
        numbers = self.predict_proba(X).argmax(axis=1)
        classes: NDArray[Any] = self.classes_[numbers]
        return classes

    def predict_proba(self, X: ArrayLike) -> NDArray[np.floating]:
        """The softmax of the network's outputs, ``(n, n_classes)``, in the order of ``classes_``."""
        return self._outputs(X).softmax(dim=1).numpy()
