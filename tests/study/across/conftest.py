"""Finished studies, files written by hand, and comparisons of them."""

import across_runs
import pytest
from across_runs import BOTH

from frontsearch.errors import UserError
from frontsearch.study.across import CrossStudyComparison


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A study of two methods on the lasso, two repeats each."""
    folder = tmp_path_factory.mktemp("finished")
    return across_runs.lasso(folder, folder / "run", "random", "path")


@pytest.fixture(scope="session")
def classes(tmp_path_factory):
    """A convex study of two methods on iris, with its exact front."""
    return across_runs.iris(tmp_path_factory.mktemp("classes"), "convex", exact="true")


@pytest.fixture
def written(tmp_path):
    """A CSV file with this text."""

    def write(text, name="theirs.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def compared(tmp_path):
    """The comparison of these runs and files, and the folder it was written to."""

    def compare(*runs, imports=()):
        out = tmp_path / "compared"
        return CrossStudyComparison.at([str(run) for run in runs], imports).write(out), out

    return compare


@pytest.fixture
def imported(finished):
    """The comparison of the study's path with what is imported."""

    def read(*sources, columns=BOTH):
        return CrossStudyComparison.at([str(finished / "path")], sources, columns=columns).comparison

    return read


@pytest.fixture
def refused_import(imported):
    """The sentence that refuses what is imported."""

    def sentence(*sources, columns=BOTH):
        with pytest.raises(UserError) as error:
            imported(*sources, columns=columns)
        return str(error.value)

    return sentence
