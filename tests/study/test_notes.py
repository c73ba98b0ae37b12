"""Sentences on what makes the methods of a study hard to compare; those on initial trials are in test_previous_run."""

import json

import lasso_study
import pytest


@pytest.mark.parametrize("space", ["batch_size = [32, 64]", "", "momentum = [0.5, 0.9]"])
def test_a_study_that_searches_the_batch_size_says_that_equal_epochs_are_not_equal_work(tmp_path, space):
    study = lasso_study.write(tmp_path, "random")
    study.write_text(study.read_text().replace("[space]\n", f"[space]\n{space}\n"))
    comparison = lasso_study.session(study, tmp_path / "out").run()
    notes = [note for note in comparison.notes if "equal epochs are not equal work" in note]
    assert len(notes) == ("batch_size" in space)
    assert json.loads((tmp_path / "out" / "summary.json").read_text()).get("notes", []) == notes
