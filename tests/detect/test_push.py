"""Did the partner push this leg: piece by piece, against what is usual in this bed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.calibration import BedCalibration
from detect.hinge import Hinge
from detect.push import push_odds
from detect.pushweights import PUSH_WEIGHTS
from tests.detect.legbouts import KICK, PUSH, taught

ALIKE = replace(KICK, turn_deg=6.0, turned_deg=(0.0, 1.0, 0.0), rate_dps=60.0, accel_mg=128.0,
                strip_early_mv=128.0, other_early_mg=8.0, strip_first=1003)  # fmt: skip
"""In `usual()` nothing of it is unlike a kick but the axis, and that is not known."""


def odds(*parts, history=None, calibration=None, apart=0, trusted=True):
    return push_odds(
        parts, usual() if history is None else history, calibration, PUSH_WEIGHTS,
        apart_ticks=apart, lag_trusted=trusted,
    )  # fmt: skip


def usual(hinge=False):
    """Kicks of 0 dB of mg/mV and four doublings over the other ankle, 30 ms before the strip."""
    history = taught(own=0.0, lag=3, ankles=4 * 6.0206)
    if not hinge:
        history.hinges["left"].count = 0
    return history


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 0.2),  # the strip as early as ever: half a tick of 2.5
        ({"strip_early_mv": 256.0}, 0.2 + 6.02 / 5.0),
        ({"strip_early_mv": 4096.0}, 0.2 + 4.0),
        ({"strip_early_mv": 16.0}, 0.2 - 1.0),
        ({"strip_mv": 3200.0}, 0.2),  # later in the movement: no evidence
        ({"other_early_mg": 10.0}, 0.2 + 6.02 / 4.0 / 1.5),
        ({"other_early_mg": 40.0}, 0.2 + 3.0),
        ({"other_early_mg": 4.0}, 0.2 - 1.0),
        ({"other_early_mg": 2.0}, 0.2 - 1.0 - 1.0),  # it felt nothing but its own noise
        ({"other_vib_mg": 400.0}, 0.2),
        ({"strip_first": 1000}, 1.4),
        ({"strip_first": 990}, 2.25),
        ({"strip_first": 1020}, -1.5),
        ({"turn_deg": 3.0}, 0.2 + 0.5),
        ({"turn_deg": 12.0}, 0.2 - 0.5),
        ({"rate_dps": 120.0}, 0.2 - 0.7),
        ({"rate_dps": 20.0}, 0.2),
    ],
)
def test_each_piece_weighs_what_it_says(change, expected):
    assert odds(replace(ALIKE, **change)) == pytest.approx(expected - 3.9, abs=0.03)


def test_an_axis_counts_for_less_where_kicks_turn_about_several():
    history = usual(hinge=True)
    history.hinges["left"] = Hinge()
    for axis in [(1.0, 0.0, 0.0)] * 4 + [(0.0, 1.0, 0.0)] * 4:
        history.hinges["left"].learn(axis)
    across = odds(replace(ALIKE, turned_deg=(0.0, 0.0, 5.0)), history=history)
    assert across == pytest.approx(odds(ALIKE) + 4.0)
    any_axis = usual(hinge=True)
    any_axis.hinges["left"].scatter = [1 / 3, 1 / 3, 1 / 3, 0.0, 0.0, 0.0]
    assert odds(ALIKE, history=any_axis) == pytest.approx(odds(ALIKE), abs=0.01)


def test_the_axis_counts_once_it_is_known():
    along = replace(ALIKE, turned_deg=(5.0, 0.0, 0.0))
    free, bound = odds(ALIKE), odds(ALIKE, history=usual(hinge=True))
    assert bound == pytest.approx(free + 4.0)
    assert odds(along, history=usual(hinge=True)) == pytest.approx(free - 2.0)


@pytest.mark.parametrize(
    "change",
    [
        {"strip_ok": False},
        {"other_ok": False},  # the leg that is not measured may have moved first
        {"strip_first": -1},
        {"turn_deg": 16.0},
        {"strip_first": 973},  # 0.3 s before: nobody's arm takes so long
    ],
)
def test_what_was_no_push_for_sure(change):
    assert odds(PUSH, history=taught()) > 3.0
    assert odds(replace(PUSH, **change), history=taught()) is None


def test_legs_that_begin_one_well_after_the_other_are_not_pushed():
    right = replace(PUSH, side="right")
    assert odds(PUSH, right, history=taught(), apart=8) > 0.0
    assert odds(PUSH, right, history=taught(), apart=9) is None


def test_of_both_legs_neither_the_other_ankle_nor_the_axis_is_asked():
    right = replace(PUSH, side="right")
    alone = odds(PUSH, history=taught())
    assert odds(PUSH, right, history=taught()) == pytest.approx(alone - 3.0 - 4.0)


def test_nobody_pushes_before_the_kicks_of_this_bed_are_known():
    few = taught()
    few.early_db, few.lag_ticks = few.early_db[:2], few.lag_ticks[:2]
    assert odds(PUSH, history=few) is None
    sitting = BedCalibration(patient_db=10.0, partner_db=-20.0, lag_ms=30.0)
    assert odds(PUSH, history=few, calibration=sitting) > 0.0
    assert odds(PUSH, history=few, calibration=replace(sitting, lag_ms=None)) is None


def test_hardly_anybody_pushes_in_a_bed_in_which_nobody_else_was_felt():
    alone = taught()
    alone.partner_db = alone.partner_db[:2]
    assert odds(PUSH, history=alone) == pytest.approx(odds(PUSH, history=taught()) - 2.0)


def test_who_moved_first_is_no_evidence_when_the_clocks_audit_failed():
    told = odds(replace(ALIKE, strip_first=990), trusted=False)
    assert told == odds(replace(ALIKE, strip_first=1020), trusted=False)
    assert told == pytest.approx(-3.9, abs=0.03)


mg = st.floats(0.5, 500.0)


@given(strip=mg, other=mg, lead=st.integers(-30, 25), deg=st.floats(0.5, 15.0), more=mg,
       sooner=st.integers(0, 4))  # fmt: skip
def test_more_of_what_speaks_for_a_push_never_makes_it_less_likely(
    strip, other, lead, deg, more, sooner
):
    part = replace(PUSH, strip_early_mv=strip, other_early_mg=other, strip_first=1003 - lead,
                   turn_deg=deg)  # fmt: skip
    base = odds(part, history=usual(hinge=True))
    for changed in (
        replace(part, strip_early_mv=strip + more),
        replace(part, other_early_mg=other + more),
        replace(part, strip_first=part.strip_first - sooner),
        replace(part, turn_deg=deg / (1.0 + more)),
    ):
        assert odds(changed, history=usual(hinge=True)) >= base - 1e-9
