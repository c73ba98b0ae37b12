"""``FrontClassifier`` and ``FrontRegressor``: scikit-learn's own checks, and what they promise beyond these."""

import os
import pickle
import re
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_iris, make_blobs
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.feature_selection import SelectFromModel
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from torch import nn

from frontsearch import FrontClassifier, FrontRegressor, Recipe, UserError

FAST = {
    "hidden": 8,
    "method": {"path": {"sweep": 0.8, "first_epochs": 4.0, "step_epochs": 1.0}},
    "epochs": 6.0,
    "training": Recipe(epochs=4.0, batch_size=16, learning_rate=0.05),
}
LONGER = {**FAST, "epochs": 20.0, "random_state": 0}
NOISE = "ignore:Every network of the front is no better:sklearn.exceptions.ConvergenceWarning"


@pytest.mark.filterwarnings(NOISE)  # some checks draw targets that have nothing to do with the inputs
@parametrize_with_checks([FrontClassifier(**FAST), FrontRegressor(**FAST)])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def three_of_twenty(count=400):
    """Inputs of 20 columns, of which 2, 11 and 17 make the targets."""
    inputs = np.random.default_rng(0).normal(size=(count, 20))
    return inputs, 3 * inputs[:, 2] - 2 * inputs[:, 11] + np.exp(inputs[:, 17])


@pytest.fixture(scope="module")
def iris():
    inputs, targets = load_iris(return_X_y=True)
    return (inputs - inputs.mean(0)) / inputs.std(0), np.array(["setosa", "versicolor", "virginica"])[targets]


@pytest.fixture(scope="module")
def fitted(iris):
    """A classifier that was trained and chosen by the same examples."""
    return FrontClassifier(**LONGER, validation_fraction=0).fit(*iris)


@pytest.fixture
def model(fitted):
    return pickle.loads(pickle.dumps(fitted))  # noqa: S301 - our own


def test_every_network_of_the_front_predicts_with_the_figures_that_are_reported(model, iris):
    inputs, targets = iris
    assert len(model.front_) > 3
    for network in model.front_:
        model.set_pick(max_nonzeros=network.metrics["nonzeros"])
        metrics = model.picked_.metrics
        assert 1 - model.score(inputs, targets) == pytest.approx(metrics["validation_error"], abs=1e-6)
        assert log_loss(targets, model.predict_proba(inputs)) == pytest.approx(model.picked_.objectives[0], rel=1e-4)
        assert sum(int(weight.count_nonzero()) for weight in model.network_.parameters() if weight.ndim > 1) == int(
            metrics["nonzeros"]
        )
        assert not [name for name in metrics if "test" in name]
    losses, sizes = zip(*(network.objectives for network in model.front_), strict=True)
    assert list(losses) == sorted(losses)
    assert list(sizes) == sorted(sizes, reverse=True)


def test_the_text_of_a_network_is_one_line_with_its_figures(model):
    figures = r"\d+ of 56 weights nonzero, validation error [\d.]+ %"
    assert re.fullmatch(f"<FittedNetwork {model.picked_.key[:8]}: {figures}>", repr(model.picked_))


def test_set_pick_takes_another_network_of_the_same_front_as_a_fit_by_that_rule_would(model, iris):
    front, before, network = model.front_, model.picked_, model.network_
    limit = before.metrics["nonzeros"] // 2
    assert model.set_pick(max_nonzeros=limit) is model
    assert model.picked_.metrics["nonzeros"] <= limit
    assert model.front_ is front
    assert model.network_ is not network  # which somebody may have taken
    assert (model.max_nonzeros, model.knee) == (limit, None)
    assert clone(model).fit(*iris).picked_.key == model.picked_.key
    assert model.set_pick(knee="chord").max_nonzeros is None
    assert model.set_pick().picked_ is before
    picked = model.set_pick(max_error=100 * before.metrics["validation_error"] + 10).picked_
    within = [
        each for each in model.front_ if each.metrics["validation_error"] <= before.metrics["validation_error"] + 0.1
    ]
    assert picked.metrics["nonzeros"] == min(each.metrics["nonzeros"] for each in within)
    assert clone(model).fit(*iris).picked_.key == model.picked_.key


def test_a_rule_that_picks_nothing_leaves_the_pick_as_it_was(model):
    before = model.picked_
    for rule, sentence in {
        "max_nonzeros": "No network on the fronts has nonzeros at most -0",
        "max_l1": "No network on the fronts has l1 at most -0",
        "max_weights": "There is no rule 'max_weights'",
    }.items():
        with pytest.raises(UserError, match=sentence):
            model.set_pick(**{rule: -0.0})
    with pytest.raises(UserError, match="Choose by one rule only; found `max_l1` and `knee`"):
        model.set_pick(max_l1=5.0, knee="chord")
    assert model.picked_ is before
    assert (model.max_nonzeros, model.max_l1, model.knee) == (None, None, None)


def test_a_rule_that_no_network_satisfies_leaves_the_front_and_says_how_to_go_on(iris):
    model = FrontClassifier(**FAST, random_state=0).fit(*iris)
    with pytest.warns(ConvergenceWarning, match=r"^No network on the fronts has l1 at most 0; .*`set_pick`") as warned:
        assert model.set_params(max_l1=0.0).fit(*iris) is model
    assert warned[0].filename == __file__
    assert len(model.front_) > 1
    assert not hasattr(model, "picked_")
    for asked in (model.predict, model.predict_proba):
        with pytest.raises(NotFittedError, match=r"has a front but no picked network, .*; call `set_pick` with"):
            asked(iris[0])
    assert not hasattr(model, "support_")
    advised = re.search(r"set_pick\(max_nonzeros=(\d+)\)", str(warned[0].message))
    assert model.set_pick(max_nonzeros=int(advised[1])).predict(iris[0]).shape == (150,)
    assert model.picked_.metrics["nonzeros"] == int(advised[1])


def test_where_every_training_diverges_the_remedy_is_a_smaller_learning_rate(iris):
    recipe = replace(FAST["training"], optimiser="sgd", learning_rate=1e30)
    model = FrontClassifier(**{**FAST, "training": recipe, "method": "weighted-grid", "epochs": 8.0}, random_state=0)
    with pytest.raises(UserError, match=r"^No training completed, .* All \d+ diverged: try a learning rate below"):
        model.fit(*iris)
    assert not hasattr(model, "front_")


def test_used_inputs_are_the_columns_that_matter_counted_and_named():
    inputs, targets = three_of_twenty()
    model = FrontRegressor(**{**FAST, "epochs": 60.0}, random_state=0).fit(inputs, targets)
    picked = model.set_pick(max_nonzeros=8)
    assert picked.score(inputs, targets) > 0.8
    columns = picked.support_.nonzero()[0].tolist()
    assert {2, 11, 17} <= set(columns)
    assert picked.n_features_used_ == len(columns) <= 5
    assert picked.features_used_.tolist() == [f"x{column}" for column in columns]
    others = np.where(picked.support_, inputs, np.random.default_rng(1).normal(size=inputs.shape))
    np.testing.assert_array_equal(picked.predict(others), picked.predict(inputs))
    densest = model.set_pick(max_l1=1e6)
    used = densest.network_[1].weight.count_nonzero(0).numpy() > 0
    np.testing.assert_array_equal(densest.support_, used)
    assert used.sum() > 3


def test_select_from_model_selects_the_inputs_that_matter():
    inputs, targets = three_of_twenty()
    model = FrontRegressor(**{**FAST, "epochs": 60.0}, complexity="group-l1", max_nonzeros=100, random_state=0)
    selector = SelectFromModel(model, threshold=1e-10).fit(inputs, targets)
    importances = selector.estimator_.feature_importances_
    assert importances.sum() == pytest.approx(1)
    assert sorted(importances.argsort()[-3:]) == [2, 11, 17]
    np.testing.assert_array_equal(importances > 0, selector.estimator_.support_)
    np.testing.assert_array_equal(selector.get_support(), selector.estimator_.support_)
    norms = selector.estimator_.network_[1].weight.detach().norm(dim=0).numpy()
    np.testing.assert_allclose(importances, norms / norms.sum(), rtol=1e-5)


def test_used_inputs_have_the_names_of_a_data_frames_columns():
    pandas = pytest.importorskip("pandas")
    inputs, targets = three_of_twenty()
    frame = pandas.DataFrame(inputs, columns=[f"column {number}" for number in range(20)])
    model = FrontRegressor(**FAST, random_state=0).fit(frame, targets)
    assert model.features_used_.tolist() == [f"column {number}" for number in model.support_.nonzero()[0]]


class Standardised(nn.Module):
    """Reads its inputs by something else than a linear layer."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.layers = nn.Sequential(nn.BatchNorm1d(inputs), nn.Linear(inputs, outputs))

    def forward(self, rows):
        return self.layers(rows)


class Shortcut(nn.Module):
    """Two linear layers read the inputs; the first has nothing to say."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.hidden, self.direct, self.last = nn.Linear(inputs, 4), nn.Linear(inputs, outputs), nn.Linear(4, outputs)

    def forward(self, rows):
        return self.direct(rows) + self.last(torch.relu(self.hidden(rows)))


class Scaled(Shortcut):
    """Reads its inputs by linear layers, and once more without any."""

    def forward(self, rows):
        return super().forward(rows) + rows.mean(dim=1, keepdim=True)


def test_any_network_does_and_says_which_inputs_it_uses_where_that_is_known(iris):
    inputs, targets = iris
    model = FrontClassifier(**{**FAST, "epochs": 12.0}, network=Shortcut, random_state=0).fit(inputs, targets)
    with torch.no_grad():
        model.network_.hidden.weight[:, [1, 2, 3]] = 0.0
        model.network_.direct.weight[:, [0, 1, 3]] = 0.0
    assert model.support_.tolist() == [True, False, True, False]
    for network in (Standardised, Scaled):
        other = FrontClassifier(**{**FAST, "epochs": 12.0}, network=network, random_state=0).fit(inputs, targets)
        other.set_pick(max_nonzeros=min(network.metrics["nonzeros"] for network in other.front_))
        assert not hasattr(other, "support_")
        assert not hasattr(other, "features_used_")
        assert not hasattr(other, "feature_importances_")


class Single(nn.Linear):
    """Computes in single precision only."""

    def forward(self, rows):
        return super().forward(rows) @ torch.eye(self.out_features)


WRONG = {
    "a network that is none": (
        {"network": nn.Linear(4, 3)},
        "`network` must be .* when called with 4 inputs and 3 outputs; it",
    ),
    "a number for a network": ({"network": 3}, "`network` must be a function of the numbers of inputs and outputs"),
    "one that knows one precision": ({"network": Single}, "`network` must make networks that also compute in float64"),
    "one that makes none": ({"network": lambda *_: None}, "when called with 4 inputs and 3 outputs; found 'NoneType'"),
    "a text for a share": (
        {"validation_fraction": "x"},
        r"`validation_fraction` must be a share in \[0, 0.5\]; found",
    ),
    "no jobs": ({"n_jobs": 0}, "`n_jobs` must be a number of processes, -1 for one per core, or None; found 0"),
    "a text for jobs": ({"n_jobs": "all"}, "`n_jobs` must be a number of processes, .*; found 'all'"),
    "a number for a folder": ({"out": 3}, "`out` must be a path"),
    "a text for a number": (
        {"max_nonzeros": "few"},
        "`max_nonzeros` must be finite and not negative, at most 1e.30; found",
    ),
    "a truth value for a number": ({"hidden": True}, "`hidden` must be a whole number, at least 1; found True"),
    "no hidden unit": ({"hidden": 0}, "`hidden` must be a whole number, at least 1; found 0."),
    "too much held out": ({"validation_fraction": 0.6}, r"`validation_fraction` must be a share in \[0, 0.5\]"),
    "two rules": ({"max_l1": 1.0, "knee": "chord"}, "Choose by one rule only; found `max_l1` and `knee`"),
    "an unknown knee": ({"knee": "corner"}, "`knee` must be chord or weights; found 'corner'"),
    "an unknown method": ({"method": "pth"}, "unknown method 'pth'"),
    "a budget of nothing": ({"epochs": 0.0}, "`epochs` must be positive"),
}


@pytest.mark.parametrize("name", WRONG)
def test_parameters_are_checked_before_any_training(name, iris, tmp_path):
    options, sentence = WRONG[name]
    with pytest.raises((UserError, ValueError), match=sentence):
        FrontClassifier(**{**FAST, "out": tmp_path / "run"} | options).fit(*iris)
    assert not list(tmp_path.glob("run/checkpoints/*"))


def test_targets_without_two_values_are_refused():
    inputs = np.random.default_rng(0).normal(size=(30, 2))
    with pytest.raises(ValueError, match="`y` must be of two classes or more; found one class, 7"):
        FrontClassifier(**FAST).fit(inputs, np.full(30, 7))
    with pytest.raises(ValueError, match=r"`y` must be of at least two different numbers; found 7\.0"):
        FrontRegressor(**FAST).fit(inputs, np.full(30, 7.0))


def test_where_all_networks_guess_a_warning_says_so_and_the_best_is_taken():
    random = np.random.default_rng(0)
    model = FrontClassifier(**FAST, l1_weights=(50.0, 100.0), random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"^Every network of the front .*The smallest l1 weight .* is \d"):
        model.fit(random.normal(size=(60, 2)), random.integers(2, size=60))
    assert model.picked_ is model.front_[0]


def test_validation_examples_are_held_out_by_class_unless_they_would_be_too_few():
    targets = np.repeat([0, 1], [160, 40])
    model = FrontClassifier(validation_fraction=0.25)
    train, validation = model._split(targets, np.random.RandomState(0))
    assert sorted([*train, *validation]) == list(range(200))
    assert np.bincount(targets[validation]).tolist() == [40, 10]
    assert validation.tolist() != model._split(targets, np.random.RandomState(1))[1].tolist()
    train, validation = model._split(targets[:36], np.random.RandomState(0))
    assert train.tolist() == validation.tolist() == list(range(36))
    rare = np.array([0] * 100 + [1])
    assert len(model._split(rare, np.random.RandomState(0))[1]) == 25


def test_units_of_the_targets_do_not_matter_and_columns_may_be_several():
    inputs, targets = three_of_twenty(100)
    options = {**FAST, "random_state": 0}
    predictions = FrontRegressor(**options).fit(inputs, targets).predict(inputs)
    scaled = FrontRegressor(**options).fit(inputs, 1e-3 * targets + 2000).predict(inputs)
    np.testing.assert_allclose((scaled - 2000) * 1e3, predictions, atol=1e-3)
    model = FrontRegressor(**{**options, "epochs": 12.0}).fit(inputs, np.stack([targets, inputs[:, 0]], axis=1))
    assert model.predict(inputs[:7]).shape == (7, 2)
    assert model.score(inputs, np.stack([targets, inputs[:, 0]], axis=1)) > 0.6


def test_a_fit_is_quiet_leaves_nothing_behind_and_the_process_as_it_was(iris, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002 - the generator that others use
    try:
        before = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
        first, second = (FrontClassifier(**FAST, random_state=5).fit(*iris) for _ in range(2))
        assert torch.get_num_threads() == 2
        assert torch.tensor(1e-310, dtype=torch.float64) * 1 > 0
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert pickle.dumps(np.random.get_state()) == pickle.dumps(before[1])  # noqa: NPY002
    np.testing.assert_array_equal(first.predict_proba(iris[0]), second.predict_proba(iris[0]))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_named_folder_keeps_the_study_and_changes_nothing(iris, tmp_path):
    one = FrontClassifier(**FAST, random_state=0).fit(*iris)
    two = FrontClassifier(**FAST, random_state=0, out=tmp_path / "run").fit(*iris)
    assert [network.key for network in one.front_] == [network.key for network in two.front_]
    assert (tmp_path / "run" / "report.html").is_file()
    again = FrontClassifier(**FAST, random_state=0, out=tmp_path / "run")
    with pytest.raises(UserError, match="holds another task"):
        again.fit(iris[0][:100], iris[1][:100])


def test_jobs_are_those_of_the_search(iris):
    lock = threading.Lock()
    model = FrontClassifier(**FAST, network=lambda *sizes: (lock, nn.Linear(*sizes))[1], n_jobs=2)
    with pytest.raises(
        UserError,
        match=r"With several jobs, the task FrontClassifier must be picklable: .* One job \(`n_jobs=1`\) needs",
    ):
        model.fit(*iris)
    assert model.set_params(n_jobs=None).fit(*iris).score(*iris) > 0.8


GRID = {"frontclassifier__max_nonzeros": [60], "frontclassifier__hidden": [4, 8]}
SCRIPT = """
import sys
import joblib
from sklearn.model_selection import GridSearchCV
data, out = sys.argv[1:]
pipeline, parameters, inputs, targets = joblib.load(data)
joblib.dump(GridSearchCV(pipeline, parameters, cv=2, n_jobs=2).fit(inputs, targets), out)
"""


def test_a_grid_search_of_a_pipeline_in_two_processes_scores_as_in_one_and_its_dump_predicts_elsewhere(tmp_path):
    inputs, targets = make_blobs(n_samples=100, centers=3, n_features=4, cluster_std=3.0, random_state=0)
    pipeline = make_pipeline(StandardScaler(), FrontClassifier(**FAST, random_state=0))
    joblib.dump((pipeline, GRID, inputs, targets), tmp_path / "data")
    subprocess.run([sys.executable, "-c", SCRIPT, tmp_path / "data", tmp_path / "search"], check=True, env=os.environ)
    loaded = joblib.load(tmp_path / "search")
    here = GridSearchCV(pipeline, GRID, cv=2).fit(inputs, targets)
    np.testing.assert_array_equal(loaded.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"])
    np.testing.assert_allclose(loaded.predict_proba(inputs), here.predict_proba(inputs), rtol=1e-6)
    best = loaded.best_estimator_[-1]
    smallest = best.front_[-1]
    assert best.set_pick(max_l1=smallest.objectives[1]).picked_.key == smallest.key


def test_a_regressor_picks_the_sparsest_network_within_a_gap_of_the_lowest_loss():
    inputs, targets = three_of_twenty()
    model = FrontRegressor(**LONGER, max_metric_gap=0.2).fit(inputs, targets)
    losses = [point.objectives[0] for point in model.front_]
    assert model.picked_.objectives[0] <= min(losses) + 0.2 + 1e-9
    sparser = [p for p in model.front_ if p.metrics["nonzeros"] < model.picked_.metrics["nonzeros"]]
    assert all(point.objectives[0] > min(losses) + 0.2 for point in sparser)
    assert model.set_pick(max_metric_gap=1e6).picked_.metrics["nonzeros"] <= min(
        p.metrics["nonzeros"] for p in model.front_
    )


def test_group_l1_removes_whole_inputs():
    inputs, targets = three_of_twenty()
    model = FrontRegressor(**LONGER, complexity="group-l1", max_metric_gap=0.1).fit(inputs, targets)
    first = next(model.network_.parameters())
    assert model.picked_.objectives[1] == model.picked_.metrics["group_l1"]
    assert 3 <= int((first != 0).any(0).sum()) < 20
    assert {"x2", "x11", "x17"} <= set(model.features_used_)
