"""Stretches of ticks."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from detect.spans import outside, overlap, total, union

spans = st.lists(st.tuples(st.integers(-20, 120), st.integers(-20, 120)), max_size=8)


def covered(pieces, low=0, high=100):
    return {t for start, end in pieces for t in range(max(start, low), min(end, high))}


@given(spans, st.integers(-10, 110), st.integers(-10, 110))
def test_spans_are_the_ticks_they_cover(pieces, start, end):
    merged = union(pieces, (0, 100))
    ticks = covered(pieces)
    assert covered(merged) == ticks
    assert total(merged) == len(ticks)
    assert merged == sorted(merged)
    assert all(a[1] < b[0] for a, b in pairwise(merged))
    assert all(a < b for a, b in merged)
    assert overlap(merged, start, end) == len(ticks & set(range(start, end)))


@given(st.lists(st.integers(-30, 130)).map(sorted), st.integers(0, 30), st.integers(70, 100), spans)
def test_what_lies_outside_the_spans(at, start, end, pieces):
    within = (start, end)
    merged = union(pieces, within)
    left = outside(at, within, merged)
    inside = covered(merged)
    assert len(left) == len(merged) + 1
    assert [t for piece in left for t in at[piece]] == [
        t for t in at if start <= t < end and t not in inside
    ]
    for before, span, after in zip(left, merged, left[1:], strict=False):
        assert all(t < span[0] for t in at[before])
        assert all(t >= span[1] for t in at[after])
