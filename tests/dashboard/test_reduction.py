import json

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.dashboard.reduction import TOLERANCE, indices_to_keep, reduced

units = st.floats(0, 1, allow_subnormal=False)
paths = st.lists(st.tuples(units, units), max_size=60).map(lambda found: np.array(found).reshape(-1, 2))


@given(paths)
def test_every_dropped_point_is_near_the_last_kept_one(path):
    kept = indices_to_keep(path)
    assert kept == sorted(set(kept))
    assert len(path) == 0 or (kept[0], kept[-1]) == (0, len(path) - 1)
    for place in set(range(len(path))) - set(kept):
        last = max(one for one in kept if one < place)
        assert np.abs(path[place] - path[last]).max() < TOLERANCE


@given(st.lists(units, min_size=2, max_size=3000), st.lists(units, min_size=2, max_size=3000))
def test_at_most_a_hundred_points_of_a_monotone_path_are_kept(x, y):
    count = min(len(x), len(y))
    path = np.column_stack([sorted(x[:count]), sorted(y[:count])[::-1]])
    assert len(indices_to_keep(path)) <= 2 / TOLERANCE + 2


def test_gaps_are_kept():
    gap = [np.nan, np.nan]
    assert indices_to_keep(np.array([[0.0, 0.0], gap, [0.0, 0.0], [0.0, 0.001], gap, [0.0, 0.0]])) == [0, 1, 2, 4, 5]


def test_traces_with_gaps_stay_whole_and_hidden_traces_are_dropped():
    """The slabs are so thin that most corners are within the tolerance."""
    figure = go.Figure()
    x = [one for slab in range(50) for one in (slab / 500, (slab + 1) / 500, (slab + 1) / 500, slab / 500, None)]
    y = [0.0, 0.0, 1.0, 1.0, None] * 50
    figure.add_scatter(x=x, y=y, fill="toself")
    figure.add_scatter(x=[1.0], y=[1.0], visible="legendonly")
    (small,) = reduced(figure).data
    assert (list(small.x), list(small.y)) == (x, y)


def test_the_tolerance_is_relative_to_the_axis_range():
    figure = go.Figure(layout={"xaxis": {"range": [0, 1]}, "yaxis": {"range": [0, 1]}})
    figure.add_scatter(x=[0, 0.5, 1, 1e6], y=[0, 0, 0, 0], text="all of it")
    assert reduced(figure).data[0].x == (0, 0.5, 1, 1e6)


def front(points):
    """A front with this many points from (0.01, 100) to (1, 1)."""
    at = np.linspace(0, 1, points)
    return 10 ** (2 * at - 2), 10 ** (2 - 2 * at)


def drawn(**axes):
    x, y = front(2000)
    figure = go.Figure(layout=axes | {"height": 560, "template": "plotly_white"})
    figure.add_scatter(x=[*x], y=[*y], text=["who<br>and at length how"] * len(x))
    return figure


@pytest.mark.parametrize("kind", ["linear", "log"])
def test_a_reduced_figure_is_small_and_looks_the_same(kind):
    figure, axes = drawn(), {"xaxis_type": kind, "yaxis_type": kind}
    (small,) = reduced(drawn().update_layout(axes)).data
    (whole,) = figure.data
    assert 40 < len(small.x) <= 102
    assert len(small.x) == len(small.y) == len(small.text)
    assert set(small.text) == {"who"}
    for ours, theirs in ((small.x, whole.x), (small.y, whole.y)):
        assert (ours[0], ours[-1]) == pytest.approx((theirs[0], theirs[-1]), rel=1e-3)
    along = np.log10 if kind == "log" else np.asarray
    apart_by = [along(whole.x)[:, None] - along(small.x), along(whole.y)[:, None] - along(small.y)]
    spans = [np.ptp(along(whole.x)), np.ptp(along(whole.y))]
    far = np.max([np.abs(gaps) / span for gaps, span in zip(apart_by, spans, strict=True)], axis=0)
    assert far.min(axis=1).max() < TOLERANCE + 1e-3


def test_a_reduced_figure_of_many_runs_takes_few_pieces():
    figure = go.Figure(layout={"template": "plotly_white"})
    for _ in range(120):
        x, y = front(1000)
        figure.add_scatter(x=[*x], y=[*y], text=["path, repeat 0, trial 0123abcd"] * len(x))
    assert len(reduced(figure).to_json()) < 2_045 * 240


def test_any_figure_can_be_reduced():
    """No traces, empty traces, one point, gaps, values that a log axis cannot show, and a text shared by all points."""
    assert len(reduced(go.Figure()).data) == 0
    figure = go.Figure(layout={"xaxis": {"type": "log"}})
    figure.add_scatter(x=[], y=[], text=[])
    figure.add_scatter(x=[2.0], y=[3.0], text=["one"])
    figure.add_scatter(x=[0.0, 1.0, None, 1.0], y=[1.0, 2.0, None, 2.0], text="all of it")
    json.loads(reduced(figure).to_json())
    nothing, one, several = reduced(figure).data
    assert (nothing.x, one.x, one.y, one.text) == ((), (2.0,), (3.0,), ("one",))
    assert (several.x, several.y, several.text) == ((0.0, 1.0, None, 1.0), (1.0, 2.0, None, 2.0), "all of it")
    unseen = go.Figure(layout={"xaxis": {"type": "log"}}).add_scatter(x=[0.0, -1.0], y=[1.0, 1.0])
    assert reduced(unseen).data[0].x == (0.0, -1.0)
