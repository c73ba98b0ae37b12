"""Losses and metrics of one's own: without a metric, with undefined ones, and what a search aims at by them."""

import math
import warnings
from csv import DictReader

import numpy as np
import pytest
import torch
from sklearn.exceptions import UndefinedMetricWarning
from torch import nn

from frontsearch import Metric, Recipe, Task, UserError, search
from frontsearch.report import target_sentences

RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(200, 6)).astype(np.float32)
CLASSES = (INPUTS[:, 0] > 0).astype(np.int64)
NUMBERS = INPUTS[:, :1] * 2 + INPUTS[:, 1:2]
TRAINING = Recipe(epochs=4.0, batch_size=16, learning_rate=0.02)


def network(outputs=2):
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, outputs))


class FocalLoss(nn.Module):
    def forward(self, outputs, targets):
        known = torch.log_softmax(outputs, 1).gather(1, targets[:, None])[:, 0]
        return (-((1 - known.exp()) ** 2) * known).mean()


def precision(outputs, targets):
    """Raises where no example is said to be of class 1, as a plain division does."""
    positive = outputs.argmax(1) == 1
    return int((positive & (targets == 1)).sum()) / int(positive.sum())


def own(**options):
    return Task(**{"name": "own", "splits": {"train": (INPUTS, CLASSES)}, "build": network} | options)


def regression(**options):
    return own(splits={"train": (INPUTS, NUMBERS)}, build=lambda: network(1), loss=nn.MSELoss(), **options)


def found(task, out, **options):
    options = {"epochs": 30.0, "training": TRAINING, "quiet": True} | options
    return search(task, out=out, **options)


def rows(path):
    with path.open() as file:
        return list(DictReader(file))


def test_a_loss_of_ones_own_without_a_metric_is_what_networks_are_picked_by(tmp_path):
    result = found(own(loss=FocalLoss()), tmp_path / "run")
    fronts = rows(tmp_path / "run" / "fronts.csv") + rows(tmp_path / "run" / "sparse_fronts.csv")
    offered = {row["key"]: (float(row["focal_loss"]), int(row["nonzeros"])) for row in fronts}
    lowest = min(loss for loss, _ in offered.values())
    for gap in (0.0, 0.02, 0.2):
        picked = result.pick(max_metric_gap=gap)
        assert picked.key == result.pick(max_error_increase=100 * gap).key
        assert picked.metrics["nonzeros"] == min(size for loss, size in offered.values() if loss <= lowest + gap)
    default = result.pick()
    assert default.metrics["nonzeros"] == min(size for loss, size in offered.values() if loss <= 1.02 * lowest)
    page = (tmp_path / "run" / "report.html").read_text()
    assert f"<dt>validation focal loss</dt><dd>{default.metrics['validation_focal_loss']:.4f}</dd>" in page
    assert f"<dt>nonzeros</dt><dd>{default.metrics['nonzeros']} of 64</dd>" in page
    assert "fewest nonzeros within hundredths of the lowest focal loss" in page
    assert "error" not in fronts[0]


def test_a_size_is_aimed_at_and_picked_by_the_loss_where_there_is_no_metric(tmp_path):
    result = found(own(loss=FocalLoss()), tmp_path / "run", method=["path", "gmp"], target={"nonzeros": 12})
    for method in ("path", "gmp"):
        assert result.pick(method=method).metrics["nonzeros"] <= 12
    assert all("reached 12 nonzeros" in sentence for sentence in target_sentences(result.comparison))


def raising_for_some(outputs, targets):
    """Precision, where it is one of less than all classes: undefined for the sparser networks of a front."""
    if float(outputs.std()) < 3:
        raise ValueError("undefined")
    return float((outputs.argmax(1) == targets).double().mean())


@pytest.mark.parametrize("target", [None, {"nonzeros": 30}, {"metric_gap": 0.05}])
def test_a_metric_that_raises_for_some_networks_is_counted_and_never_picks_them(tmp_path, capsys, target):
    accuracy = Metric(function=lambda outputs, targets: raising_for_some(outputs * 1.0, targets), maximise=True)
    task = own(metrics={"accuracy": accuracy, "precision": precision}, build=confident)
    result = found(task, tmp_path / "run", target=target, quiet=False)
    values = {trial.key: trial.metrics["validation_accuracy"] for trial in result.comparison.runs[0].run.trials}
    undefined = sum(map(math.isnan, values.values()))
    assert 0 < undefined < len(values)
    note = (
        f"The validation accuracy of {undefined} of {len(values)} networks is undefined: NaN, infinite, or its "
        "function raised an error. No rule that compares it picks these."
    )
    assert note in result.summary()["notes"]
    assert note in capsys.readouterr().err
    assert note in (tmp_path / "run" / "report.html").read_text()
    assert math.isfinite(result.pick().metrics["validation_accuracy"])
    assert math.isfinite(result.pick(max_metric_gap=1.0).metrics["validation_accuracy"])


def confident():
    built = network()
    with torch.no_grad():
        built[2].weight.mul_(20)
    return built


def test_where_a_metric_is_undefined_for_every_network_the_default_goes_by_the_loss(tmp_path):
    nothing = Metric(function=lambda outputs, targets: math.nan, maximise=True)
    result = found(own(metrics={"auc": nothing}), tmp_path / "run", epochs=12.0)
    (first, *_) = result.summary()["notes"]
    assert first.endswith("raised an error. The default network is picked by the cross entropy instead.")
    lowest = min(point.metrics["validation_cross_entropy"] for point in result.front)
    assert result.pick().metrics["validation_cross_entropy"] <= 1.02 * lowest
    with pytest.raises(UserError, match=r"No network has a finite validation auc, so none can be picked by it\. Pick"):
        result.pick(max_metric_gap=0.1)


def test_an_error_of_ones_own_may_raise_for_a_guess(tmp_path):
    def error(outputs, targets):
        if len({*outputs.argmax(1).tolist()}) == 1:
            raise ValueError("one class")
        return float((outputs.argmax(1) != targets).double().mean())

    result = found(own(metrics={"error": error}, build=confident), tmp_path / "run", epochs=12.0)
    assert math.isfinite(result.pick().metrics["validation_error"])


def test_a_warning_about_the_few_examples_that_a_metric_is_tried_on_is_not_shown(recwarn):
    def warning(outputs, targets):
        warnings.warn(f"Undefined for {len(targets)} examples.", UndefinedMetricWarning, stacklevel=2)
        return float(len(targets))

    assert own(metrics={"auc": warning}).metrics
    assert not recwarn.list


def test_a_metric_that_few_examples_do_not_define_is_tried_on_a_whole_split():
    def both_classes(outputs, targets):
        if len(set(targets.tolist())) == 1:
            raise ValueError("Only one class is present.")
        return 0.5

    first = np.argsort(CLASSES, kind="stable")
    splits = dict.fromkeys(("train", "validation", "test"), (INPUTS[first], CLASSES[first]))
    assert set(own(splits=splits, metrics={"auc": both_classes}).metrics) == {"auc"}
    with pytest.raises(ValueError, match=r"targets .*, NaN where it is undefined; it raised KeyError: 'f'\."):
        own(metrics={"f": lambda outputs, targets: {}["f"]})


@pytest.mark.parametrize("method", ["path", "gmp"])
def test_a_gap_in_a_metric_of_which_more_is_better_is_aimed_at(tmp_path, method):
    options = {"first_epochs": 10, "step_epochs": 2} if method == "path" else {"first_epochs": 10}
    target = {"metric_gap": 0.1}
    result = found(regression(), tmp_path / "run", method={method: options}, target=target, epochs=60.0)
    best = max(trial.metrics["validation_r2"] for trial in result.comparison.runs[0].run.trials)
    picked = result.pick()
    assert picked.metrics["validation_r2"] >= best - 0.1 - 1e-9
    assert picked.key == result.pick(max_metric_gap=0.1).key == result.pick(max_error_increase=10.0).key
    assert result.summary()["target"]["asked"] == target
    (sentence,) = target_sentences(result.comparison)
    assert sentence.startswith(f"{method} reached a metric gap of 0.1: its sparsest network within it has sparsity")
    assert "metric_gap = 0.1" in (tmp_path / "run" / "study.toml").read_text()


def test_an_error_increase_of_a_task_with_another_metric_is_refused_with_the_other_name(tmp_path):
    with pytest.raises(UserError, match=r"own is judged by its r2\. Aim at a gap of that, .* metric_gap=0\.02\."):
        found(regression(), tmp_path / "run", target={"error_increase": 1.0})
