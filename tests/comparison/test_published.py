"""Reading published points, and counting those that networks dominate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import point_sets

from frontsearch.comparison.published import PLANES, Published, read_published
from frontsearch.errors import UserError
from frontsearch.study import study_files

LOSSES, ERRORS = PLANES


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "front.csv"
        path.write_text(text)
        return path

    return write


def test_rows_are_read_by_plane_accuracies_as_errors_and_comments_as_the_source(written):
    rows = "panel,cross_entropy,l1,accuracy,nonzeros\na,0.5,20,,\nb,,,0.98,300\n"
    path = written(f"# From a paper,\n# its figure 4.\n{rows}")
    found = read_published(path)
    assert found.source == "From a paper, its figure 4."
    assert found.points == {LOSSES: ((0.5, 20.0),), ERRORS: ((pytest.approx(0.02), 300.0),)}


@given(point_sets, point_sets)
def test_a_point_counts_as_dominated_if_some_network_is_no_worse_in_both_and_better_in_one(points, networks):
    published = Published(source="", points={LOSSES: tuple(points), ERRORS: ()})
    metrics = [{"test_cross_entropy": ce, "l1_raw": l1} for ce, l1 in networks]
    expected = [
        point
        for point in points
        if any(ce <= point[0] and l1 <= point[1] and (ce < point[0] or l1 < point[1]) for ce, l1 in networks)
    ]
    assert published.dominated(LOSSES, metrics) == len(expected)
    assert published.dominated(ERRORS, metrics) == 0


@given(point_sets, point_sets, st.floats(0, 1))
def test_weight_decay_counts_in_both_objectives(points, networks, regularisation):
    published = Published(source="", points={LOSSES: tuple(points), ERRORS: ()})
    metrics = [{"test_cross_entropy": ce, "l1_raw": l1, "regularisation": regularisation} for ce, l1 in networks]
    added = [{"test_cross_entropy": ce + regularisation, "l1_raw": l1 + regularisation} for ce, l1 in networks]
    assert published.dominated_regularised(metrics) == (published.dominated(LOSSES, added) if networks else None)
    assert published.dominated_regularised(added) is None


def test_the_bundled_file_of_reiners_2020_has_all_points():
    found = read_published(study_files()["mnist"].parent / "reiners2020.csv")
    assert [len(found.points[plane]) for plane in PLANES] == [29, 31]
    assert "2008.13590" in found.source


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "must have columns cross_entropy and l1, or accuracy and nonzeros"),
        ("", "must have columns"),
        ("cross_entropy,l1\n0.5,\n", "with cross_entropy must have l1 too"),
        ("cross_entropy\n0.5\n", "with cross_entropy must have l1 too"),
        ("cross_entropy,l1\n0.5,many\n", "with cross_entropy must have l1 too"),
        ("accuracy,nonzeros\n0.5,inf\n", "must be finite"),
        ("accuracy,nonzeros\nnan,5\n", "must be finite"),
        ("accuracy,nonzeros\n98.2,1000\n", "an accuracy at most 1"),
        ("accuracy,nonzeros\n0.9,-1\n", "not negative"),
        ("cross_entropy,l1\n-0.5,20\n", "not negative"),
        ("cross_entropy,l1\ninf,20\n", "must be finite"),
    ],
)
def test_an_unusable_file_raises_an_error_that_names_it(written, text, sentence):
    path = written(text)
    with pytest.raises(UserError, match=sentence) as caught:
        read_published(path)
    assert str(path) in str(caught.value)


def test_a_byte_order_mark_is_not_part_of_the_first_column(tmp_path):
    path = tmp_path / "front.csv"
    path.write_text("cross_entropy,l1\n0.5,20\n", encoding="utf-8-sig")
    assert read_published(path).points[LOSSES] == ((0.5, 20.0),)


def test_a_file_with_a_huge_cell_is_refused(written):
    with pytest.raises(UserError, match="could not be read: field larger than"):
        read_published(written(f"cross_entropy,l1\n0.5,{'1' * 200_000}\n"))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="could not be read"):
        read_published(tmp_path / "none.csv")


@given(st.floats(0, 1), st.floats(0, 1e6))
def test_a_network_does_not_dominate_its_own_metrics(error, nonzeros):
    published = Published(source="", points={LOSSES: (), ERRORS: ((error, nonzeros),)})
    assert published.dominated(ERRORS, [{"test_error": error, "nonzeros": nonzeros}]) == 0
