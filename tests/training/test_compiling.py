"""Compiled trainings differ in rounding only; without a compiler one sentence says so and training goes on."""

import pytest
import torch
import torch._dynamo.config
import torch._inductor.config

from frontsearch.cli.study_command import StudyOptions, run
from frontsearch.errors import UserError
from frontsearch.recipe import Recipe
from frontsearch.training import Trainer


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
