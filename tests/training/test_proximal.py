"""The soft threshold is the proximal map of the l1 norm."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.training.proximal import soft_threshold_

seeds = st.integers(0, 2**31)
thresholds = st.sampled_from([0.0, 1e-3, 0.5, 1.0, 4.0])


def normal(seed, rows=1):
    return torch.randn(rows, 12, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).squeeze(0)


def elementwise(seed):
    return normal(seed + 1).abs() * (normal(seed + 2) > 0)


@given(seeds, thresholds)
def test_it_minimises_the_proximal_objective(seed, threshold):
    start = normal(seed)
    end = soft_threshold_(start.clone(), threshold)
    # 0 lies in the subdifferential of |x - z|^2 / 2 + t |x| at x.
    moved = start - end
    assert ((moved - threshold * torch.sign(end)).abs() <= 1e-15)[end != 0].all()
    assert (moved.abs() <= threshold)[end == 0].all()


@given(seeds)
def test_elementwise_thresholds_act_each_on_its_own_weight(seed):
    start, limits = normal(seed), elementwise(seed)
    together = soft_threshold_(start.clone(), limits)
    for place, limit in enumerate(limits.tolist()):
        alone = soft_threshold_(start[place : place + 1].clone(), limit)
        assert together[place] == alone[0]
    assert torch.equal(together[limits == 0], start[limits == 0])


@given(seeds, thresholds)
def test_it_is_non_expansive(seed, threshold):
    one, other = normal(seed, rows=2)
    apart = (one - other).norm()
    assert (soft_threshold_(one, threshold) - soft_threshold_(other, threshold)).norm() <= apart * (1 + 1e-15)


def test_zeros_are_exact_up_to_and_including_the_threshold():
    weights = torch.tensor([-1.5, -0.25, -0.1, 0.0, 0.1, 0.25, 1.5])
    returned = soft_threshold_(weights, 0.25)
    assert returned is weights
    assert weights.tolist() == [-1.25, 0.0, 0.0, 0.0, 0.0, 0.0, 1.25]


def test_an_infinite_threshold_gives_zero():
    assert soft_threshold_(torch.tensor([3.0, -4.0]), torch.tensor([float("inf"), 1e30])).tolist() == [0.0, 0.0]
