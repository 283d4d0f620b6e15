"""What tonight's kicks of one leg were like."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.kicks import KEPT, KicksOfOneLeg, Usual
from tests.detect.legbouts import KICK


def taught(*changes):
    kicks = KicksOfOneLeg()
    for change in changes:
        kicks.learn(replace(KICK, **change))
    return kicks


def test_the_middle_and_the_spread_of_strip_and_lag():
    seen = ((256.0, 3), (128.0, 1), (512.0, 5), (256.0, 3), (16.0, 40))
    kicks = taught(*({"accel_mg": 256.0, "strip_early_mv": mv, "strip_first": 1000 + lag}
                     for mv, lag in seen))  # fmt: skip
    assert kicks.strip() == Usual(0.0, pytest.approx(1.4826 * 6.02))
    assert kicks.lag() == Usual(3, pytest.approx(1.4826 * 2))


def test_how_strong_the_kicks_of_a_leg_are():
    kicks = taught(*({"accel_mg": mg} for mg in (256.0, 128.0, 512.0)))
    assert kicks.ankle() == Usual(pytest.approx(48.16, abs=0.01), pytest.approx(8.93, abs=0.01))


def test_three_kicks_are_needed():
    assert [taught(*[{}] * n).known for n in range(4)] == [False, False, False, True]


def test_only_the_latest_count():
    kicks = taught(*[{"strip_first": 1000 + i} for i in range(3 * KEPT)])
    assert kicks.lag_ticks == list(range(2 * KEPT, 3 * KEPT))


@pytest.mark.parametrize(
    ("felt_mg", "accel_mg", "excess_db"),
    [
        (16.0, 256.0, 0.0),  # a sixteenth, as ever
        (32.0, 512.0, 0.0),
        (32.0, 256.0, 6.02),
        (4.0, 256.0, -12.04),
        (2.34, 16.0, 0.0),  # a sixteenth would be less than its noise
        (9.36, 16.0, 12.04),
    ],
)
def test_the_other_ankle_is_measured_against_the_share_that_kicks_pass_on(
    felt_mg, accel_mg, excess_db
):
    kicks = taught(*[{"accel_mg": 256.0 * 2**i, "other_early_mg": 16.0 * 2**i} for i in range(3)])
    more_db, spread_db = kicks.other_excess(
        replace(KICK, accel_mg=accel_mg, other_early_mg=felt_mg)
    )
    assert more_db == pytest.approx(excess_db, abs=0.3)
    assert spread_db == pytest.approx(0.0, abs=0.02)


def test_an_ankle_that_never_felt_a_kick_is_expected_to_feel_none():
    kicks = taught(*[{"accel_mg": mg, "other_early_mg": 1.9} for mg in (100.0, 300.0, 900.0)] * 3)
    weak = replace(KICK, accel_mg=50.0, other_early_mg=1.9)
    assert kicks.other_excess(weak)[0] == pytest.approx(0.0, abs=0.1)
    assert kicks.other_excess(replace(weak, other_early_mg=7.6))[0] == pytest.approx(12, abs=1)


def test_it_survives_a_snapshot():
    kicks = taught({}, {"turned_deg": (1.0, 2.0, 3.0)}, {"other_early_mg": 0.0})
    assert KicksOfOneLeg.load(asdict(kicks)) == kicks


size = st.floats(0.0, 4000.0)


@given(kicks=st.lists(st.tuples(size, size, size), min_size=3, max_size=50), new=size, more=size)
def test_what_the_other_ankle_felt_more_is_never_less(kicks, new, more):
    known = taught(*({"accel_mg": a, "other_early_mg": b, "strip_early_mv": c}
                     for a, b, c in kicks))  # fmt: skip
    low, high = (known.other_excess(replace(KICK, other_early_mg=mg)) for mg in (new, new + more))
    assert high[0] >= low[0] - 1e-9
    assert known.strip().spread >= 0.0 <= low[1]
