"""Every optimiser agrees with an independent version: torch.optim's, the papers' formulas or closed forms."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch.names import MULTIOBJECTIVE_PROXIMAL, OPTIMISERS, SEPARATELY_PRECONDITIONED
from frontsearch.recipe import MultiGradient, Pruning, Recipe, WeightedSum
from frontsearch.tasks import lasso
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import L1
from frontsearch.training.proximal import soft_threshold_
from frontsearch.training.pruning import pruner_for
from frontsearch.training.weights import Weights

PENALISED = frozenset({"0.weight", "2.weight"})
GENERATOR_SEED = 5


def fresh_network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double()


def batches(count):
    generator = torch.Generator().manual_seed(GENERATOR_SEED)
    for _ in range(count):
        yield torch.randn(8, 4, generator=generator, dtype=torch.float64), torch.randint(3, (8,), generator=generator)


def recipe_of(optimiser, **options):
    """A recipe for any optimiser: multi-gradient where a weighted sum would not do."""
    multi = optimiser in SEPARATELY_PRECONDITIONED | MULTIOBJECTIVE_PROXIMAL
    descent = MultiGradient(l1_scale=0.7) if multi else WeightedSum(l1_weight=0.02)
    return Recipe(**{"descent": descent, "optimiser": optimiser, **options})


def trained(recipe, *, steps, rate, network=None, begin=0):
    network = network or fresh_network()
    weights = Weights(network, PENALISED)
    optimiser = Optimiser(recipe, weights, L1())
    run(optimiser, network, list(batches(begin + steps))[begin:], rate=rate)
    return network, weights, optimiser


def run(optimiser, network, examples, *, rate):
    for inputs, targets in examples:
        optimiser.weights.gradient.zero_()
        functional.cross_entropy(network(inputs), targets).backward()
        optimiser.step(rate)


THEIRS = {
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01, eps=1e-8),
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.01, momentum=0.8),
    "rmsprop": lambda parameters: torch.optim.RMSprop(parameters, lr=0.01, alpha=0.9, eps=1e-7),
    "prox-adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01, eps=1e-8),
    "prox-sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.01, momentum=0.8),
}


@pytest.mark.parametrize("name", THEIRS)
def test_without_l1_the_steps_are_those_of_torch(name):
    recipe = recipe_of(name, descent=WeightedSum(l1_weight=0.0), momentum=0.8)
    network, _, _ = trained(recipe, steps=15, rate=0.01)
    theirs = fresh_network()
    optimiser = THEIRS[name](theirs.parameters())
    for inputs, targets in batches(15):
        optimiser.zero_grad()
        functional.cross_entropy(theirs(inputs), targets).backward()
        optimiser.step()
    for ours, reference in zip(network.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(ours, reference, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["adam", "sgd", "rmsprop"])
def test_a_weighted_sum_is_the_steps_of_torch_on_the_summed_loss(name):
    network, _, _ = trained(recipe_of(name, momentum=0.8), steps=15, rate=0.01)
    theirs = fresh_network()
    optimiser = THEIRS[name](theirs.parameters())
    for inputs, targets in batches(15):
        optimiser.zero_grad()
        l1 = sum(parameter.abs().sum() for name, parameter in theirs.named_parameters() if name in PENALISED)
        (functional.cross_entropy(theirs(inputs), targets) + 0.02 * l1).backward()
        optimiser.step()
    for ours, reference in zip(network.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(ours, reference, rtol=1e-9, atol=1e-12)


def gradient_pair(theta, inputs, targets):
    """Both gradients at a flat parameter vector in the network's own order, by another road than the package's."""
    network = fresh_network()
    nn.utils.vector_to_parameters(torch.tensor(theta), network.parameters())
    named = dict(network.named_parameters())
    g1 = torch.autograd.grad(functional.cross_entropy(network(inputs), targets), tuple(named.values()))
    g2 = [p.detach().sign() if name in PENALISED else torch.zeros_like(p) for name, p in named.items()]
    return tuple(nn.utils.parameters_to_vector(g).numpy() for g in (g1, g2))


def published_weights(g1, g2):
    c1 = np.clip((g2 - g1) @ g2 / ((g2 - g1) @ (g2 - g1)), 0, 1)
    return c1, 1 - c1


def published(name, *, steps, rate, scale):
    """One optimiser of [Reiners2020]_ on a flat vector, every quantity written out."""
    theta = nn.utils.parameters_to_vector(fresh_network().parameters()).detach().numpy()
    first, second = np.zeros((2, len(theta))), np.zeros((2, len(theta)))
    velocity = np.zeros(len(theta))
    for t, (inputs, targets) in enumerate(batches(steps), start=1):
        g1, g2 = gradient_pair(theta, inputs, targets)
        g2 = scale * g2
        c = published_weights(g1, g2)
        both = np.stack([g1, g2])
        if name == "sgd":
            velocity = 0.9 * velocity - rate * (c[0] * g1 + c[1] * g2)
            theta = theta + velocity
        elif name == "mrmsprop":
            second = 0.9 * second + 0.1 * both**2
            theta = theta - rate * (np.array(c) @ (both / (np.sqrt(second) + 1e-7)))
        else:
            first, second = 0.9 * first + 0.1 * both, 0.999 * second + 0.001 * both**2
            # eps beside the corrected moment, as the text's own Adam has it; Keras leaves v uncorrected there.
            scaled = (first / (1 - 0.9**t)) / (np.sqrt(second / (1 - 0.999**t)) + 1e-7)
            theta = theta - rate * (np.array(c) @ scaled)
    return theta


@pytest.mark.parametrize("name", ["sgd", "madam", "mrmsprop"])
@pytest.mark.parametrize("scale", [0.02, 0.5])
def test_multi_gradient_steps_are_those_published(name, scale):
    recipe = recipe_of(name, descent=MultiGradient(l1_scale=scale), momentum=0.9)
    network, _, _ = trained(recipe, steps=12, rate=0.01)
    theta = published(name, steps=12, rate=0.01, scale=scale)
    ours = nn.utils.parameters_to_vector(network.parameters()).detach().numpy()
    assert np.abs(theta - nn.utils.parameters_to_vector(fresh_network().parameters()).detach().numpy()).max() > 1e-3
    np.testing.assert_allclose(ours, theta, rtol=0, atol=1e-12)


@pytest.mark.parametrize("l1_weight", [0.1, 0.4, 1.5])
@pytest.mark.parametrize(
    ("name", "momentum"), [("prox-adam", 0.0), ("prox-sgd", 0.0), ("prox-sgd", 0.5), ("prox-sgd", 0.9)]
)
def test_proximal_steps_converge_to_the_soft_threshold(name, momentum, l1_weight):
    task = lasso()
    network = task.network(4).double()
    weights = Weights(network, task.penalised)
    recipe = Recipe(descent=WeightedSum(l1_weight=l1_weight), optimiser=name, momentum=momentum)
    optimiser = Optimiser(recipe, weights, L1())
    target = task.splits["train"].targets[0].double()
    for _ in range(4000):
        weights.gradient.copy_(weights.vector - target)
        optimiser.step(0.01)
    expected = target.sign() * (target.abs() - l1_weight).clamp(min=0)
    torch.testing.assert_close(weights.vector, expected, rtol=0, atol=1e-6)
    assert torch.equal(weights.vector == 0, expected == 0)


@pytest.mark.parametrize("name", [name for name in OPTIMISERS if name.startswith("prox-")])
def test_proximal_steps_do_not_shrink_unpenalised_weights(name):
    strong, weak = (
        trained(recipe_of(name, descent=WeightedSum(l1_weight=weight)), steps=1, rate=0.01)[0] for weight in (1e3, 0.0)
    )
    for (parameter, heavy), light in zip(strong.named_parameters(), weak.parameters(), strict=True):
        assert torch.equal(heavy, light) == (parameter not in PENALISED)
        assert heavy.any() == (parameter not in PENALISED)


def bregman(l1_weight, *, steps, rate):
    """Linearised Bregman iterations with Adam's steps on a flat vector, every quantity written out."""
    network = fresh_network()
    theta = nn.utils.parameters_to_vector(network.parameters()).detach().numpy()
    penalised = np.concatenate([np.full(p.numel(), name in PENALISED) for name, p in network.named_parameters()])
    latent = theta + l1_weight * np.sign(theta) * penalised
    first, second = np.zeros((2, len(theta)))
    for t, (inputs, targets) in enumerate(batches(steps), start=1):
        g, _ = gradient_pair(theta, inputs, targets)
        first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
        latent = latent - rate * (first / (1 - 0.9**t)) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)
        theta = np.where(penalised, np.sign(latent) * np.maximum(np.abs(latent) - l1_weight, 0), latent)
    return theta


@pytest.mark.parametrize("l1_weight", [0.0, 0.02, 0.3])
def test_adabreg_is_adam_on_a_latent_vector_whose_soft_threshold_the_weights_are(l1_weight):
    recipe = recipe_of("adabreg", descent=WeightedSum(l1_weight=l1_weight))
    network, _, _ = trained(recipe, steps=40, rate=0.02)
    ours = nn.utils.parameters_to_vector(network.parameters()).detach().numpy()
    np.testing.assert_allclose(ours, bregman(l1_weight, steps=40, rate=0.02), rtol=0, atol=1e-10)
    assert (ours == 0).any() == (l1_weight > 0)


def births(name, *, l1_weight, rate, steps):
    """On the lasso, from zero: after how many steps each weight first was not zero (0: never), and where it ended."""
    task = lasso()
    weights = Weights(task.network(4).double(), task.penalised)
    weights.vector.zero_()
    recipe = recipe_of(name, descent=WeightedSum(l1_weight=l1_weight), momentum=0.0)
    optimiser = Optimiser(recipe, weights, L1())
    target = task.splits["train"].targets[0].double()
    born = torch.zeros(len(target), dtype=torch.int64)
    for step in range(1, steps + 1):
        weights.gradient.copy_(weights.vector - target)
        optimiser.step(rate)
        born[(born == 0) & (weights.vector != 0)] = step
    return born, weights.vector, target


def test_bregman_iterations_by_plain_gradients_follow_the_inverse_scale_space_flow():
    # d v / dt = a - theta: weight i is zero until t = l1_weight / |a_i|, then goes to a_i without any bias.
    l1_weight, rate = 0.37, 1e-3
    born, end, target = births("linbreg", l1_weight=l1_weight, rate=rate, steps=20_000)
    at = l1_weight / target.abs()
    assert ((born * rate - at).abs() <= 1.5 * rate)[target != 0].all()
    assert (born == 0).tolist() == (target == 0).tolist()
    torch.testing.assert_close(end, target, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("every", "most"), [(1, 0.05), (20, 1.0), (2**31 - 1, 1.0)])
def test_one_pruning_moves_the_threshold_by_few_steps_however_seldom_it_comes(every, most):
    recipe = recipe_of(
        "linbreg", descent=WeightedSum(l1_weight=0.1), pruning=Pruning(sparsity=0.99, every=every), epochs=1.0
    )
    _, weights, optimiser = trained(recipe, steps=1, rate=0.02)
    weights.penalised.fill_(1.0)
    pruner_for(recipe, steps=9).prune(0, weights, optimiser)
    assert float(optimiser.latent["threshold"]) == pytest.approx(0.1 * math.exp(most))


@pytest.mark.parametrize(("factor", "end"), [(0.5, 1e-30), (2.0, 1e30)])
def test_a_threshold_that_follows_a_density_in_vain_stays_a_number_that_can_follow_it_back(factor, end):
    _, _, optimiser = trained(recipe_of("linbreg", descent=WeightedSum(l1_weight=0.1)), steps=40, rate=0.02)
    for _ in range(200):
        optimiser.adapt_threshold(factor)
    assert float(optimiser.latent["threshold"]) == pytest.approx(end)
    assert optimiser.latent["latent"].isfinite().all()
    optimiser.adapt_threshold(1 / factor)
    assert float(optimiser.latent["threshold"]) == pytest.approx(end / factor)


def test_an_adapted_threshold_leaves_weights_and_the_progress_of_zeros_as_they_are():
    recipe = recipe_of("linbreg", descent=WeightedSum(l1_weight=0.1))
    _, _, optimiser = trained(recipe, steps=40, rate=0.02)
    weights, before = optimiser.weights, optimiser.latent["latent"].clone()
    penalised = weights.penalised.clone()
    optimiser.adapt_threshold(1.5)
    torch.testing.assert_close(optimiser.latent["threshold"].double(), torch.tensor(0.15).double())
    is_zero = penalised == 0
    assert is_zero.any()
    assert not is_zero.all()
    torch.testing.assert_close(optimiser.latent["latent"][is_zero], before[is_zero], rtol=0, atol=0)
    torch.testing.assert_close(
        soft_threshold_(optimiser.latent["latent"].clone(), 0.15)[~is_zero], penalised[~is_zero], rtol=0, atol=1e-7
    )


def test_adabreg_makes_weights_with_gradients_of_constant_sign_nonzero_together():
    # Adam divides each gradient by its own size, so the order of the flow is lost where gradients have no noise.
    born, end, target = births("adabreg", l1_weight=0.37, rate=1e-3, steps=20_000)
    assert (born[target != 0] - 370).abs().max() <= 1
    assert not born[target == 0].any()
    torch.testing.assert_close(end, target, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_restored_state_continues_bit_for_bit(name):
    recipe = recipe_of(name)
    _, whole, _ = trained(recipe, steps=9, rate=0.01)
    network, _, optimiser = trained(recipe, steps=4, rate=0.01)
    state = {key: tensor.clone() for key, tensor in optimiser.state().items()}
    assert all(tensor.any() for tensor in state.values())
    copy = fresh_network()
    copy.load_state_dict(network.state_dict())
    again = Optimiser(recipe, Weights(copy, PENALISED), L1())
    again.load(state)
    run(again, copy, list(batches(9))[4:], rate=0.01)
    assert torch.equal(again.weights.vector, whole.vector)
    assert all(torch.equal(tensor, optimiser.state()[key]) for key, tensor in state.items())  # copied, not shared
    _, forgetful, _ = trained(recipe, steps=5, rate=0.01, network=network, begin=4)
    assert torch.equal(forgetful.vector, whole.vector) == (not state)


def test_a_state_of_another_optimiser_is_refused():
    _, _, adam = trained(recipe_of("adam"), steps=1, rate=0.01)
    _, _, sgd = trained(recipe_of("sgd"), steps=1, rate=0.01)
    with pytest.raises(ValueError, match=r"must come from sgd; found .*second"):
        sgd.load(adam.state())


def test_the_threshold_of_proximal_momentum_grows_like_its_velocity():
    """Under a steady gradient every step moves and shrinks by the same factor, from rest on."""
    rate, mu, l1_weight = 0.01, 0.9, 0.3
    weights = Weights(fresh_network(), PENALISED)
    recipe = Recipe(descent=WeightedSum(l1_weight=l1_weight), optimiser="prox-sgd", momentum=mu)
    optimiser = Optimiser(recipe, weights, L1())
    weights.vector.fill_(10.0)
    weights.gradient.fill_(1.0)
    count, expected = len(weights.penalised), 10.0
    for step in range(1, 30):
        optimiser.step(rate)
        expected -= rate * (1 - mu**step) / (1 - mu) * (1 + l1_weight)
        assert float(weights.penalised[0]) == pytest.approx(expected)
    assert float(weights.vector[count]) > expected  # biases are not shrunk
