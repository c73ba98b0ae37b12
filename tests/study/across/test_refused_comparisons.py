"""What cannot be compared is refused in a sentence."""

import shutil

import lasso_study
import pytest
from across_runs import copy, edited, iris, refused, snapshot

from frontsearch.errors import UserError
from frontsearch.study.across import CrossStudyComparison
from frontsearch.study.across.consistency import TaskProperty, check_consistent
from frontsearch.study.config import read_study


def test_task_properties_in_a_file_must_agree_with_the_study(finished, written):
    task = read_study(str(finished / "study.toml")).fingerprint
    ok = written(f"cross_entropy,l1,fingerprint,l1_reduction,split,penalised\n1,2,{task},sum,train,all\n")
    (file,) = CrossStudyComparison.at([str(finished)], [ok]).files
    assert file.note == "imported: 1 points"
    for column, value, ours in (
        ("fingerprint", "feed", task),
        ("l1_reduction", "mean", "sum"),
        ("split", "test", "train"),
        ("penalised", "kernels", "all"),
    ):
        other = written(f"cross_entropy,l1,{column}\n1,2,\n1,3,{value}\n", "other.csv")
        found = refused(finished, imports=[other])
        assert f"{other}, line 3 differs in {column} ('{value}', where {finished} has '{ours}')." in found


def test_every_property_in_which_a_source_differs_is_named():
    def stated(source, **properties):
        return [TaskProperty(source=source, name=name, value=value) for name, value in properties.items()]

    alike = stated("a", split="train", network="mlp", fingerprint="1") + stated("b", split="train")
    check_consistent(alike)
    other = stated("c", split="train", network="linear", fingerprint="2") + stated("d", split="test")
    with pytest.raises(UserError) as caught:
        check_consistent(alike + other)
    assert str(caught.value).endswith(
        "; c differs in network ('linear', where a has 'mlp'), fingerprint ('2', where a has '1')."
    )


def test_runs_of_other_tasks_are_refused_with_what_differs(finished, classes, tmp_path):
    task = read_study(str(finished / "study.toml")).fingerprint
    changed = edited(
        edited(finished, tmp_path / "half", task, "feed" * 4),
        tmp_path / "changed",
        task,
        "feed" * 4,
        file="ledger.journal",
    )
    assert f"; {changed} differs in fingerprint ('feedfeedfeedfeed', where {finished} has '{task}')." in refused(
        finished, changed
    )
    tanh = iris(tmp_path, "tanh", network="tanh")
    assert f"; {tanh} differs in network ('tanh', where {classes} has 'linear'), fingerprint (" in refused(
        classes, tanh
    )
    assert f"; {classes} differs in task ('iris', where {finished} has 'lasso'), penalised (" in refused(
        finished, classes
    )


def test_a_run_that_the_folder_s_study_no_longer_has_is_refused(finished, tmp_path):
    run = copy(finished, tmp_path / "run")
    study = lasso_study.write(tmp_path, "random", "path")
    lasso_study.session(study, run, overrides={"methods": ["path"], "repeats": 1}).run()
    assert f"{run}/study.toml was written by a later command and has no random/0, so that run's " in refused(
        run / "random"
    )
    assert "has no path/1" in refused(run / "path" / "1")
    comparison = CrossStudyComparison.at([str(run)]).comparison
    assert [(figures.run.method, figures.run.repeat) for figures in comparison.runs] == [("path", 0)]


def test_a_path_without_a_run_is_one_sentence(finished, tmp_path):
    assert (
        "RUN must be a study's FOLDER, FOLDER/METHOD or FOLDER/METHOD/REPEAT; there is no ledger.journal at "
        in refused(tmp_path / "nowhere")
    )
    assert refused(finished / "pth").endswith("run has no method 'pth': did you mean 'path'? Choose from path, random.")
    assert "has no repeat '2': choose from 0, 1." in refused(finished / "path" / "2")
    assert "has no method 'report.html'" in refused(finished / "report.html")
    assert refused(finished, finished / "fronts.csv").endswith("fronts.csv with --import instead.")
    assert refused() == "At least one finished run must be named."
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "ledger.journal").write_text("")
    assert f"{tmp_path / 'empty'} has no runs" in refused(tmp_path / "empty")
    binary = copy(finished, tmp_path / "binary")
    (binary / "ledger.journal").write_bytes(b"\xff\x00\n" * 3)
    assert f"{binary} has no runs" in refused(binary)
    bare = copy(finished, tmp_path / "bare")
    (bare / "study.toml").unlink()
    assert refused(bare) == f"There is no study file {bare / 'study.toml'}."
    plain = copy(finished, tmp_path / "plain")
    shutil.copy(finished.parent / "tiny.toml", plain / "study.toml")
    text = (plain / "study.toml").read_text()
    (plain / "study.toml").write_text("\n".join(line for line in text.splitlines() if "reference" not in line))
    assert "must be the study file that a run writes" in refused(plain)


def test_the_output_folder_must_be_another(finished, tmp_path, written):
    across = CrossStudyComparison.at([str(finished / "path")])
    for out in (finished, finished / "compared", tmp_path / ".." / finished.parent.name / "run"):
        with pytest.raises(UserError, match="--out must lie outside the runs that are compared"):
            across.write(out)
    twin = copy(finished, tmp_path / "twin")
    before = snapshot(twin)
    with pytest.raises(UserError, match="holds another study: 'tiny'"):
        across.write(twin)
    assert snapshot(twin) == before
    file = written("cross_entropy,l1\n1,2\n", "fronts.csv")
    with pytest.raises(UserError, match="--out must not be the folder of an imported file"):
        CrossStudyComparison.at([str(finished)], [file]).write(tmp_path)
    assert file.read_text() == "cross_entropy,l1\n1,2\n"


def test_two_methods_that_would_have_the_same_name_are_refused(finished, tmp_path, written):
    twin = copy(finished, tmp_path / "twin")
    file = written("method,cross_entropy,l1\ntwin:path,1,2\n")
    assert "Two methods would both be called 'twin:path'" in refused(finished / "path", twin / "path", imports=[file])
