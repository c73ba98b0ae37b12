"""Fronts from CSV files of all kinds: read, or refused in one sentence; nothing in our own files is a formula."""

import csv
import io
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from frontsearch.comparison import read_published
from frontsearch.errors import LARGEST, UserError, one_line
from frontsearch.measures import CLASSIFICATION
from frontsearch.report.tables import csv_text
from frontsearch.study.across.files import read_front

FUZZ = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
HEADERS = [
    "cross_entropy",
    "l1",
    "method",
    "repeat",
    "nonzeros",
    "sparsity",
    "accuracy",
    "validation_error",
    "fingerprint",
]
cells = st.sampled_from(
    ["0.5", "1", "0", "-1", "1e-320", "1e31", "1e400", "nan", "inf", "9" * 5000, "=1+1", "@a", "\t", "", '"', "\0", "#"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
tables = st.lists(st.lists(cells, max_size=5), max_size=4)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def losses_and_l1(path):
    return [
        number
        for front in read_front(path, CLASSIFICATION).fronts
        for p in front.points
        for number in (p.loss, p.complexity)
    ]


def published(path):
    return [number for points in read_published(path).points.values() for point in points for number in point]


def read_both(content: bytes) -> list[float]:
    """The numbers that both readers find; one that refuses the file does so in one printable sentence."""
    path, found, refusals = Path("front.csv"), [], []
    path.write_bytes(content)
    for read in (losses_and_l1, published):
        try:
            found += read(path)
        except UserError as error:
            refusals.append(str(error))
    assert all(said.isprintable() and "front.csv" in said for said in refusals)
    return found


def written(header, rows):
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


@FUZZ
@given(header=st.lists(st.sampled_from(HEADERS) | cells, max_size=5), rows=tables)
@example(header=["cross_entropy", "l1"], rows=[["1e400", "1"]])
@example(header=["cross_entropy", "l1", "repeat"], rows=[["1", "1", "9" * 5000]])
@example(header=["cross_entropy", "l1", "nonzeros"], rows=[["1", "1", "1e30"]])
def test_any_table(header, rows):
    assert all(0 <= number <= LARGEST for number in read_both(written(header, rows)))


@FUZZ
@given(content=st.binary(max_size=60))
@example(content=b"\xff\xfe")
@example(content=b"\xef\xbb\xbfcross_entropy,l1\n1,2\n")
@example(content=b'cross_entropy,l1\n"1,2\n')
@example(content=b"cross_entropy,l1\n" + b"1" * 200_000 + b",2\n")
def test_any_bytes(content):
    assert all(0 <= number <= LARGEST for number in read_both(content))


def test_many_columns_take_no_longer_each():
    seconds = {}
    for columns in (3_000, 60_000):
        Path("wide.csv").write_bytes(written(["cross_entropy", "l1", *(f"c{i}" for i in range(columns))], [["1", "2"]]))
        began = time.process_time()
        read_front(Path("wide.csv"), CLASSIFICATION)
        seconds[columns] = time.process_time() - began
    assert seconds[60_000] < 5  # a quadratic reader took 90 seconds


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("=1+1")
@example("+1")
@example("-1.5")
@example("@SUM(A1)")
@example("\t=1")
@example("\r=1")
@example("\uff1d1")
def test_a_text_in_our_files_is_never_a_formula(name):
    header, row = csv.reader(io.StringIO(csv_text([name, "l1"], [{name: name, "l1": -1.5}]), newline=""))
    for cell in (header[0], row[0]):
        assert cell[:1] not in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
        assert cell.removeprefix("'") == one_line(name).removeprefix("'")
    assert row[1] == "-1.5"
