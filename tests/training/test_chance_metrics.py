"""What a guess scores, against answers that do not depend on the inputs."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from torch import nn
from torch.nn import functional

from frontsearch import search
from frontsearch.tasks import Examples, Task, digits, lasso
from frontsearch.training.chance import chance_metrics

TARGETS = torch.tensor([0, 0, 0, 1, 1, 2])


def task(*, classes=4, **options):
    examples = Examples(torch.ones(len(TARGETS), 2), TARGETS)
    given = {"build": lambda: nn.Linear(2, classes), "penalised": ["*weight"]} | options
    return Task(name="classes", splits=dict.fromkeys(("train", "validation", "test"), examples), **given)


def ending_in(last):
    return {"build": lambda: nn.Sequential(nn.Linear(2, 4), last)}


WEIGHTS = torch.tensor([1.0, 2.0, 9.0, 1.0])


def test_a_guess_by_frequencies_costs_their_entropy_and_errs_but_for_the_most_frequent_class():
    cross_entropy, error = chance_metrics(task())
    entropy = -sum(share * math.log(share) for share in (1 / 2, 1 / 3, 1 / 6))
    assert math.isclose(cross_entropy, entropy, rel_tol=1e-6)
    assert error == 0.5


@given(st.lists(st.floats(-9, 9), min_size=10, max_size=10))
def test_no_answer_that_ignores_its_input_is_better(logits):
    made = digits()
    cross_entropy, error = chance_metrics(made)
    targets = made.splits["validation"].targets
    answer = torch.tensor(logits).expand(len(targets), -1)
    assert float(made.loss(answer, targets)) >= cross_entropy * (1 - 1e-6)
    assert made.metrics["error"].function(answer, targets) >= error


def test_a_task_without_errors_or_classes_has_less_of_a_guess():
    cross_entropy, error = chance_metrics(task(metrics={}))
    assert cross_entropy > 0
    assert error is None
    assert chance_metrics(lasso()) == (None, None)
    assert chance_metrics(task(classes=2, loss=lambda outputs, _: outputs.mean())) == (None, None)


def test_the_guess_of_the_plain_loss_is_the_same_to_the_last_bit():
    frequencies = torch.tensor([3, 2, 1, 0]) / 6
    guess = frequencies.clamp(min=torch.finfo(torch.float32).tiny).log().expand(6, 4)
    expected = float(functional.cross_entropy(guess, TARGETS)), 0.5
    assert chance_metrics(task()) == expected
    assert chance_metrics(task(loss=nn.CrossEntropyLoss())) == expected
    likelihood = float(functional.nll_loss(guess, TARGETS)), 0.5
    assert chance_metrics(task(loss=nn.NLLLoss(), **ending_in(nn.LogSoftmax(1)))) == likelihood


def weighted_cross_entropy(outputs, targets):
    return functional.cross_entropy(outputs, targets, weight=WEIGHTS)


def weighted_likelihood(outputs, targets):
    return functional.nll_loss(outputs, targets, weight=WEIGHTS)


def weighted_probabilities(outputs, targets):
    return functional.nll_loss(outputs.log(), targets, weight=WEIGHTS)


WEIGHTED = {
    "a module": {"loss": nn.CrossEntropyLoss(weight=WEIGHTS)},
    "a partial": {"loss": partial(functional.cross_entropy, weight=WEIGHTS)},
    "a function of one's own": {"loss": weighted_cross_entropy},
    "log-probabilities": {"loss": nn.NLLLoss(weight=WEIGHTS), **ending_in(nn.LogSoftmax(1))},
    "log-probabilities and one's own": {"loss": weighted_likelihood, **ending_in(nn.LogSoftmax(1))},
    "probabilities and one's own": {"loss": weighted_probabilities, **ending_in(nn.Softmax(1))},
}


@pytest.mark.parametrize("name", WEIGHTED)
def test_with_weights_of_classes_the_guess_is_their_frequencies_times_the_weights(name):
    loss, error = chance_metrics(task(metrics=task().metrics, **WEIGHTED[name]))
    shares = [3 * 1 / 16, 2 * 2 / 16, 1 * 9 / 16]  # so the rarest class is guessed, which errs more often
    assert loss == pytest.approx(-sum(share * math.log(share) for share in shares), rel=1e-5)
    assert error == 0.5


def test_the_least_error_with_a_weighted_class_of_one_output_is_that_of_the_frequent_one():
    targets = torch.tensor([[0.0]] * 9 + [[1.0]])
    examples = dict.fromkeys(("train", "validation", "test"), Examples(torch.ones(10, 2), targets))
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([81.0]))
    found, error = chance_metrics(Task(name="one", splits=examples, build=lambda: nn.Linear(2, 1), loss=loss))
    assert found == pytest.approx(-0.9 * math.log(0.1) - 0.1 * 81 * math.log(0.9), rel=1e-5)
    assert error == pytest.approx(0.1)


def focal(outputs, targets):
    known = outputs.log_softmax(1).gather(1, targets[:, None])[:, 0]
    return (-((1 - known.exp()) ** 2) * known).mean()


LOSSES = {
    "label smoothing": nn.CrossEntropyLoss(label_smoothing=0.2),
    "smoothed, weighted and with an ignored class": nn.CrossEntropyLoss(WEIGHTS, ignore_index=1, label_smoothing=0.3),
    "a partial": partial(functional.cross_entropy, label_smoothing=0.2, ignore_index=0),
    "focal": focal,
    "margins": nn.MultiMarginLoss(p=2),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_guess_is_as_good_as_the_best_of_a_brute_force_search(name):
    loss = LOSSES[name]

    def value(logits):
        return float(loss(torch.as_tensor(logits, dtype=torch.float32).expand(6, -1), TARGETS))

    starts = np.random.default_rng(0).normal(size=(8, 4))
    options = {"maxiter": 4000, "maxfev": 4000, "xatol": 1e-5, "fatol": 1e-9}
    best = min(minimize(value, start, method="Nelder-Mead", options=options).fun for start in starts)
    assert chance_metrics(task(loss=loss))[0] == pytest.approx(best, rel=1e-4)


class Blind(nn.Module):
    """A network whose outputs do not depend on its inputs, though its weights count."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, inputs):
        return self.layer(torch.ones_like(inputs))


@pytest.mark.parametrize("weight", [None, [1.0, 6.0], [1.0, 30.0]])
def test_networks_of_constant_outputs_are_dead_whatever_classes_weigh(tmp_path, weight):
    inputs = np.random.default_rng(0).normal(size=(200, 2))
    loss = nn.CrossEntropyLoss(weight=None if weight is None else torch.tensor(weight))
    own = Task(name="blind", splits={"train": (inputs, np.arange(200) % 10 == 0)}, build=Blind, loss=loss)
    result = search(own, out=tmp_path, method="weighted-grid", epochs=20.0, l1_weights=(1e-4, 1e-3), quiet=True)
    (run,) = result.comparison.runs
    assert all(trial.metrics["nonzeros"] > 0 for trial in run.run.trials)
    assert all(point.dead for point in run.networks)
