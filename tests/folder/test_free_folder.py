"""An output folder that has files of something else is left alone."""

import pytest

from frontsearch import UserError
from frontsearch.folder import Folder


def test_a_file_that_no_study_wrote_is_not_overwritten(tmp_path):
    folder = Folder(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    folder.check_free()
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(UserError, match=r"has no study\.toml, but report\.html, which would be overwritten\.$"):
        folder.check_free()
    (tmp_path / "ledger.journal").write_text("")  # a study that was interrupted before it wrote its file
    folder.check_free()
