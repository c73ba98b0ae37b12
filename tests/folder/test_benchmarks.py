"""A benchmark is read as it was written, and a damaged file is one sentence."""

from dataclasses import replace

import hand_made
import pytest

from frontsearch.errors import UserError
from frontsearch.folder import Benchmarks, Folder, Timing

KEY = "ab" * 16


def test_what_is_saved_is_loaded(tmp_path):
    benchmarks = Benchmarks(tmp_path)
    assert benchmarks.load(KEY) is None
    found = hand_made.benchmark()
    assert benchmarks.save(KEY, found) == tmp_path / f"{KEY}.json"
    assert benchmarks.load(KEY) == found


def test_a_file_of_an_earlier_commit_says_nothing_of_the_untrained_network(tmp_path):
    path = Benchmarks(tmp_path).save(KEY, found := hand_made.benchmark())
    path.write_text(path.read_text().replace(',"untrained":{"onnx":[1000,900]}', ""))
    assert Benchmarks(tmp_path).load(KEY) == replace(found, untrained={})


def test_texts_from_a_file_cannot_move_a_terminals_cursor(tmp_path):
    Benchmarks(tmp_path).save(KEY, hand_made.benchmark(machine="a\x1b[31m\nb", notes=("c\rd",)))
    found = Benchmarks(tmp_path).load(KEY)
    assert (found.machine, found.notes) == ("a [31m b", ("c d",))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{"machine"', '{"machina"'), ("2e-6", "NaN"), ("2e-6", "-1"), ("2e-6", '"x"'), ("[1000,100]", "[1000]"),
        ("[1000,100]", "[1000,-1]"), ('"timings":[', '"timings":[7,'), ("", "[" * 100_000), ("", "x" * 2_000_000),
        ("", "\udcff"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_sentence(tmp_path, old, new):
    path = Benchmarks(tmp_path).save(KEY, hand_made.benchmark())
    assert old in path.read_text()
    path.write_bytes(path.read_text().replace(old, new, 1).encode(errors="surrogateescape"))
    with pytest.raises(UserError) as caught:
        Benchmarks(tmp_path).load(KEY)
    assert str(caught.value) == f"{path} is damaged or not what `frontsearch bench` writes: measure again."


def test_a_link_is_refused(tmp_path):
    Benchmarks(tmp_path / "other").save(KEY, hand_made.benchmark())
    (tmp_path / f"{KEY}.json").symlink_to(tmp_path / "other" / f"{KEY}.json")
    with pytest.raises(UserError, match="must not be a link"):
        Benchmarks(tmp_path).load(KEY)


def test_a_benchmark_goes_with_its_checkpoint(tmp_path):
    folder = Folder(tmp_path)
    path = Benchmarks(folder.benchmarks).save(KEY, hand_made.benchmark())
    folder.delete([KEY])
    assert not path.exists()


@pytest.mark.parametrize(
    ("small", "ratio", "faster"),
    [
        ((1.0,) * 4, 2.0, True),
        ((1.95,) * 4, 2 / 1.95, False),
        ((1.0, 1.0, 1.0, 9.0), 2.0, True),
        ((1.0, 1.5, 9.0, 9.0), None, False),
        ((1.0, 1.0, 1.0, 9.0, 9.0), 2.0, False),
    ],
)
def test_faster_means_in_the_median_and_in_three_of_four_rounds(small, ratio, faster):
    timing = Timing(engine="torch", threads=1, batch=1, rounds=((2.0,) * len(small), small))
    assert timing.is_faster is faster
    assert ratio is None or timing.ratio == pytest.approx(ratio)
