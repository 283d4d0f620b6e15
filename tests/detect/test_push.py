"""Did the partner push this leg: piece by piece, against what is usual in this bed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.calibration import BedCalibration
from detect.hinge import Hinge
from detect.kicks import KicksOfOneLeg
from detect.push import weigh_push
from detect.weights import WEIGHTS
from tests.detect.legbouts import KICK, PUSH, taught

ALIKE = replace(KICK, turn_deg=6.0, turned_deg=(0.0, 1.0, 0.0), rate_dps=60.0, accel_mg=256.0,
                strip_early_mv=256.0, other_early_mg=16.0, strip_first=1003)  # fmt: skip
"""In `usual()` nothing of it is unlike a kick but the axis, and that is not known."""
EVEN = -3.0 + 0.17 - 3.5
"""Log-odds of it: pushes are rare, half a tick earlier than nothing says, as strong as a kick."""
DOUBLING = 6.0206


def odds(*parts, history=None, calibration=None, apart=0, trusted=True):
    push = weigh_push(
        parts, usual() if history is None else history, calibration, WEIGHTS,
        apart_ticks=apart, lag_trusted=trusted,
    )  # fmt: skip
    return None if push is None else push.odds


def usual(hinge=False, spread_db=0.0):
    """Kicks of 256 mg as `ALIKE`, the other ankle four doublings less, 30 ms before the strip."""
    history = taught()
    history.kicks = {side: KicksOfOneLeg() for side in ("left", "right")}
    for kicks in history.kicks.values():
        for off_db in (-spread_db, 0.0, spread_db) * 3:
            off = 10.0 ** (off_db / 20.0)
            kicks.learn(replace(ALIKE, turned_deg=(6.0, 0.0, 0.0), strip_early_mv=256.0 * off,
                                other_early_mg=16.0 * off))  # fmt: skip
        if not hinge:
            kicks.hinge.count = 0
    return history


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ({}, 0.0),
        ({"strip_early_mv": 512.0}, DOUBLING / 5.5),
        ({"strip_early_mv": 65536.0}, 3.5),
        ({"strip_early_mv": 64.0}, -0.6),
        ({"strip_mv": 65536.0}, 0.0),  # later in the movement: no evidence
        ({"other_early_mg": 24.0}, DOUBLING / 2 / 2.2),
        ({"other_early_mg": 256.0}, 2.5),
        ({"other_early_mg": 4.0}, -0.6),
        ({"other_early_mg": 1.5}, -0.6 - 0.7),  # it felt less than its own noise
        ({"other_vib_mg": 400.0}, 0.0),
        (
            {"accel_mg": 512.0, "other_early_mg": 32.0, "strip_early_mv": 512.0},
            0.0,
        ),  # only stronger
        (
            {"accel_mg": 64.0, "other_early_mg": 4.0, "strip_early_mv": 64.0},
            3.5 - 0.49,
        ),  # two doublings weaker, two dB less than is even
        (
            {"accel_mg": 32.0, "other_early_mg": 2.34, "strip_early_mv": 32.0},
            3.5 + 1.0,
        ),
        ({"strip_first": 1002}, 0.33),
        ({"strip_first": 985}, 1.8 - 0.17),
        ({"strip_first": 1020}, -1.5 - 0.17),
        ({"turn_deg": 3.0}, 0.0),
        ({"turn_deg": 14.0}, 0.0),
    ],
)
def test_each_piece_weighs_what_it_says(change, more):
    assert odds(replace(ALIKE, **change)) == pytest.approx(EVEN + more, abs=0.03)


def test_what_varies_much_from_kick_to_kick_says_little():
    louder = replace(ALIKE, strip_early_mv=1024.0, other_early_mg=32.0)
    firm, loose = odds(louder), odds(louder, history=usual(spread_db=6.0))
    # the spread is 1.48 * 6 dB: steps of 11 and 12 dB instead of 5.5 and 2.2
    assert firm == pytest.approx(EVEN + 2 * DOUBLING / 5.5 + 2.5, abs=0.03)
    assert loose == pytest.approx(EVEN + 2 * DOUBLING / 10.7 + DOUBLING / 12.5, abs=0.2)


def test_an_axis_counts_for_less_where_kicks_turn_about_several():
    history = usual(hinge=True)
    hinge = Hinge()
    for axis in [(1.0, 0.0, 0.0)] * 4 + [(0.0, 1.0, 0.0)] * 4:
        hinge.learn(axis)
    history.kicks["left"].hinge = hinge
    tilted = replace(ALIKE, turned_deg=(0.0, 1.0, 2.4))
    single = usual(hinge=True)
    some, sure = odds(tilted, history=history) - EVEN, odds(tilted, history=single) - EVEN
    assert 0.3 < some < 1.7 < 2.1 < sure
    hinge.scatter = [1 / 3, 1 / 3, 1 / 3, 0.0, 0.0, 0.0]
    assert odds(tilted, history=history) == pytest.approx(EVEN, abs=0.03)


def test_the_axis_counts_once_it_is_known():
    along = replace(ALIKE, turned_deg=(5.0, 0.0, 0.0))
    free, bound = odds(ALIKE), odds(ALIKE, history=usual(hinge=True))
    assert bound == pytest.approx(free + 2.2)
    assert odds(along, history=usual(hinge=True)) == pytest.approx(free - 4.87, abs=0.1)


def test_where_pushes_were_common_the_next_one_is_likelier():
    history = usual()
    for _ in range(40):
        history.pushes.learn(8.0, WEIGHTS.push)
    assert odds(ALIKE, history=history) == pytest.approx(EVEN + 3.0 - 0.6, abs=0.03)


def test_what_was_unlike_a_kick_leaves_out_the_axis_and_how_common_pushes_are():
    common = usual(hinge=True)
    for _ in range(40):
        common.pushes.learn(8.0, WEIGHTS.push)
    found = [weigh_push([ALIKE], h, None, WEIGHTS, apart_ticks=0, lag_trusted=True).unlike
             for h in (usual(), usual(hinge=True), common)]  # fmt: skip
    assert found == [pytest.approx(0.17 - 3.5, abs=0.03)] * 3


@pytest.mark.parametrize(
    "change",
    [
        {"strip_ok": False},
        {"other_ok": False},  # the leg that is not measured may have moved first
        {"strip_first": -1},
        {"turn_deg": 15.0},
        {"strip_first": 971},  # 0.3 s before: nobody's arm takes so long
    ],
)
def test_what_was_no_push_for_sure(change):
    assert odds(PUSH, history=taught()) > 2.0
    assert odds(replace(PUSH, **change), history=taught()) is None


def test_legs_that_begin_one_well_after_the_other_are_not_pushed():
    right = replace(PUSH, side="right")
    assert odds(PUSH, right, history=taught(), apart=8) is not None
    assert odds(PUSH, right, history=taught(), apart=9) is None


def test_of_both_legs_neither_the_other_ankle_nor_the_axis_is_asked():
    right = replace(PUSH, side="right")
    alone = odds(PUSH, history=taught())
    assert odds(PUSH, right, history=taught()) == pytest.approx(alone - 2.5 - 2.2)


def test_nobody_pushes_before_the_kicks_of_this_leg_are_known():
    other_leg = taught()
    other_leg.kicks["left"] = KicksOfOneLeg()
    assert odds(PUSH, history=other_leg) is None
    sitting = BedCalibration(patient_db=10.0, partner_db=-20.0, lag_ms=30.0)
    strong = replace(PUSH, strip_early_mv=500.0)
    assert odds(strong, history=other_leg, calibration=sitting) > 0.0
    assert odds(strong, history=other_leg, calibration=replace(sitting, lag_ms=None)) is None


def test_hardly_anybody_pushes_in_a_bed_in_which_nobody_else_was_felt():
    alone = taught()
    alone.partner_db = alone.partner_db[:2]
    assert odds(PUSH, history=alone) == pytest.approx(odds(PUSH, history=taught()) - 2.0)


def test_who_moved_first_is_no_evidence_when_the_clocks_audit_failed():
    told = odds(replace(ALIKE, strip_first=990), trusted=False)
    assert told == odds(replace(ALIKE, strip_first=1020), trusted=False)
    assert told == pytest.approx(-3.0 - 3.5, abs=0.03)


mg = st.floats(0.5, 500.0)


@given(strip=mg, other=mg, lead=st.integers(-30, 25), deg=st.floats(0.5, 12.9), more=mg,
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
    ):
        assert odds(changed, history=usual(hinge=True)) >= base - 1e-9
