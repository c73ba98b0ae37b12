"""Every training records the machine that its seconds were measured on."""

import lasso_study
import pytest
import torch

from frontsearch.folder import Folder, hardware
from frontsearch.study import session
from frontsearch.study.across import CrossStudyComparison
from frontsearch.study.executing import machine_of
from frontsearch.study.recorded_runs import recorded_comparison
from frontsearch.workers import Cluster
from frontsearch.workers.dask import dask_cluster


def machines(out):
    return [result.run.machines for result in recorded_comparison(Folder(out)).runs]


@pytest.fixture
def study(tmp_path):
    return lasso_study.write(tmp_path, "random")


def test_a_training_records_this_machine(study, tmp_path):
    lasso_study.session(study, tmp_path / "out").run()
    assert machines(tmp_path / "out") == [(hardware(),)]


def test_a_run_that_is_continued_elsewhere_has_both_machines(study, tmp_path, monkeypatch):
    for epochs, machine in ((300, "a laptop"), (600, "a server")):
        monkeypatch.setattr(session, "machine_of", lambda *_, machine=machine: machine)
        lasso_study.session(study, tmp_path / "out", overrides={"epochs": epochs}).run()
    assert machines(tmp_path / "out") == [("a laptop", "a server")]


def test_compare_says_that_earlier_runs_may_be_of_another_machine(study, tmp_path, monkeypatch):
    for name, machine in (("old", ""), ("new", "a server")):
        monkeypatch.setattr(session, "machine_of", lambda *_, machine=machine: machine)
        lasso_study.session(study, tmp_path / name).run()
    runs = [str(tmp_path / name) for name in ("old", "new")]
    (note,) = (note for note in CrossStudyComparison.at(runs).comparison.notes if "machines" in note)
    assert note.startswith(
        f"The runs come from 2 machines: old:random on an unknown machine ({runs[0]}); new:random on a server. "
    )


def test_a_cluster_is_a_machine_of_its_own_name():
    assert machine_of(Cluster("a cluster", lambda: None), "cuda") == "a cluster"
    assert machine_of(dask_cluster("tcp://node-3.example:8786"), "auto") == "Dask cluster at node-3.example"


def test_an_accelerator_is_part_of_the_machine(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA H200")
    names = [machine_of(None, device).removeprefix(hardware()) for device in ("cpu", "cuda", "mps")]
    assert names == ["", ", NVIDIA H200", ", mps"]
