"""What a guess scores, against answers that do not depend on the inputs."""

import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.tasks import Examples, Task, digits, lasso
from frontsearch.training.chance import chance_metrics

TARGETS = torch.tensor([0, 0, 0, 1, 1, 2])


def task(*, classes=4, **options):
    examples = Examples(torch.ones(len(TARGETS), 2), TARGETS)
    return Task(
        name="classes", splits=dict.fromkeys(("train", "validation", "test"), examples),
        build=lambda: torch.nn.Linear(2, classes), penalised=frozenset({"weight"}), **options,
    )  # fmt: skip


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
