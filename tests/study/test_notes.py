"""Sentences on what makes the methods of a study hard to compare; those on initial trials are in test_previous_run."""

import dataclasses
import json
from functools import partial

import hand_made
import lasso_study
import pytest
import torch
from torch import nn

from frontsearch.study.notes import limit_notes, measure_notes
from frontsearch.tasks import Task, digits


@pytest.mark.parametrize("space", ["batch_size = [32, 64]", "", "momentum = [0.5, 0.9]"])
def test_a_study_that_searches_the_batch_size_says_that_equal_epochs_are_not_equal_work(tmp_path, space):
    study = lasso_study.write(tmp_path, "random")
    study.write_text(study.read_text().replace("[space]\n", f"[space]\n{space}\n"))
    comparison = lasso_study.session(study, tmp_path / "out").run()
    notes = [note for note in comparison.notes if "equal epochs are not equal work" in note]
    assert len(notes) == ("batch_size" in space)
    assert json.loads((tmp_path / "out" / "summary.json").read_text()).get("notes", []) == notes


class Reciprocal(nn.Module):
    """A network whose forward pass torch's function modes see, and one of whose steps nobody knows."""

    def __init__(self, *, fails=False):
        super().__init__()
        self.first, self.second, self.fails = nn.Linear(64, 8), nn.Linear(8, 10), fails

    def forward(self, inputs):
        if self.fails and len(inputs) == 2:
            raise ValueError("Two are not enough.")
        hidden = self.first(inputs)
        return self.second(torch.erf(hidden) + torch.erf(hidden))


def task_with(build, penalised, **options):
    return dataclasses.replace(digits(), build=build, penalised=frozenset(penalised), **options)


def test_a_task_that_is_measured_in_the_canonical_scale_needs_no_note():
    assert measure_notes(digits()) == ()
    assert measure_notes(task_with(digits().build, {"3.weight"})) == (
        "Not penalised, and so never pruned: 1.weight (2,048 of 2,410 trained weights). `penalised` chooses others.",
    )


def test_an_unknown_function_is_named_once():
    (note,) = measure_notes(task_with(Reciprocal, {"first.weight", "second.weight"}))
    assert note.startswith("Whether erf commutes with positive factors is unknown")


def test_a_plain_sum_is_explained_and_where_it_can_be_dodged_that_is_said():
    broken = partial(Reciprocal, fails=True)
    plain = "l1 is the plain sum of absolute weights, because the network could not be followed: Two are not enough."
    assert measure_notes(task_with(broken, {"first.weight", "second.weight"})) == (plain,)
    found = measure_notes(task_with(broken, {"second.weight"}))
    assert found[0] == plain
    assert found[1].startswith("That sum may be dodged: as kernels that are not penalised (first.weight) grow")
    decayed = measure_notes(task_with(broken, {"second.weight"}, weight_decay=1e-4))
    assert not any(note.startswith("That sum may be dodged") for note in decayed)


def test_units_whose_scale_is_kept_within_its_bounds_are_counted():
    trials = [hand_made.trial(number, (1.0 / number, float(number)), error=0.1) for number in (1, 2)]
    (plain,) = hand_made.compare([hand_made.run("path", *trials)], linear=hand_made.LINEAR, log=hand_made.LOG).runs
    assert list(limit_notes([plain])) == []
    trials[0] = dataclasses.replace(trials[0], metrics={**trials[0].metrics, "limited_units": 3})
    (limited,) = hand_made.compare([hand_made.run("path", *trials)], linear=hand_made.LINEAR, log=hand_made.LOG).runs
    (note,) = limit_notes([limited])
    assert note.startswith("On the fronts, 1 network has a unit whose scale was kept within 1e-6 and 1e6")


def test_what_is_not_penalised_is_named_once():
    build = lambda: nn.Sequential(nn.Embedding(50, 8), nn.Flatten(), nn.Linear(8, 2))  # noqa: E731
    task = Task(name="words", splits={"train": (torch.arange(40)[:, None] % 50, torch.arange(40) % 2)}, build=build)
    assert measure_notes(task)[-1] == (
        "Not penalised, and so never pruned: 0.weight (400 of 418 trained weights). `penalised` chooses others."
    )


class Standardised(nn.Conv2d):
    def forward(self, images):
        kernel = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return self._conv_forward(images, kernel / self.weight.std((1, 2, 3), keepdim=True), self.bias)


class Scaled(nn.Conv2d):
    def forward(self, images):
        return self._conv_forward(images, self.weight / 3, self.bias)


def images(layer, **options):
    network = nn.Sequential(layer, nn.ReLU(), nn.Conv2d(4, 2, 3), nn.Flatten(), nn.Linear(8, 2))
    inputs = torch.rand(40, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    return Task(name="images", splits={"train": (inputs, torch.arange(40) % 2)}, network=network, **options)


@pytest.mark.parametrize(
    ("layer", "options", "named"),
    [
        (Standardised(1, 4, 3), {}, True),
        (Standardised(1, 4, 3), {"penalised": "dense"}, False),
        (Scaled(1, 4, 3), {}, False),
        (nn.Conv2d(1, 4, 3), {}, False),
        (nn.utils.parametrizations.weight_norm(nn.Conv2d(1, 4, 3)), {"penalised": "all"}, False),
    ],
)
def test_weights_whose_zeros_are_none_in_the_kernel_are_named(layer, options, named):
    notes = [note for note in measure_notes(images(layer, **options)) if note.startswith("Zeros of ")]
    assert [note.split(" are none")[0] for note in notes] == ["Zeros of 0.weight"] * named
