"""From where to where a leg moved by itself that the bed shook too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.bouts import POSTURE
from detect.parameters import PARAMETERS
from detect.shaken import own_parts, shaken_spans
from tests.detect.legbouts import KICK

SHAKEN = replace(
    KICK, onset=1000, end=1800, own_onset=1300, own_end=1500, core=480, common=0.7,
    head_common=0.8, tail_common=0.8, tail_mg=40.0,
)  # fmt: skip
"""A kick from 13 to 15 s in a bed that shook from 10 to 18 s."""
OTHER = replace(SHAKEN, side="right", slow_deg=0.8)
DRAWN = replace(SHAKEN, side="right", common=0.3, rate_dps=10.0, slow_deg=2.0)


def span_of(part, strip_more_db=12.0):
    (own,) = own_parts([part], strip_more_db, PARAMETERS)
    return own.onset, own.end


@pytest.mark.parametrize(
    ("change", "strip_more_db", "span"),
    [
        ({}, 12.0, (1300, 1500)),
        ({}, None, (1300, 1500)),  # no strip: the ankles alone say it
        ({}, 3.0, (1300, 1800)),  # no more strip than with a kick: both legs came back slowly
        ({"head_common": 0.3}, 12.0, (1000, 1500)),  # one ankle alone moved before
        ({"head_common": -1.0}, 12.0, (1000, 1500)),  # or nothing did
        ({"tail_common": 0.3}, 12.0, (1300, 1800)),
        ({"tail_mg": 5.0}, 12.0, (1300, 1800)),  # of a peak of 80 mg: it rings
        ({"own_onset": 1025}, 12.0, (1000, 1500)),  # 0.25 s before the kick is its beginning
        ({"own_end": 1775}, 12.0, (1300, 1800)),
    ],
)
def test_a_kick_lasts_from_where_to_where_the_leg_moved_by_itself(change, strip_more_db, span):
    assert span_of(replace(SHAKEN, **change), strip_more_db) == span


def test_the_core_of_a_kick_is_counted_from_where_it_begins_now():
    (own,) = own_parts([SHAKEN], 12.0, PARAMETERS)
    assert own.onset + own.core == 1480
    (own,) = own_parts([replace(SHAKEN, core=700)], 12.0, PARAMETERS)
    assert own.onset + own.core == own.end  # what shook it later is no part of it


@pytest.mark.parametrize(
    ("change", "sides"),
    [
        ({}, ["left"]),
        ({"slow_deg": 1.6}, ["left", "right"]),  # a little kick is one
        ({"common": 0.3}, ["left", "right"]),  # it moved otherwise than the other
        ({"outcome": POSTURE}, ["left", "right"]),  # it lies elsewhere now
        ({"side": "left"}, ["left", "left"]),  # the same leg, once more
    ],
)
def test_a_leg_that_only_shook_while_the_other_kicked_is_left_out(change, sides):
    parts = [SHAKEN, replace(OTHER, **change)]
    assert [b.side for b in own_parts(parts, 12.0, PARAMETERS)] == sides


@pytest.mark.parametrize(
    ("change", "sides"),
    [
        ({}, ["left"]),  # a third of what the other turned
        ({"rate_dps": 16.0}, ["left", "right"]),  # as fast as a soft kick
        ({"slow_deg": 2.5}, ["left", "right"]),  # not much less than the other
        ({"outcome": POSTURE}, ["left", "right"]),
    ],
)
def test_a_leg_that_the_other_one_drew_along_is_left_out(change, sides):
    parts = [SHAKEN, replace(DRAWN, **change)]
    assert [b.side for b in own_parts(parts, 12.0, PARAMETERS)] == sides


def test_two_soft_legs_are_both_kept():
    parts = [replace(SHAKEN, slow_deg=1.2), OTHER]
    assert own_parts(parts, 0.0, PARAMETERS) == [
        replace(parts[0], onset=1300, core=180),
        replace(OTHER, onset=1300, core=180),
    ]


@pytest.mark.parametrize(
    ("change", "strip_more_db", "spans"),
    [
        ({}, 12.0, [(1000, 1300), (1500, 1800)]),
        ({}, None, [(1000, 1300)]),  # without a strip the end may be the kick's own ringing
        ({"head_common": 0.1, "tail_common": 0.1}, 12.0, []),
        ({"own_onset": 1000 + 31, "tail_mg": 0.0}, 12.0, [(1000, 1031)]),
    ],
)
def test_the_bed_moved_before_and_after_a_kick_that_it_shook(change, strip_more_db, spans):
    parts = [replace(SHAKEN, **change)]
    own = own_parts(parts, strip_more_db, PARAMETERS)
    assert shaken_spans(parts, own, strip_more_db, PARAMETERS) == spans


@given(
    st.integers(0, 800), st.integers(0, 800), st.floats(-1, 1), st.floats(-1, 1),
    st.floats(0, 200), st.none() | st.floats(-20, 40),
)  # fmt: skip
def test_a_movement_only_gets_shorter_and_never_empty(begin, rest, head, tail, tail_mg, more_db):
    part = replace(
        SHAKEN, own_onset=1000 + min(begin, 799), own_end=max(1001 + min(begin, 799), 1800 - rest),
        head_common=head, tail_common=tail, tail_mg=tail_mg,
    )  # fmt: skip
    (own,) = own_parts([part], more_db, PARAMETERS)
    assert part.onset <= own.onset < own.end <= part.end
    spans = shaken_spans([part], [own], more_db, PARAMETERS)
    assert all(part.onset <= a < b <= part.end for a, b in spans)
