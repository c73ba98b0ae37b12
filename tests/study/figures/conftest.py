"""The small study, run once, with its files, its page and what the definitions give."""

import json
from types import SimpleNamespace

import pytest
from figures_by_definition import Figures
from page_texts import Page
from small_study import CORNER, POINTS, STUDY

from frontsearch.folder import Folder
from frontsearch.study import Session, read_study


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """The folder of a study, its summary, its page and what the definitions give."""
    folder = tmp_path_factory.mktemp("figures")
    (folder / "published.csv").write_text(
        "cross_entropy,l1,accuracy,nonzeros\n"
        + "".join(f"{loss},{l1},,\n" for loss, l1 in POINTS["test_cross_entropy", "l1_raw"])
        + "".join(f",,{1 - error},{count}\n" for error, count in POINTS["test_error", "nonzeros"])
    )
    (folder / "figures.toml").write_text(STUDY)
    Session(config=read_study(str(folder / "figures.toml")), folder=Folder(folder / "out"), quiet=True).run()
    out = folder / "out"
    page = Page()
    page.feed((out / "report.html").read_text(encoding="utf-8"))
    return SimpleNamespace(
        out=out, page=page, summary=json.loads((out / "summary.json").read_text()),
        own=Figures(out, CORNER, (0.01, 0.42), POINTS),
    )  # fmt: skip
