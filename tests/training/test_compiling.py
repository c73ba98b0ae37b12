"""Compiled trainings differ in rounding only; without a compiler one sentence says so and training goes on."""

from dataclasses import replace

import pytest
import torch
import torch._dynamo.config
import torch._inductor.config
from torch import nn

from frontsearch.cli.study_command import StudyOptions, run
from frontsearch.errors import UserError
from frontsearch.recipe import Recipe
from frontsearch.study.notes import measure_notes
from frontsearch.training import Trainer, keeps_gradient


@pytest.fixture
def no_compiler(tmp_path, monkeypatch):
    """Hides the compiler and forgets compiled code."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    torch.compiler.reset()
    inductor = torch._inductor.config.patch({"cpp.cxx": ("no-such-compiler",)})
    with inductor, torch._dynamo.config.patch(suppress_errors=False):
        yield
    torch.compiler.reset()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_one_sentence_says_so(capsys):
    with pytest.raises(UserError, match="no-such-study"):
        run("no-such-study", StudyOptions(compile=True))
    said = capsys.readouterr().err
    assert said.startswith("--compile is ignored, because torch.compile does not work here: ")
    assert len(said.splitlines()) == 1


@pytest.mark.filterwarnings("ignore")
def test_a_compiled_training_is_the_same_up_to_rounding(task, monkeypatch):
    monkeypatch.setattr(torch, "compile", torch._dynamo.optimize("aot_eager"))  # no compiler, and seconds less
    recipe = Recipe(epochs=2)
    compiled, plain = (Trainer(task, compile=whether)(recipe) for whether in (True, False))
    assert compiled.objectives == pytest.approx(plain.objectives, rel=1e-3)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("no_compiler")
def test_training_runs_uncompiled_if_compiling_fails(task):
    recipe = Recipe(epochs=1)
    plain = Trainer(task)
    vars(plain)["stacked"] = None  # trainings side by side have other last bits
    assert Trainer(task, compile=True)(recipe).objectives == plain(recipe).objectives


class Doubled(nn.Module):
    """Returns a network's outputs with twice its gradient, as a faulty compiler might."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, inputs):
        outputs = self.network(inputs)
        return 2 * outputs - outputs.detach()


def test_a_network_whose_gradient_would_change_is_not_compiled(task, monkeypatch):
    monkeypatch.setattr(torch, "compile", Doubled)
    assert not keeps_gradient(task)
    note = "--compile is ignored, because torch.compile would change the gradient of this network."
    assert measure_notes(task, compiled=True)[-1] == note
    assert note not in measure_notes(task)
    recipe, plain = Recipe(epochs=1), Trainer(task)
    vars(plain)["stacked"] = None
    assert Trainer(task, compile=True)(recipe).objectives == plain(recipe).objectives


def test_asking_draws_nothing_from_the_training_that_asks_first(task, monkeypatch):
    monkeypatch.setattr(torch, "compile", Doubled)
    noisy = replace(task, transform=lambda inputs: inputs + torch.rand_like(inputs))
    before = torch.get_rng_state()
    keeps_gradient(noisy)
    assert torch.equal(torch.get_rng_state(), before)


def test_that_is_asked_of_the_real_compiler(task):
    """With torch 2.13, 2.14 and 2.15, an average pooling with ``ceil_mode=True`` has another gradient."""
    assert keeps_gradient(task)
