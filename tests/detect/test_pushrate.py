"""How common pushes are tonight."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.pushrate import PushRate
from detect.pushweights import PUSH_WEIGHTS as W


def after(*odds):
    rate = PushRate()
    for one in odds:
        rate.learn(one, W)
    return rate


@pytest.mark.parametrize(
    ("seen", "odds"),
    [
        ([], -3.0),  # as rare as in any bed, and never rarer
        ([-9.0] * 200, -3.0),
        ([9.0] * 5, -1.35),  # 1.0 + 4.8 of 22.1 + 4.8
        ([9.0] * 100, -0.6),  # the most that is believed
        ([2.2] * 10, -1.60),  # each as likely as not: 1.2 + 4.6 to 23.8 + 4.6
        ([9.0] * 100 + [-9.0] * 400, -3.0),  # long ago
    ],
)
def test_it_begins_where_other_beds_are_and_follows_this_one(seen, odds):
    assert after(*seen).odds(W) == pytest.approx(odds, abs=0.15)


def test_what_is_doubtful_hardly_counts():
    assert after(*[0.0] * 20).odds(W) < after(*[3.0] * 20).odds(W) - 0.7


def test_it_survives_a_snapshot():
    rate = after(1.0, -2.0, 5.0)
    assert PushRate(**asdict(rate)) == rate


@given(seen=st.lists(st.floats(-12.0, 12.0), max_size=60), more=st.floats(0.0, 9.0))
def test_likelier_pushes_never_make_the_next_one_rarer(seen, more):
    assert after(*(x + more for x in seen)).odds(W) >= after(*seen).odds(W)
