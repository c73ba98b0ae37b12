"""A study in an MPI job finds the fronts of one process."""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import digits_study
import lasso_study
import pytest
from digits_study import begin, ended, fronts

# Beside this Python, where wheels install it, or anywhere on the path.
MPIEXEC = shutil.which("mpiexec", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))

pytestmark = pytest.mark.skipif(
    not (MPIEXEC and find_spec("mpi4py")) and "CI" not in os.environ, reason="no MPI is installed, and this is not CI"
)


def job(processes):
    return (MPIEXEC, "-n", str(processes), sys.executable, "-m", "mpi4py.futures")


def test_a_study_in_an_mpi_job_finds_the_fronts_of_one_process(tmp_path):
    study = digits_study.write(tmp_path)
    going = begin(study, tmp_path / "job", "--mpi", by=job(2))
    lasso_study.session(study, tmp_path / "alone").run()
    assert ended(going) == (0, "")
    assert fronts(tmp_path / "job") == fronts(tmp_path / "alone")
