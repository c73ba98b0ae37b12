"""What is derived from a task: a reference point and a range of l1 weights that are right for any loss."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch.errors import UserError
from frontsearch.tasks import Task, breast_cancer, digits, exact_front, iris, lasso
from frontsearch.training import default_batch_size, default_l1_weights, default_reference_point
from frontsearch.training.fresh import fresh_network, vital_parameters

RNG = np.random.default_rng(1)
INPUTS = RNG.normal(size=(60, 3)).astype(np.float32)
SIGNAL = INPUTS @ np.array([[1.0], [-2.0], [0.5]], dtype=np.float32)


def task_of(loss, targets, *, outputs=1, last=None, **options):
    """A task on these targets; the validation split is the training split."""

    def build():
        layers = [nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, outputs)]
        return nn.Sequential(*layers, *([last] if last else []))

    split = (INPUTS, targets)
    splits = {"train": split, "validation": split, "test": split}
    return Task(name="own", splits=splits, loss=loss, **({"build": build} | options))


def range_of(task):
    return default_l1_weights(task, default_reference_point(task))


def hundredfold(outputs, targets):
    return 100 * functional.mse_loss(outputs, targets)


def own_likelihood(outputs, targets):
    return -outputs.gather(1, targets[:, None]).mean()


def gaussian(outputs, targets):
    return functional.gaussian_nll_loss(outputs[:, :1], targets, outputs[:, 1:].exp())


def test_for_classes_the_reference_point_is_uniform_guessing_and_the_untrained_l1():
    task = digits()
    incoming, outgoing = (task.network(0)[layer].weight.detach().double().abs() for layer in (1, 3))
    least_l1 = 2 * float((incoming.sum(1) * outgoing.sum(0)).sqrt().sum())  # over all scales of the hidden units
    assert default_reference_point(task) == (math.log(10), pytest.approx(least_l1, rel=1e-9))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_for_numbers_the_reference_loss_is_that_of_the_best_constant(scale):
    targets = scale * (SIGNAL + 50)
    squared, absolute = (default_reference_point(task_of(loss, targets))[0] for loss in (nn.MSELoss(), nn.L1Loss()))
    assert squared == pytest.approx(targets.var(), rel=1e-3)
    assert absolute == pytest.approx(np.abs(targets - np.median(targets)).mean(), rel=1e-2)


def test_for_two_classes_of_one_output_the_reference_loss_is_the_entropy_of_their_shares():
    targets = (SIGNAL > 1).astype(np.float32)
    share = targets.mean()
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    assert default_reference_point(task_of(nn.BCEWithLogitsLoss(), targets))[0] == pytest.approx(entropy, rel=1e-4)


def test_a_constant_that_is_no_output_of_a_network_is_no_reference():
    targets, classes = (SIGNAL > 1).astype(np.float32), (SIGNAL[:, 0] > 1).astype(np.int64)
    probabilities = task_of(nn.BCELoss(), targets, last=nn.Sigmoid())
    own = task_of(own_likelihood, classes, outputs=2, last=nn.LogSoftmax(1))
    assert 0.3 < default_reference_point(probabilities)[0] < 2
    assert 0.3 < default_reference_point(own)[0] < 2
    assert range_of(probabilities)[0] > 0
    assert range_of(own)[0] > 0


def test_a_smoothed_loss_with_weights_of_classes_has_the_reference_of_equal_outputs():
    classes, weight = (SIGNAL[:, 0] > 1).astype(np.int64), torch.tensor([1.0, 6.0])
    equal = torch.zeros(len(classes), 2), torch.as_tensor(classes)
    for smoothing in (0.0, 0.1):
        loss = nn.CrossEntropyLoss(weight=weight, label_smoothing=smoothing)
        found = default_reference_point(task_of(loss, classes, outputs=2))[0]
        assert found == pytest.approx(float(loss(*equal)), rel=1e-6)


def test_where_one_constant_fits_all_targets_the_reference_loss_is_the_untrained_networks():
    task = lasso()
    with torch.no_grad():
        untrained = task.loss(task.network(0)(task.splits["train"].inputs), task.splits["train"].targets)
    assert default_reference_point(task)[0] == float(untrained)


def test_a_negative_loss_needs_a_reference_point_of_the_users_or_a_constant():
    with pytest.raises(UserError, match=r"`reference_point` must be given for the task own.*constant added"):
        default_reference_point(task_of(gaussian, 0.01 * SIGNAL, outputs=2))


def test_an_untrained_network_without_l1_needs_a_reference_point_of_the_users():
    def zeros():
        network = nn.Linear(3, 1)
        nn.init.zeros_(network.weight)
        return network

    task = task_of(nn.MSELoss(), SIGNAL, build=zeros)
    with pytest.raises(UserError, match=r"`reference_point` must be given .* l1 of the untrained network.*found 0"):
        default_reference_point(task)


@pytest.mark.parametrize("make", [breast_cancer, lambda objective: iris(network="linear", objective=objective)])
def test_of_a_linear_network_the_greatest_l1_weight_is_where_the_exact_front_begins(make):
    task = make(objective="train")
    greatest = exact_front(task, max_l1=1.0).l1_weights[0]
    assert range_of(task)[1] == pytest.approx(greatest, rel=0.05)


def test_the_range_scales_with_the_loss():
    least, greatest = range_of(task_of(nn.MSELoss(), SIGNAL))
    assert range_of(task_of(hundredfold, SIGNAL)) == pytest.approx((100 * least, 100 * greatest), rel=0.05)
    _, of_large_targets = range_of(task_of(nn.MSELoss(), 1000 * SIGNAL))
    assert of_large_targets == pytest.approx(1000 * greatest, rel=0.05)  # the gradient is linear in the residual


def test_a_trained_network_has_a_range_like_the_untrained_one():
    task = task_of(nn.MSELoss(), SIGNAL)
    network = task.network(0)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(500):
        optimiser.zero_grad()
        task.loss(network(torch.as_tensor(INPUTS)), torch.as_tensor(SIGNAL)).backward()
        optimiser.step()
    least, greatest = range_of(task_of(nn.MSELoss(), SIGNAL, build=None, network=network))
    assert greatest / 5 < range_of(task)[1] < greatest * 5
    assert least < greatest / 10


def test_the_least_is_far_below_the_greatest_whatever_the_reference_point():
    task = task_of(nn.MSELoss(), SIGNAL)
    for point in ((1e9, 1e-9), (1.0, 1.0), (1e-9, 1e9)):
        least, greatest = default_l1_weights(task, point)
        assert 0 < least < greatest / 10
        assert greatest == range_of(task)[1]


def test_a_network_without_gradient_needs_l1_weights_of_the_users():
    def dead():
        network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
        nn.init.constant_(network[0].bias, -1e3)
        nn.init.zeros_(network[2].weight)
        return network

    task = task_of(nn.MSELoss(), SIGNAL, build=dead)
    with pytest.raises(
        UserError, match=r"`l1_weights` must be given for the task own.*positive and finite.*; found 0\."
    ):
        default_l1_weights(task, (1.0, 1.0))


def normalised():
    return nn.Sequential(nn.BatchNorm1d(3, eps=1e-12), nn.Linear(3, 1))


@pytest.mark.parametrize("factor", [1e-2, 1e3])
def test_batch_normalisation_is_measured_with_the_statistics_that_training_gives_it(factor):
    def derived(inputs):
        task = Task(name="own", splits={"train": (inputs, SIGNAL)}, build=normalised, loss=nn.MSELoss())
        return default_reference_point(task)[1], range_of(task)[1]

    (l1, greatest), (scaled_l1, scaled_greatest) = derived(INPUTS), derived(factor * (INPUTS + 7))
    assert scaled_l1 == pytest.approx(l1 / factor, rel=1e-3)  # the weights that act on the inputs as they come
    assert scaled_greatest == pytest.approx(greatest * factor, rel=0.05)


def test_a_trained_network_keeps_its_statistics():
    task = task_of(nn.MSELoss(), SIGNAL, build=None, network=normalised())
    assert torch.equal(fresh_network(task, 0)[0].running_var, torch.ones(3))
    fresh = fresh_network(task_of(nn.MSELoss(), SIGNAL, build=normalised), 0)
    assert fresh[0].running_var.numpy() == pytest.approx(INPUTS.var(0, ddof=1), rel=1e-3)
    assert (fresh[0].momentum, fresh.training) == (0.1, False)


class Deep(nn.Module):
    """Six hidden layers, one after the other or each past a residual connection."""

    def __init__(self, residual):
        super().__init__()
        self.residual, self.first, self.last = residual, nn.Linear(3, 16), nn.Linear(16, 1)
        self.hidden = nn.ModuleList(nn.Linear(16, 16) for _ in range(6))

    def forward(self, inputs):
        features = self.first(inputs).relu()
        for layer in self.hidden:
            features = layer(features).relu() + self.residual * features
        return self.last(features)


def test_the_least_spares_every_layer_that_the_outputs_cannot_do_without():
    plain, residual = (task_of(nn.MSELoss(), SIGNAL, build=partial(Deep, factor)) for factor in (0, 1))
    assert vital_parameters(plain, plain.network(0).eval()) == plain.penalised
    assert vital_parameters(residual, residual.network(0).eval()) == {"first.weight", "last.weight"}
    least, greatest = default_l1_weights(plain, (1e9, 1.0))
    assert least < 0.02 * greatest
    least, greatest = default_l1_weights(residual, (1e9, 1.0))
    assert least == pytest.approx(0.03 * greatest, rel=0.05)


def test_what_is_derived_draws_nothing_from_torchs_generator_and_is_the_same_again():
    task, again = digits(), digits()
    state = torch.random.get_rng_state()
    assert range_of(task) == range_of(again)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_the_batch_size_leaves_steps_in_an_epoch():
    assert [default_batch_size(task) for task in (lasso(), iris(), breast_cancer(), digits())] == [16, 4, 16, 64]
