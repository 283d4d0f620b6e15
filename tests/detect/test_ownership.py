"""Whose movement was it: the evidence, piece by piece."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detect.bedhistory import BedHistory, log2, ratio_db
from detect.bouts import LegBout
from detect.calibration import BedCalibration
from detect.ownership import judge_legs, probability
from detect.parameters import PARAMETERS

KICK = LegBout(
    side="left", onset=1000, end=1200, decided=1250, outcome=0, walk=0, edge=False, strip_ok=True,
    other_ok=True, strip_first=1003, strip_last=1100, strip_count=60, rate_dps=40.0, turn_deg=8.0,
    tilt_deg=8.0, rest_deg=0.1, accel_mg=300.0, strip_mv=100.0, strip_early_mv=100.0,
    strip_floor=5.0,
    strip_threshold=12.5, own_vib_mg=80.0, own_floor_mg=2.0, other_vib_mg=3.0, other_floor_mg=2.0,
    other_rate_dps=1.0, common=0.05, alike=0.3, lively=1.0, core=190, out=False, late=0.4,
)  # fmt: skip
JOLT = replace(
    KICK, rate_dps=7.0, turn_deg=0.3, tilt_deg=0.2, accel_mg=40.0, strip_mv=400.0,
    own_vib_mg=30.0, other_vib_mg=28.0, other_rate_dps=6.0, common=0.85, alike=0.99,
)  # fmt: skip


def judge(*parts, history=None, calibration=None, first=0, trusted=True):
    return judge_legs(parts, history or BedHistory(), calibration, PARAMETERS,
                      bed_first_ticks=first, lag_trusted=trusted)  # fmt: skip


def taught(own=10.0, other=-20.0, lag=3):
    history = BedHistory()
    for _ in range(8):
        history.learn(own, patient=True)
        history.learn(other, patient=False)
        history.learn_lag(lag)
    return history


def test_a_rotation_of_one_leg_is_the_patients():
    verdict = judge(KICK)
    assert verdict.owner == "patient"
    assert verdict.p_patient > 0.99
    assert verdict.evidence.tilt_deg == 8.0
    assert verdict.evidence.lag_ms == 30.0


def test_a_jolt_common_to_both_is_the_partners():
    verdict = judge(JOLT)
    assert verdict.owner == "partner"
    assert verdict.p_patient < 0.05


def test_the_ankle_is_measured_against_its_own_noise_and_so_is_the_strip():
    noisy_other = replace(KICK, other_floor_mg=60.0)  # 80 mg over 2, 100 mV over 5: 32 and 26 dB
    assert judge(KICK).evidence.ankle_strip_db == pytest.approx(6.0, abs=0.6)
    assert judge(noisy_other).evidence.ankle_strip_db == judge(KICK).evidence.ankle_strip_db


def test_evidence_that_was_not_measured_is_none():
    blind = replace(KICK, strip_ok=False, other_ok=False, common=-1.0)
    evidence = judge(blind).evidence
    assert (evidence.common_mode, evidence.ankle_strip_db, evidence.lag_ms) == (None, None, None)


@pytest.mark.parametrize("turn", [1.0, 2.0, 4.0, 8.0])
def test_more_rotation_is_never_less_the_patients(turn):
    less = judge(replace(JOLT, turn_deg=turn))
    more = judge(replace(JOLT, turn_deg=1.5 * turn))
    assert more.p_patient >= less.p_patient


def test_a_push_shows_by_lead_and_excess_together():
    push = replace(KICK, rate_dps=25.0, turn_deg=5.0, accel_mg=80.0, strip_mv=150.0,
                   strip_early_mv=150.0, strip_first=996)  # fmt: skip
    assert judge(push).owner == "patient"
    assert judge(push, history=taught()).owner == "partner"
    only_lead = replace(push, accel_mg=450.0)
    assert judge(only_lead, history=taught()).owner == "patient"
    only_excess = replace(push, strip_first=1003)
    assert judge(only_excess, history=taught()).owner == "patient"


@pytest.mark.parametrize(
    ("lead", "excess_db", "dps", "deg", "pushed"),
    [
        (4, 8.0, 25.0, 5.0, True),
        (29, 8.0, 25.0, 5.0, True),
        (3, 8.0, 25.0, 5.0, False),
        (30, 8.0, 25.0, 5.0, False),
        (5, 5.5, 25.0, 5.0, False),
        (5, 8.0, 61.0, 5.0, False),
        (5, 8.0, 25.0, 12.5, False),
    ],
)
def test_what_makes_a_push(lead, excess_db, dps, deg, pushed):
    strip_mv = 80.0 * 10.0 ** ((excess_db - 10.0) / 20.0)  # the bed's kicks are at 10 dB of mg/mV
    push = replace(KICK, rate_dps=dps, turn_deg=deg, accel_mg=80.0, strip_mv=strip_mv,
                   strip_early_mv=strip_mv, strip_first=1003 - lead)  # fmt: skip
    assert (judge(push, history=taught(lag=3)).p_patient < 0.5) == pushed


def test_nobody_pushes_in_a_bed_in_which_nobody_else_was_felt():
    push = replace(KICK, rate_dps=25.0, turn_deg=5.0, accel_mg=80.0, strip_mv=150.0,
                   strip_early_mv=150.0, strip_first=996)  # fmt: skip
    alone = taught()
    alone.partner_db = alone.partner_db[:2]
    assert judge(push, history=alone).owner == "patient"
    assert judge(push, history=alone, calibration=BedCalibration(partner_db=-20.0)).p_patient < 0.5


def test_a_leg_is_not_pushed_where_the_other_one_may_have_moved_first():
    push = replace(KICK, rate_dps=25.0, turn_deg=5.0, accel_mg=80.0, strip_mv=150.0,
                   strip_early_mv=150.0, strip_first=996)  # fmt: skip
    assert judge(push, history=taught()).p_patient < 0.5
    assert judge(replace(push, other_ok=False), history=taught()).owner == "patient"


def test_a_verdict_that_the_bed_overturned_is_not_clear():
    push = replace(KICK, rate_dps=25.0, turn_deg=5.0, accel_mg=80.0, strip_mv=150.0,
                   strip_early_mv=150.0, strip_first=996)  # fmt: skip
    assert judge(push).clear
    overturned = judge(push, history=taught())
    assert (overturned.owner, overturned.clear) == ("partner", False)


def test_legs_that_begin_one_well_after_the_other_are_not_pushed():
    left = replace(KICK, rate_dps=25.0, turn_deg=5.0, accel_mg=80.0, strip_mv=150.0,
                   strip_early_mv=150.0, strip_first=996)  # fmt: skip
    right = replace(left, side="right", rate_dps=20.0, onset=1008)
    assert judge(left, right, history=taught()).owner == "partner"
    assert judge(left, replace(right, onset=1009), history=taught()).owner == "patient"


def test_a_strip_that_moves_later_in_the_movement_is_no_push():
    late = replace(KICK, rate_dps=25.0, turn_deg=5.0, accel_mg=80.0, strip_mv=150.0,
                   strip_early_mv=20.0, strip_first=996)  # fmt: skip
    assert judge(late, history=taught()).owner == "patient"


@pytest.mark.parametrize("turn", [1.0, 3.0, 7.0])
def test_one_strong_shock_in_both_ankles_is_the_partners_however_strong(turn):
    left = replace(KICK, rate_dps=25.0, turn_deg=turn, tilt_deg=turn, accel_mg=120.0 * turn,
                   other_rate_dps=18.0, common=0.7, alike=0.995)  # fmt: skip
    right = replace(left, side="right", rate_dps=18.0)
    assert judge(left, right).owner == "partner"
    own_courses = judge(replace(left, alike=0.8), replace(right, alike=0.8))
    turned = judge(replace(left, accel_mg=40.0 * turn), right)
    assert own_courses.p_patient > 0.5 or turn == 1.0
    assert turned.p_patient > judge(left, right).p_patient


def test_the_lead_is_no_evidence_when_the_clocks_audit_failed():
    push = replace(KICK, rate_dps=25.0, turn_deg=5.0, accel_mg=80.0, strip_mv=150.0,
                   strip_early_mv=150.0, strip_first=996)  # fmt: skip
    assert judge(push, history=taught(), trusted=False).owner == "patient"


def test_calibration_stands_in_until_the_night_has_taught():
    soft = replace(KICK, rate_dps=12.0, turn_deg=1.3, tilt_deg=1.3, accel_mg=30.0, strip_mv=400.0)
    sitting = BedCalibration(patient_db=12.0, partner_db=-22.0)
    assert judge(soft, calibration=sitting).p_patient < judge(soft).p_patient


def test_the_calibrated_lag_and_ratio_know_a_push_before_the_night_has_taught():
    push = replace(KICK, rate_dps=25.0, turn_deg=5.0, accel_mg=80.0, strip_mv=150.0,
                   strip_early_mv=150.0, strip_first=996)  # fmt: skip
    sitting = BedCalibration(patient_db=10.0, partner_db=-20.0, lag_ms=30.0)
    assert judge(push, calibration=sitting).owner == "partner"
    assert judge(push, calibration=replace(sitting, lag_ms=None)).owner == "patient"
    assert judge(push, calibration=sitting, trusted=False).owner == "patient"


def test_a_bed_that_changed_since_its_calibration_is_noticed():
    sitting = BedCalibration(patient_db=-2.0)
    assert BedHistory().drift_db(sitting) is None
    assert taught(own=10.0).drift_db(None) is None
    assert taught(own=10.0).drift_db(sitting) == 12.0


def test_legs_that_start_apart_are_no_common_jolt():
    left = replace(JOLT, rate_dps=20.0, turn_deg=1.7, tilt_deg=1.6, other_rate_dps=18.0)
    together = judge(left, replace(left, side="right", onset=1002))
    apart = judge(left, replace(left, side="right", onset=1015))
    assert apart.p_patient > together.p_patient
    assert apart.owner == "patient"


def test_far_too_much_strip_says_that_the_partner_moved_too():
    assert judge(replace(KICK, strip_mv=4000.0), history=taught()).strip_excess
    assert not judge(KICK, history=taught()).strip_excess


def test_numbers():
    assert [log2(x) for x in (0.25, 1.0, 2.0, 3.0)] == [-2.0, 0.0, 1.0, 1.5]
    assert ratio_db(200.0, 100.0) == pytest.approx(6.02, abs=0.01)
    assert (probability(0.0), probability(50.0), probability(-50.0)) == (0.5, 1.0, 0.0)
