"""Whose movement was it: the evidence, piece by piece."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detect.bedhistory import BedHistory
from detect.calibration import BedCalibration
from detect.odds import decibels, log2, probability, ratio_db
from detect.ownership import judge_legs
from detect.parameters import PARAMETERS
from tests.detect.legbouts import KICK, PUSH, taught

JOLT = replace(
    KICK, rate_dps=7.0, turn_deg=0.3, path_deg=2.5, tilt_deg=0.2, accel_mg=40.0, strip_mv=400.0,
    own_vib_mg=30.0, other_vib_mg=28.0, other_rate_dps=6.0, common=0.85, alike=0.99,
)  # fmt: skip


def judge(*parts, history=None, calibration=None, first=0, trusted=True):
    return judge_legs(parts, history or BedHistory(), calibration, PARAMETERS,
                      bed_first_ticks=first, lag_trusted=trusted)  # fmt: skip


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


def test_a_push_is_the_partners_once_the_kicks_of_this_bed_are_known():
    assert judge(PUSH).owner == "patient"
    pushed = judge(PUSH, history=taught())
    assert (pushed.owner, pushed.clear) == ("partner", False)
    assert judge(PUSH).clear


def test_a_push_that_is_not_sure_is_left_open():
    # strip and other ankle as ever, 130 ms of lead 1.7, across the hinge 2.2, so weak that either
    # may be (11.5 dB), 3.3 against: 0.6
    likely = replace(PUSH, accel_mg=80.0, strip_early_mv=20.0, other_early_mg=5.0,
                     strip_first=990)  # fmt: skip
    verdict = judge(likely, history=taught(own=2 * 6.02, ankles=4 * 6.02))
    assert verdict.owner == "unsure"
    assert 0.2 < verdict.p_patient < 0.5


@pytest.mark.parametrize("turn", [1.0, 3.0, 7.0])
def test_one_strong_shock_in_both_ankles_is_the_partners_however_strong(turn):
    left = replace(KICK, rate_dps=25.0, turn_deg=turn, tilt_deg=turn, accel_mg=120.0 * turn,
                   path_deg=4.0 * turn, other_rate_dps=18.0, common=0.7, alike=0.995)  # fmt: skip
    right = replace(left, side="right", rate_dps=18.0)
    assert judge(left, right).owner == "partner"
    own_courses = judge(replace(left, alike=0.8), replace(right, alike=0.8))
    turned = judge(replace(left, accel_mg=40.0 * turn), right)
    assert own_courses.p_patient > 0.5 or turn == 1.0
    assert turned.p_patient > judge(left, right).p_patient


@pytest.mark.parametrize(
    ("times", "alike", "owner"),
    [
        (2.0, 0.999, "patient"),  # both legs there and back at once
        (6.0, 0.999, "partner"),  # both swing to and fro in step, on a mattress that rolls
        (6.0, 0.9, "patient"),  # each by itself: they tremble
    ],
)
def test_legs_that_swing_in_step_are_moved_by_the_mattress_and_a_stroke_is_not(times, alike, owner):
    left = replace(KICK, rate_dps=140.0, turn_deg=17.0, tilt_deg=17.0, path_deg=17.0 * times,
                   accel_mg=1600.0 if times < 3.0 else 300.0, other_rate_dps=130.0, common=0.9,
                   alike=alike)  # fmt: skip
    assert judge(left, replace(left, side="right", rate_dps=130.0)).owner == owner


STRUCK = replace(
    KICK, rate_dps=15.0, turn_deg=1.8, tilt_deg=1.8, path_deg=3.0, accel_mg=200.0, common=0.1,
    strip_first=-1, strip_last=-1, strip_count=0, strip_mv=4.0, other_rate_dps=6.0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "is_patients"),
    [
        ({}, False),
        ({"accel_mg": 120.0}, True),  # as much as a turn by 1.8 deg explains
        ({"path_deg": 9.0}, True),  # trembled: to and fro
        ({"turn_deg": 5.0, "tilt_deg": 5.0, "path_deg": 8.0, "accel_mg": 600.0}, True),  # a kick
    ],
)
def test_a_leg_that_was_struck_is_not_surely_its_owners(change, is_patients):
    alone = replace(STRUCK, strip_ok=False)
    assert (judge(replace(STRUCK, **change)).owner == "patient") is is_patients
    assert (judge(replace(alone, **change)).owner == "patient") is is_patients  # nor without strip


SWUNG = replace(
    KICK, rate_dps=12.0, turn_deg=1.6, tilt_deg=1.2, path_deg=16.0, accel_mg=90.0,
    other_rate_dps=10.0, common=0.6, alike=0.93,
)  # fmt: skip
ROCKED = replace(
    SWUNG, rate_dps=14.0, turn_deg=3.0, tilt_deg=2.0, path_deg=5.0, other_rate_dps=12.0
)


@pytest.mark.parametrize(
    ("change", "certainty"),
    [
        ({}, -4.0),
        ({"turn_deg": 5.0, "path_deg": 50.0}, 0.0),  # farther than a mattress rocks a leg
        ({"path_deg": 4.0}, 0.0),  # there and back
        ({"common": 0.45}, 0.0),  # one ankle more than the other
        ({"alike": 0.85}, 0.0),  # each by itself
        ({"strip_mv": 30.0}, 0.0),  # no more strip than with a kick: they tremble
    ],
)
def test_legs_that_swing_a_little_to_and_fro_with_a_mattress_are_less_surely_the_patients(
    change, certainty
):
    left = replace(SWUNG, **change)
    right = replace(left, side="right", rate_dps=10.0, onset=1020)
    parameters = replace(PARAMETERS, weights=replace(PARAMETERS.weights, swung_odds=0.0))
    with_it = judge(left, right, history=taught()).p_patient
    without = judge_legs([left, right], taught(), None, parameters, bed_first_ticks=0).p_patient
    odds = [log2(p / (1.0 - p)) * 0.6931 for p in (with_it, without)]
    assert odds[0] - odds[1] == pytest.approx(certainty, abs=0.4)


@pytest.mark.parametrize(
    ("change", "first", "is_patients"),
    [
        ({}, 40, False),
        ({}, 8, True),  # the bed began with the leg
        ({"turn_deg": 5.0}, 40, True),
        ({"other_rate_dps": 5.0}, 40, True),  # one leg
        ({"common": 0.45}, 40, True),
        ({"other_ok": False}, 40, True),  # nobody knows of the other
    ],
)
def test_ankles_that_a_moving_bed_rocks_alike_are_not_surely_the_patients(
    change, first, is_patients
):
    left = replace(ROCKED, **change)
    right = replace(left, side="right", rate_dps=12.0, onset=1020)
    assert (judge(left, right, first=first).owner == "patient") is is_patients


def test_calibration_stands_in_until_the_night_has_taught():
    soft = replace(KICK, rate_dps=12.0, turn_deg=1.3, tilt_deg=1.3, accel_mg=30.0, strip_mv=400.0)
    sitting = BedCalibration(patient_db=12.0, partner_db=-22.0)
    assert judge(soft, calibration=sitting).p_patient < judge(soft).p_patient


def test_a_bed_that_changed_since_its_calibration_is_noticed():
    sitting = BedCalibration(patient_db=-2.0)
    assert BedHistory().drift_db(sitting) is None
    assert taught(own=10.0).drift_db(None) is None
    assert taught(own=10.0).drift_db(sitting) == 12.0


def test_legs_that_start_apart_are_no_common_jolt():
    left = replace(
        JOLT, rate_dps=20.0, turn_deg=1.7, path_deg=3.4, tilt_deg=1.6, other_rate_dps=18.0
    )
    together = judge(left, replace(left, side="right", onset=1002))
    apart = judge(left, replace(left, side="right", onset=1015))
    assert apart.p_patient > together.p_patient
    assert apart.owner == "patient"


def test_far_too_much_strip_says_that_the_partner_moved_too():
    assert judge(replace(KICK, strip_mv=4000.0), history=taught()).strip_excess
    assert not judge(KICK, history=taught()).strip_excess


def test_a_kick_is_no_surer_than_that_nobody_pushed():
    bed = taught()
    across = replace(KICK, turned_deg=(0.0, 8.0, 0.0))  # 2.2 - 3.5 - 0.6 + 0.2 - 3.0: -4.6
    known, unknown = judge(across, history=bed), judge(across)
    assert (known.owner, known.p_patient) == ("patient", pytest.approx(0.99, abs=0.005))
    assert (unknown.owner, unknown.p_patient) == ("patient", 1.0)
    assert judge(KICK, history=bed).p_patient == 1.0


HEAVE = replace(KICK, turn_deg=20.0, tilt_deg=18.0, rest_deg=0.7, strip_mv=400.0)
BESIDE = replace(HEAVE, side="right", rate_dps=30.0, turn_deg=12.0, tilt_deg=11.0, rest_deg=0.1)


@pytest.mark.parametrize(
    ("left", "right", "heaved"),
    [
        (HEAVE, BESIDE, True),  # 12.5 dB more strip than with this patient's kicks
        (replace(HEAVE, strip_mv=200.0), BESIDE, False),  # 6.5 dB
        (replace(HEAVE, strip_count=0), BESIDE, False),
        (replace(HEAVE, strip_ok=False), BESIDE, False),
        (HEAVE, None, False),  # one leg
        (HEAVE, replace(BESIDE, turn_deg=9.0), False),
        (HEAVE, replace(BESIDE, tilt_deg=9.0), False),
        (replace(HEAVE, rest_deg=0.2), BESIDE, False),  # both lie as before
        (replace(HEAVE, rest_deg=0.2), replace(BESIDE, rest_deg=0.6), True),
    ],
)
def test_both_legs_and_far_more_strip_than_they_explain_are_the_trunks(left, right, heaved):
    parts = [left] if right is None else [left, right]
    assert judge(*parts, history=taught()).heaved is heaved
    assert not judge(*parts).heaved  # what is usual in this bed is not known yet


def test_numbers():
    assert [log2(x) for x in (0.25, 1.0, 2.0, 3.0)] == [-2.0, 0.0, 1.0, 1.5]
    assert ratio_db(200.0, 100.0) == pytest.approx(6.02, abs=0.01)
    assert (decibels(8.0, 1.0), decibels(1.0, 2.0)) == pytest.approx((18.06, -6.02), abs=0.01)
    assert (probability(0.0), probability(50.0), probability(-50.0)) == (0.5, 1.0, 0.0)
