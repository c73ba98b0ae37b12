"""``FrontEstimator``: what the classifier and the regressor share, from arrays to the outputs of the picked network."""

import copy
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from joblib import effective_n_jobs
from numpy.typing import ArrayLike, NDArray
from optuna.storages import InMemoryStorage
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor, nn

from frontsearch.errors import SMALLEST, UserError, check, in_words, is_below_one, is_count, told_to_python
from frontsearch.folder import Folder
from frontsearch.library.checks import checked_path
from frontsearch.library.fitted_networks import choose, fitted_networks
from frontsearch.library.result import Result
from frontsearch.library.searching import study_of_task
from frontsearch.library.used_inputs import input_columns, used_inputs_of
from frontsearch.selection import UsedInputs, rule_of
from frontsearch.study import Session
from frontsearch.tasks import Task, perceptron, seeded
from frontsearch.training import Checkpoints
from frontsearch.workers import prepared_process

RULES = ("max_error", "max_error_increase", "max_metric_gap", "max_nonzeros", "max_l1", "knee")
NOT_PICKED = (
    "{} The front is kept in `front_`, and `set_pick` takes a network of it without fitting again, such as "
    "`set_pick(max_nonzeros={:.0f})`; until then, nothing is predicted."
)
MIN_VALIDATION = 10  # of fewer examples, one decides too much


class FrontEstimator(BaseEstimator):  # type: ignore[misc]
    """An estimator with a front of networks, one of which is picked; a subclass says what its targets are."""

    @told_to_python()
    def set_pick(self, **rule: float | str | None) -> Self:
        """Picks another network of the front without fitting again, as if the estimator had been fitted by this rule.

        Args:
            **rule: At most one of the estimator's parameters that are rules, such as ``max_nonzeros=60``; the others
                become None. Without one, the default rule picks.

        Raises:
            UserError: If there is no such network or rule.
        """
        check_is_fitted(self, "front_")
        self._pick(rule)
        rules = [name for name in RULES if hasattr(self, name)]
        self.set_params(**{name: rule.get(name) for name in rules})
        return self

    @property
    def support_(self) -> NDArray[np.bool_]:
        """A mask of the inputs with a nonzero weight in the first layer of the picked network, ``(n_features_in_,)``.

        It exists only if nothing but linear layers takes the inputs.
        """
        self._check_picked()
        return np.array(self._used_inputs().support)

    @property
    def feature_importances_(self) -> NDArray[np.float64]:
        """The norm of the weights that read each input, as a share of their sum, ``(n_features_in_,)``.

        They exist where :attr:`support_` does, and are zero for the same inputs; ``SelectFromModel(model,
        threshold=1e-10)`` selects the others. Inputs of different scales cannot be compared.
        """
        self._check_picked()
        self._used_inputs()
        state_dict = self.network_.state_dict()
        norms = torch.cat([state_dict[name] for name in self._columns.weights]).double().norm(dim=0)
        shares: NDArray[np.float64] = (norms / norms.sum().clamp_min(SMALLEST)).numpy(force=True)
        return shares

    @property
    def n_features_used_(self) -> int:
        """Number of inputs with a nonzero weight in the first layer of the picked network."""
        return int(self.support_.sum())

    @property
    def features_used_(self) -> NDArray[Any]:
        """Names of these inputs, ``x0``, ``x1`` and so on if the inputs had none."""
        self._check_picked()
        return np.array(self._used_inputs().names, dtype=object)

    def _used_inputs(self) -> UsedInputs:
        used = used_inputs_of(self.network_.state_dict(), self._columns)
        if used is None:
            raise AttributeError("The inputs in use are known only if nothing but linear layers takes the inputs.")
        return used

    @told_to_python(jobs="n_jobs", seed="random_state")
    def _fit(
        self, inputs: NDArray[Any], targets: NDArray[Any], *, outputs: int, loss: Callable[[Tensor, Tensor], Tensor]
    ) -> Self:
        self._check_parameters()
        rule_of(self._rule())  # raises before any training
        random = check_random_state(self.random_state)
        train, validation = self._split(targets, random)
        held_out = inputs[validation], targets[validation]
        build = self.network or partial(_perceptron, self.hidden)
        _check_makes_networks(build, inputs.shape[1], outputs)
        task = Task(
            name=type(self).__name__,
            # A task has test examples; their figures are not kept.
            splits={"train": (inputs[train], targets[train]), "validation": held_out, "test": held_out},
            build=partial(build, inputs.shape[1], outputs),
            complexity=self.complexity,
            penalised=self.penalised,
            loss=loss,
            feature_names=getattr(self, "feature_names_in_", None),
        )
        self._columns = input_columns(task)
        self._network = task.network(0).eval()
        _check_float64(self._network, inputs[:2])
        with tempfile.TemporaryDirectory(prefix="frontsearch-") as temporary, prepared_process():
            folder = Folder(Path(temporary if self.out is None else self.out))
            result = self._search(task, folder, seed=int(random.randint(2**31 - 1)))
            result.pick(knee="chord")  # raises if no training completed
            self._networks, size = fitted_networks(result, Checkpoints(folder.checkpoints))
        self.front_, self._measures = self._networks[:size], task.measures
        self._pick_or_warn()
        return self

    def _search(self, task: Task, folder: Folder, *, seed: int) -> Result:
        config = study_of_task(
            task, method=self.method, epochs=self.epochs, seed=seed, training=self.training, l1_weights=self.l1_weights
        )
        lasting = self.out is not None
        session = Session(
            config=config, folder=folder, task=task, storage=None if lasting else InMemoryStorage(), report=lasting,
            jobs=effective_n_jobs(self.n_jobs), device="cpu", quiet=True,
        )  # fmt: skip
        return Result(task=task, folder=folder.path, comparison=session.run())

    def _split(self, targets: NDArray[Any], random: np.random.RandomState) -> tuple[NDArray[Any], NDArray[Any]]:
        """Rows to train on and rows to choose by, which are all rows if too few would be held out."""
        rows = np.arange(len(targets))
        count = round(self.validation_fraction * len(rows))
        if count < MIN_VALIDATION:
            return rows, rows
        classes = np.unique_counts(targets).counts if targets.dtype.kind == "i" else np.array([])
        stratify = targets if len(classes) and classes.min() > 1 and len(classes) <= count else None
        train, validation = train_test_split(rows, test_size=count, stratify=stratify, random_state=random)
        return np.sort(train), np.sort(validation)

    def _check_parameters(self) -> None:
        network, hidden, share = self.network, self.hidden, self.validation_fraction
        made = network is None or callable(network)
        check("network", network, "a function of the numbers of inputs and outputs, or None", holds=made)
        check("hidden", hidden, "a whole number, at least 1", holds=is_count(hidden))
        check("validation_fraction", share, "a share in [0, 0.5]", holds=is_below_one(share) and share <= 0.5)
        jobs = self.n_jobs is None or (isinstance(self.n_jobs, Integral) and self.n_jobs != 0)
        check("n_jobs", self.n_jobs, "a number of processes, -1 for one per core, or None", holds=jobs)
        if self.out is not None:
            checked_path("out", self.out)

    def _rule(self) -> dict[str, Any]:
        return {name: getattr(self, name, None) for name in RULES}

    def _pick_or_warn(self) -> None:
        """Picks a network; if the rule has none, the front is kept without one, and a warning says how to go on."""
        try:
            self._pick(self._rule())
        except UserError as error:
            for name in {"picked_", "network_"} & set(vars(self)):  # of an earlier fit
                delattr(self, name)
            smallest = min(network.metrics["nonzeros"] for network in self._networks)
            warnings.warn(NOT_PICKED.format(error, smallest), ConvergenceWarning, stacklevel=5)

    def _pick(self, rule: dict[str, Any]) -> None:
        self.picked_ = choose(self._networks, rule_of(rule), self._measures)
        self.network_ = copy.deepcopy(self._network)
        self.network_.load_state_dict(self.picked_.state_dict)

    def _check_picked(self) -> None:
        check_is_fitted(self, "front_")
        if not hasattr(self, "picked_"):
            raise NotFittedError(
                f"This {type(self).__name__} has a front but no picked network, as none is what its rule asked for; "
                "call `set_pick` with another rule first."
            )

    def _outputs(self, X: ArrayLike) -> Tensor:  # noqa: N803 - scikit-learn's name
        self._check_picked()
        return _float64_outputs(self.network_, validate_data(self, X, reset=False, dtype=np.float32))


@torch.no_grad()
def _float64_outputs(network: nn.Module, inputs: NDArray[Any]) -> Tensor:
    """A network's outputs in double precision, in which an example's do not depend on the others of its batch."""
    outputs: Tensor = copy.deepcopy(network).double()(torch.tensor(inputs, dtype=torch.float64))
    return outputs


def _check_makes_networks(build: Callable[[int, int], nn.Module], inputs: int, outputs: int) -> None:
    rule = f"a function that returns an untrained network when called with {inputs} inputs and {outputs} outputs"
    try:
        with seeded(0):
            made = build(inputs, outputs)
    except Exception as error:
        raise ValueError(f"`network` must be {rule}; it raised {in_words(error)}") from error
    check("network", type(made).__name__, rule, holds=isinstance(made, nn.Module))


def _check_float64(network: nn.Module, inputs: NDArray[Any]) -> None:
    try:
        _float64_outputs(network, inputs)
    except Exception as error:
        raise ValueError(
            "`network` must make networks that also compute in float64, in which predictions are made; their forward "
            f"pass raised {in_words(error)}"
        ) from error


def _perceptron(hidden: int, inputs: int, outputs: int) -> nn.Module:
    return perceptron(inputs, hidden, outputs)
