"""The detector: a hand-worked table first, then what must hold for any signal."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.calibration import BedCalibration
from detect.detector import Detector, in_this_bed
from detect.movement import Gap
from detect.parameters import PARAMETERS
from drivers.channels import MISSING

_spec = importlib.util.spec_from_file_location("signals", Path(__file__).with_name("signals.py"))
signals = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(signals)
Hand, run, legs = signals.Hand, signals.run, signals.legs
GAINS, OFFSETS = signals.GAINS, signals.OFFSETS


def one(movements, kind):
    """Return the only movement of a kind."""
    found = [m for m in movements if m.kind == kind]
    assert len(found) == 1, movements
    return found[0]


# -- hand-worked: what happened -> what must come out ---------------------------------------------


def test_flexion_hold_and_return_are_one_movement():
    m = one(run(Hand().kick(0, 60.0, hold=0.8).samples()), "leg")
    assert (m.side, m.owner) == ("left", "patient")
    assert m.onset_s == pytest.approx(60.0, abs=0.05)
    assert m.duration_s == pytest.approx(1.8, abs=0.1)
    assert m.evidence.tilt_deg == pytest.approx(8.0, abs=0.5)
    assert m.peak_dps == pytest.approx(1.875 * 8.0 / 0.4, rel=0.1)
    assert [p.side for p in m.parts] == ["left"]


@pytest.mark.parametrize("hold", [0.3, 0.6, 2.0, 5.0, 7.5])
def test_a_perfectly_still_hold_belongs_to_the_movement(hold):
    m = one(run(Hand().kick(1, 60.0, hold=hold).samples()), "leg")
    assert m.duration_s == pytest.approx(1.0 + hold, abs=0.12)


def test_a_leg_that_stays_is_a_posture_change():
    found = run(Hand().stroke(0, 60.0, 12.0, 0.8).samples())
    m = one(found, "body")
    assert m.note == "posture"
    assert legs(found) == []


def test_a_leg_that_comes_back_by_steps_made_one_movement():
    hand = Hand().stroke(0, 60.0, 12.0, 0.3).stroke(0, 61.2, -6.0, 0.3).stroke(0, 62.4, -6.0, 0.3)
    m = one(run(hand.samples()), "leg")
    assert m.onset_s == pytest.approx(60.0, abs=0.05)
    assert m.duration_s == pytest.approx(2.7, abs=0.1)


def test_a_kick_from_a_new_posture_ends_in_it():
    found = run(Hand().stroke(0, 60.0, 12.0, 0.8).kick(0, 64.0, deg=9.0, hold=1.5).samples())
    m = one(found, "leg")
    assert m.onset_s == pytest.approx(64.0, abs=0.05)
    assert m.duration_s == pytest.approx(2.5, abs=0.12)
    assert one(found, "body").note == "posture"


def kicks_again_out_of_its_hold(hand, leg, at, deg=9.0):
    """Flex, hold, come back and flex again at once, hold, return: as micro-arousals often look."""
    for late, size in ((0.0, deg), (0.75, -deg), (1.1, deg), (1.85, -deg)):
        hand.stroke(leg, at + late, size, 0.2)
    return hand


def test_legs_that_kick_again_out_of_their_hold_made_one_movement():
    hand = kicks_again_out_of_its_hold(kicks_again_out_of_its_hold(Hand(), 0, 60.0), 1, 60.2)
    m = one(run(hand.samples()), "leg")
    assert (m.side, m.owner) == ("both", "patient")
    assert m.onset_s == pytest.approx(60.0, abs=0.05)
    assert m.duration_s == pytest.approx(2.25, abs=0.1)


DIPS = {
    # seconds and degrees of each step; the last one leads back
    "half the way, once": ((0.0, 9.0), (1.2, -4.5), (1.5, 4.5), (2.9, -9.0)),
    "half the way, twice": (
        (0.0, 9.0), (1.0, -4.5), (1.3, 4.5), (2.3, -4.5), (2.6, 4.5), (3.8, -9.0)),
    "all the way and at once up again": ((0.0, 9.0), (1.1, -9.0), (1.3, 9.0), (2.6, -9.0)),
    "higher out of the hold": ((0.0, 9.0), (1.2, 6.0), (1.5, -6.0), (6.0, -9.0)),
    "up and down by steps": (
        (0.0, 5.0), (1.0, 5.0), (2.0, 4.0), (2.3, -4.0), (3.5, -5.0), (4.5, -5.0)),
}  # fmt: skip


@pytest.mark.parametrize("steps", DIPS.values(), ids=DIPS)
def test_a_leg_that_moves_in_its_hold_and_comes_back_made_one_movement(steps):
    hand = Hand()
    for late, deg in steps:
        hand.stroke(0, 60.0 + late, deg, 0.2)
    m = one(run(hand.samples()), "leg")
    assert m.onset_s == pytest.approx(60.0, abs=0.05)
    assert m.duration_s == pytest.approx(steps[-1][0] + 0.2, abs=0.1)


@pytest.mark.parametrize("kicks", [1, 2, 3, 4, 5])
def test_kicks_out_of_a_posture_that_stays_are_kicks_however_many(kicks):
    hand = Hand(150.0).stroke(0, 60.0, 9.0, 0.4)
    for number in range(kicks):
        hand.kick(0, 61.5 + 2.5 * number, deg=7.0, rise=0.2, hold=0.4, fall=0.3)
    found = run(hand.samples())
    assert one(found, "body").onset_s == pytest.approx(60.0, abs=0.05)
    onsets = [m.onset_s for m in legs(found)]
    assert onsets == pytest.approx([61.5 + 2.5 * number for number in range(kicks)], abs=0.05)


def test_a_kick_that_moves_in_its_hold_is_one_movement_up_to_a_gaps_edge():
    hand = Hand().stroke(0, 60.0, 9.0, 0.2).kick(0, 61.2, -5.0, rise=0.2, hold=0.0, fall=0.2)
    m = one(run(hand.lose("left", 62.8, 70.0).samples()), "leg")
    assert (m.onset_s, m.end_tick / 100) == pytest.approx((60.0, 61.6), abs=0.1)


def test_legs_that_go_far_and_stay_made_a_turn_however_many_steps_it_took():
    hand = kicks_again_out_of_its_hold(
        kicks_again_out_of_its_hold(Hand(), 0, 60.0, 22.0), 1, 60.2, 22.0
    )
    hand.stroke(0, 62.4, 30.0, 0.3).stroke(1, 62.6, 30.0, 0.3)
    found = run(hand.samples())
    assert legs(found) == []
    assert {m.kind for m in found} == {"body"}


def test_a_leg_that_comes_back_most_of_the_way_made_a_movement():
    hand = Hand().stroke(0, 60.0, 12.0, 0.4).stroke(0, 60.9, -7.5, 0.5)
    m = one(run(hand.samples()), "leg")
    assert m.duration_s == pytest.approx(1.4, abs=0.1)


@pytest.mark.parametrize(("lift_deg", "kind"), [(12.0, "leg"), (4.0, "body"), (2.0, "body")])
def test_a_leg_that_was_lifted_and_let_down_beside_its_place_kicked(lift_deg, kind):
    hand = Hand().kick(0, 20.0, lift_deg).swing(0, 20.3, 16.0, 0.8)
    assert [m.kind for m in run(hand.samples())] == [kind]


@pytest.mark.parametrize(("swing_deg", "kind"), [(30.0, "body"), (10.0, "body"), (6.0, "leg")])
def test_a_leg_that_stays_turned_about_the_vertical_changed_its_posture(swing_deg, kind):
    hand = Hand().stroke(0, 20.0, 2.3, 0.8).swing(0, 20.0, swing_deg, 0.8)
    assert [m.kind for m in run(hand.samples())] == [kind]


def test_a_leg_that_comes_back_but_for_a_third_is_back_and_the_next_kick_is_another():
    hand = Hand().stroke(0, 60.0, 15.0, 0.4).stroke(0, 60.9, -10.0, 0.5)
    hand.stroke(0, 68.0, 10.0, 0.4).stroke(0, 68.9, -15.0, 0.5)
    found = legs(run(hand.samples()))
    assert [m.onset_s for m in found] == pytest.approx([60.0, 68.0], abs=0.05)
    assert [m.duration_s for m in found] == pytest.approx([1.4, 1.4], abs=0.12)


def test_a_hold_of_less_than_half_the_way_is_one_movement_for_three_seconds():
    hand = Hand().stroke(0, 60.0, 15.0, 0.4).stroke(0, 60.9, -9.0, 0.4).stroke(0, 63.5, -6.0, 0.5)
    assert one(run(hand.samples()), "leg").duration_s == pytest.approx(4.0, abs=0.12)


def test_a_jerk_after_which_the_leg_still_swings_is_a_jerk():
    hand = Hand().kick(0, 20.0, 6.0, rise=0.18, hold=0.0, fall=0.22)
    swinging = np.where(hand.t > 20.4, np.exp(-(hand.t - 20.4) / 0.12), 0.0)
    hand.extra[:, 5] += 20.0 * swinging * np.sin(2 * np.pi * 4.0 * (hand.t - 20.4))
    (jerk,) = run(hand.samples())
    assert (jerk.kind, jerk.duration_s > 0.5) == ("jerk", True)


def test_a_soft_kick_after_a_great_change_of_posture_is_found():
    found = legs(run(Hand().stroke(0, 60.0, 40.0, 0.6).kick(0, 66.0, deg=4.0).samples()))
    assert [m.onset_s for m in found] == pytest.approx([66.0], abs=0.05)


def test_a_kick_in_the_new_posture_is_found():
    found = run(Hand().stroke(0, 60.0, 12.0, 0.8).kick(0, 64.0).samples())
    assert one(found, "body").onset_s == pytest.approx(60.0, abs=0.1)
    assert one(found, "leg").onset_s == pytest.approx(64.0, abs=0.05)


def test_a_short_movement_is_a_jerk():
    found = run(Hand().kick(0, 60.0, deg=6.0, rise=0.15, hold=0.0, fall=0.15).samples())
    assert one(found, "jerk").note is None
    assert legs(found) == []


def test_a_jerk_after_a_still_minute_before_sleep_is_hypnic():
    found = run(Hand().kick(0, 80.0, deg=6.0, rise=0.15, hold=0.0, fall=0.15).samples())
    assert one(found, "jerk").note == "hypnic"


def test_a_long_leg_movement_keeps_its_length():
    hand = Hand()
    for k in range(12):
        hand.kick(0, 60.0 + k, rise=0.35, hold=0.1, fall=0.35)
    assert one(run(hand.samples()), "leg").duration_s == pytest.approx(11.8, abs=0.2)


def test_both_legs_are_one_entry_with_two_parts():
    m = one(run(Hand().kick(0, 60.0).kick(1, 60.3).samples()), "leg")
    assert m.side == "both"
    assert [p.side for p in m.parts] == ["left", "right"]
    assert m.parts[1].onset_tick == pytest.approx(6030, abs=5)
    assert m.duration_s == pytest.approx(2.1, abs=0.1)


def test_legs_half_a_second_apart_are_two_entries():
    found = legs(run(Hand().kick(0, 60.0).kick(1, 62.6).samples()))
    assert [m.side for m in found] == ["left", "right"]


def test_the_partners_jolt_is_the_partners():
    found = run(Hand().jolt(60.0).samples())
    m = one(found, "bed")
    assert (m.owner, m.side) == ("partner", None)
    assert m.onset_s == pytest.approx(60.0, abs=0.1)
    assert legs(found) == []


def test_a_partner_who_moves_after_a_kick_is_kept_and_noted():
    found = run(Hand().kick(0, 60.0).jolt(62.8).samples())
    assert one(found, "bed").note == "kick_moved_partner"
    assert len(legs(found)) == 1


def test_a_kick_that_shakes_the_strip_is_one_entry():
    found = run(Hand().kick(0, 60.0).jolt(60.1, legs=(0,), mg=5.0, tau=0.15).samples())
    assert [m.kind for m in found] == ["leg"]


@pytest.mark.parametrize("tau", [0.2, 0.6, 1.2])
@pytest.mark.parametrize("hold", [0.8, 2.0])
def test_a_bed_that_rings_on_after_flexion_and_return_is_nobodys_movement(hold, tau):
    hand = Hand(300)
    for at in np.arange(60.0, 280.0, 30.0):
        hand.kick(0, at, deg=12.0, hold=hold)
        for stroke in (at, at + 0.4 + hold):
            hand.jolt(stroke, mg=60.0, mv=900.0, hz=5.0, tau=tau, dps=0.3)
    found = run(hand.samples())
    assert len(legs(found)) == 8
    assert [m for m in found if m.owner == "partner"] == []


def test_a_partner_who_moves_while_the_bed_still_rings_is_kept():
    hand = Hand().kick(0, 60.0, deg=12.0).jolt(60.0, mg=60.0, mv=900.0, hz=5.0, tau=1.2, dps=0.3)
    hand.jolt(62.8, mg=20.0, mv=600.0, hz=3.0, tau=1.0)
    (partner,) = [m for m in run(hand.samples()) if m.owner == "partner"]
    assert partner.onset_s == pytest.approx(62.8, abs=0.1)
    assert partner.note == "kick_moved_partner"


@pytest.mark.parametrize(
    ("shaken", "strip", "partner"),
    [
        ((60.0, 66.0), True, [60.0]),  # before, meanwhile and after: his one movement
        ((60.0, 66.0), False, [60.0]),  # nobody can tell what came after from ringing
        ((60.0, 63.0), True, [60.0]),
        ((62.5, 67.0), True, [62.5]),
    ],
)
def test_a_kick_in_a_bed_that_shakes_is_as_long_as_the_kick(shaken, strip, partner):
    hand = Hand().kick(0, 62.5, deg=12.0).shake(*shaken)
    for at in np.arange(10.0, 55.0, 5.0):
        hand.kick(0, at, deg=12.0).jolt(at, mg=5.0, mv=60.0, tau=0.2)
    if not strip:
        hand.lose("strip", 0.0, 120.0)
    found = run(hand.samples())
    kick = legs(found)[-1]
    assert [p.side for p in kick.parts] == ["left"]
    assert kick.onset_s == pytest.approx(62.5, abs=0.15)
    assert kick.duration_s == pytest.approx(1.8, abs=0.25)
    assert [m.onset_s for m in found if m.owner == "partner"] == pytest.approx(partner, abs=0.4)
    assert len(found) == 10 + len(partner)


def test_a_turn_is_named_and_not_counted():
    hand = Hand()
    for leg in (0, 1):
        hand.stroke(leg, 60.0, 65.0, 3.0)
    m = one(run(hand.samples()), "body")
    assert (m.side, m.owner) == ("both", "patient")


def test_soft_and_hard_kicks_are_found():
    soft = Hand(noise_mg=8.0, noise_dps=0.25).kick(0, 60.0, deg=3.2, rise=0.38)
    assert len(legs(run(soft.samples()))) == 1
    hard = Hand().kick(0, 60.0, deg=40.0, rise=0.2)
    hard.extra[6000:6020, 0:3] += 8.0 * np.sin(np.linspace(0, 12, 20))[:, None]
    assert len(legs(run(hard.samples()))) == 1  # saturated at 4 g


def test_a_drifting_gyro_bias_neither_hides_nor_makes_a_kick():
    hand = Hand(seconds=300, bias=(6.0, -5.0, 4.0)).kick(0, 200.0)
    hand.extra[:, 3] += hand.t * 0.01
    assert [m.onset_s for m in legs(run(hand.samples()))] == pytest.approx([200.0], abs=0.05)


def test_a_jump_of_the_bias_is_no_movement():
    hand = Hand()
    hand.extra[6000:, 4] += 9.0
    assert legs(run(hand.samples())) == []


def test_without_a_strip_a_kick_is_still_a_kick():
    found = run(Hand().kick(0, 60.0).lose("strip", 0, 120).samples())
    m = one(found, "leg")
    assert m.owner == "patient"
    assert m.evidence.ankle_strip_db is None


def test_with_one_ankle_missing_the_other_is_used():
    found = run(Hand().kick(0, 60.0).lose("right", 0, 120).samples())
    m = one(found, "leg")
    assert m.evidence.common_mode is None


@pytest.mark.parametrize(
    ("lost", "owner"),
    [
        ([], "partner"),
        ([("right", 0.0, 120.0)], "unsure"),
        ([("left", 0.0, 120.0), ("right", 0.0, 120.0)], "unsure"),
        ([("left", 68.0, 73.0)], "unsure"),
        ([("left", 69.5, 71.2)], "unsure"),  # back before the movement is decided on
        ([("left", 40.0, 60.0)], "partner"),
        ([("left", 75.0, 90.0)], "partner"),
    ],
)
def test_what_the_bed_feels_while_an_ankle_is_not_measured_is_nobodys_for_sure(lost, owner):
    hand = Hand().jolt(70.0)
    for gap in lost:
        hand.lose(*gap)
    detector = Detector(GAINS, OFFSETS)
    found = detector.feed(0, hand.samples()) + detector.finish()
    m = one(found, "bed")
    assert (m.owner, m.side, m.parts) == (owner, None, ())
    assert (m.p_patient < 0.2) == (owner == "partner")
    epochs = detector.take_epochs()
    assert (sum(e.partner_moving_s for e in epochs) > 0.3) == (owner == "partner")
    assert sum(e.patient_moving_s for e in epochs) == 0.0


def test_a_jolt_that_turns_one_ankle_while_the_other_is_not_measured_is_nobodys_for_sure():
    hand = Hand().jolt(60.0, mg=60.0, mv=900.0, hz=7.0, tau=0.15, dps=9.0).lose("right", 0, 120)
    found = run(hand.samples())
    assert legs(found) == []
    assert {(m.kind, m.owner, m.side) for m in found} == {("bed", "unsure", None)}


def test_what_follows_a_kick_is_not_called_the_partners_while_an_ankle_is_not_measured():
    hand = Hand().kick(0, 60.0).jolt(62.8)
    assert one(run(hand.samples()), "bed").note == "kick_moved_partner"
    m = one(run(hand.lose("right", 0, 120).samples()), "bed")
    assert (m.owner, m.note) == ("unsure", None)


def test_a_gap_cuts_a_movement_and_its_edges_invent_none():
    hand = Hand().kick(0, 60.0, hold=0.0).lose("left", 60.55, 70.0)
    found = run(hand.samples())
    assert [m.end_tick for m in found if m.side == "left"] == [6055]
    quiet = run(Hand().lose("left", 50.0, 58.3).lose("right", 61.0, 61.2).samples())
    assert quiet == []


def test_a_gap_of_fifty_milliseconds_cuts_nothing():
    m = one(run(Hand().kick(0, 60.0).lose("left", 60.2, 60.25).samples()), "leg")
    assert m.duration_s == pytest.approx(1.8, abs=0.1)


def test_a_gap_that_goes_on_is_known_from_its_first_tick_and_over_a_restart():
    samples = Hand().lose("left", 50.0, 58.3).samples()
    detector = Detector(GAINS, OFFSETS)
    detector.feed(0, samples[:5000])
    assert detector.open_gaps() == []
    detector.feed(5000, samples[5000:5500])
    assert detector.open_gaps() == [Gap("left", 5000, 5500)]
    detector = Detector.restore(detector.snapshot(), GAINS, OFFSETS)
    assert detector.open_gaps() == [Gap("left", 5000, 5500)]
    assert detector.take_gaps() == []
    detector.feed(5500, samples[5500:6000])
    assert detector.open_gaps() == []
    assert detector.take_gaps() == [Gap("left", 5000, 5830)]


def test_a_stuck_sensor_is_a_gap():
    samples = Hand().kick(0, 60.0).samples()
    samples[3000:9000, 0:6] = samples[2999, 0:6]
    detector = Detector(GAINS, OFFSETS)
    found = detector.feed(0, samples) + detector.finish()
    assert legs(found) == []
    assert [(g.device, g.start_tick) for g in detector.take_gaps()] == [("left", 3000)]


def test_a_sensor_read_too_slowly_shows_no_kick():
    samples = Hand().kick(0, 60.0).samples()
    samples[:, :12] = np.repeat(samples[::61, :12], 61, axis=0)[: len(samples)]
    assert legs(run(samples)) == []


def test_walking_is_walking_and_out_of_bed():
    hand = Hand(seconds=180)
    walk = (hand.t > 80) & (hand.t < 100)
    for leg in (0, 1):
        hand.angle[leg] += np.radians(90) * np.clip((hand.t - 76) / 2, 0, 1)
        swing = np.sin(2 * np.pi * 0.95 * (hand.t - 80) + leg * np.pi)
        hand.angle[leg] += np.where(walk, np.radians(25) * swing, 0.0)
        hand.angle[leg] -= np.radians(90) * np.clip((hand.t - 130) / 2, 0, 1)
    detector = Detector(GAINS, OFFSETS)
    found = detector.feed(0, hand.samples()) + detector.finish()
    assert "walk" in {m.kind for m in found}
    assert legs(found) == []
    in_bed = [e.in_bed_s for e in detector.take_epochs()]
    assert in_bed[0] == 30.0
    assert in_bed[3] == 0.0
    assert in_bed[5] == 30.0


def up_and_back(hand, at, standing_s=40.0, walk_s=15.0):
    """Get up, walk, stand, walk back, lie down; return when each leg shifted while standing."""
    axis = np.radians(85)
    back = at + 3 + walk_s + standing_s
    down = back + walk_s + 2
    for leg in (0, 1):
        hand.angle[leg] += axis * np.clip((hand.t - at) / 2, 0, 1)
        for begin in (at + 3, back):
            stride = np.sin(2 * np.pi * 0.9 * (hand.t - begin) + leg * np.pi)
            on = (hand.t > begin) & (hand.t < begin + walk_s)
            hand.angle[leg] += np.where(on, np.radians(24) * stride, 0.0)
        hand.angle[leg] -= axis * np.clip((hand.t - down) / 2, 0, 1)
    for shift in np.arange(at + 3 + walk_s + 5, back - 4, 6.0):
        hand.kick(int(shift) % 2, float(shift), deg=10.0)
    return hand, down + 3


def test_shifting_feet_while_up_is_no_kick_and_the_next_kick_in_bed_is():
    hand, down = up_and_back(Hand(seconds=240), 80.0)
    hand.kick(0, down + 15.0)
    found = legs(run(hand.samples()))
    assert [m.onset_s for m in found] == pytest.approx([down + 15.0], abs=0.06)


def test_what_the_bed_feels_while_the_sleeper_is_up_is_the_partners_though_an_ankle_is_missing():
    hand, down = up_and_back(Hand(seconds=240), 80.0)
    hand.extra[:, 12] += Hand(240).jolt(118.5, legs=()).jolt(down + 20.0, legs=()).extra[:, 12]
    found = run(hand.lose("right", 0, 240).samples())
    owners = {int(m.onset_s): m.owner for m in found if m.kind == "bed"}
    assert (owners[118], owners[int(down + 20.0)]) == ("partner", "unsure")


def test_legs_that_move_long_and_fast_in_bed_do_not_end_the_night():
    hand = Hand(seconds=260)
    busy = (hand.t > 80) & (hand.t < 92)
    for leg in (0, 1):
        swing = np.sin(2 * np.pi * 1.3 * (hand.t - 80) + leg)
        hand.angle[leg] += np.where(busy, np.radians(20) * swing, 0.0)
    for at in (140.0, 170.0, 200.0):
        hand.kick(1, at)
    assert len(legs(run(hand.samples()))) >= 3


@pytest.mark.parametrize(
    ("steps", "apart_s", "lost", "up"),
    [
        (4, 12.0, "right", True),  # four in 36 s that nobody makes in a bed that feels every kick
        (3, 12.0, "right", False),
        (4, 25.0, "right", False),  # not within a minute: a strip that slid away feels none either
        (4, 12.0, None, False),  # two ankles show a walk
    ],
)
def test_strong_steps_of_one_ankle_that_the_strip_does_not_feel_are_of_somebody_up(
    steps, apart_s, lost, up
):
    hand = Hand(seconds=560)
    for at in np.arange(60.0, 420.0, 20.0):
        hand.kick(0, at, deg=12.0).jolt(at + 0.05, mg=0.0, mv=300.0, dps=0.0)
    for step in range(steps):
        hand.kick(0, 430.0 + apart_s * step, deg=12.0)
    if lost:
        hand.lose(lost, 0, 560)
    detector = Detector(GAINS, OFFSETS)
    detector.feed(0, hand.samples())
    detector.finish()
    out = [i for i, epoch in enumerate(detector.take_epochs()) if epoch.in_bed_s < 30.0]
    assert out[:1] == ([450 // 30] if up else [])  # the epoch of the first two was told before


def test_steps_after_a_rest_on_ones_feet_are_no_kicks_though_the_shanks_point_as_in_bed():
    hand = Hand(seconds=520)
    for at in np.arange(60.0, 280.0, 20.0):
        hand.kick(0, at, deg=12.0).jolt(at + 0.05, mg=0.0, mv=300.0, dps=0.0)
    walk = (hand.t > 300) & (hand.t < 320)
    for leg in (0, 1):
        stride = np.sin(2 * np.pi * 0.95 * (hand.t - 300) + leg * np.pi)
        hand.angle[leg] += np.where(walk, np.radians(25) * stride, 0.0)
    steps = [370.0, 377.0, 384.0, 391.0, 398.0]
    for i, at in enumerate(steps):
        hand.kick(i % 2, at, deg=12.0)
    for at in (470.0, 490.0):
        hand.kick(0, at, deg=12.0).jolt(at + 0.05, mg=0.0, mv=300.0, dps=0.0)
    found = [m.onset_s for m in legs(run(hand.samples())) if m.onset_s > 300.0]
    assert found == pytest.approx([370.0, 470.0, 490.0], abs=0.06)  # the first was told before


def test_sitting_up_again_is_known_from_the_walk_before():
    hand, down = up_and_back(Hand(seconds=330), 80.0)
    for leg in (0, 1):
        hand.angle[leg] += np.radians(85) * np.clip((hand.t - down - 90) / 2, 0, 1)
    for at in (down + 97.0, down + 103.0):
        hand.kick(0, at)
    assert legs(run(hand.samples())) == []


def test_epochs_account_for_time():
    detector = Detector(GAINS, OFFSETS)
    hand = Hand().kick(0, 40.0, hold=0.8).jolt(70.0).lose("right", 90, 120)
    detector.feed(0, hand.samples())
    detector.finish()
    epochs = detector.take_epochs()
    assert [e.index for e in epochs] == [0, 1, 2, 3]
    assert epochs[1].patient_moving_s == pytest.approx(1.8, abs=0.1)
    assert epochs[2].partner_moving_s > 0.3
    assert [e.usable_right_s for e in epochs] == [30.0, 30.0, 30.0, 0.0]
    assert epochs[1].activity_mg_s > 0.0


def test_a_decision_comes_soon_after_the_half_second():
    samples = Hand().kick(0, 60.0, hold=0.0).samples()
    detector = Detector(GAINS, OFFSETS)
    for first in range(0, len(samples), 10):
        if detector.feed(first, samples[first : first + 10]):
            assert (first + 10) / 100 - 61.0 <= 0.75
            return
    pytest.fail("the kick was never reported")


# -- refusals ------------------------------------------------------------------------------------


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="13 numbers"):
        Detector(GAINS[:5], OFFSETS)
    with pytest.raises(ValueError, match="finite"):
        Detector(GAINS * np.nan, OFFSETS)
    detector = Detector(GAINS, OFFSETS)
    with pytest.raises(ValueError, match="int16"):
        detector.feed(0, np.zeros((5, 12), np.int16))
    detector.feed(0, np.zeros((5, 13), np.int16))
    with pytest.raises(ValueError, match="already fed"):
        detector.feed(3, np.zeros((5, 13), np.int16))
    with pytest.raises(ValueError, match="damaged"):
        Detector.restore(detector.snapshot()[:-8], GAINS, OFFSETS)


# -- what holds for any signal -------------------------------------------------------------------


def busy(seed=5):
    hand = Hand(seconds=150, seed=seed)
    hand.kick(0, 30.0).kick(1, 30.4, hold=3.0).jolt(45.0).stroke(0, 55.0, 30.0, 1.0)
    hand.kick(0, 70.0).jolt(72.3).kick(1, 88.0, deg=4.0).kick(0, 95.0, hold=6.0)
    hand.lose("left", 110.0, 112.0).lose("strip", 60.0, 60.03).kick(0, 111.6).jolt(130.0)
    hand.stroke(1, 116.0, 9.0, 0.2).kick(1, 117.2, -5.0, 0.2, 0.0, 0.2).stroke(1, 119.0, -9.0, 0.2)
    hand.stroke(1, 134.0, 9.0, 0.3).kick(1, 136.0, 6.0, 0.2, 0.4, 0.3)
    hand.kick(0, 20.0, hold=2.0).shake(19.0, 24.5)
    return hand.samples()


def test_absent_ticks_are_missing_ticks():
    samples = busy()
    filled = samples.copy()
    filled[8000:9100] = MISSING
    detector = Detector(GAINS, OFFSETS)
    found = detector.feed(0, samples[:8000]) + detector.feed(9100, samples[9100:])
    assert found + detector.finish() == run(filled)


@settings(max_examples=25)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=40), st.integers(0, 2**16))
def test_any_cutting_and_any_crash_give_the_same(cuts, restore_bits):
    samples = busy()
    whole = Detector(GAINS, OFFSETS)
    expected = whole.feed(0, samples) + whole.finish()
    detector = Detector(GAINS, OFFSETS)
    found, epochs, gaps, at, k = [], [], [], 0, 0
    while at < len(samples):
        end = at + cuts[k % len(cuts)]
        found += detector.feed(at, samples[at:end])
        epochs += detector.take_epochs()
        gaps += detector.take_gaps()
        if restore_bits >> (k % 17) & 1:
            detector = Detector.restore(detector.snapshot(), GAINS, OFFSETS)
        at, k = end, k + 1
    found += detector.finish()
    assert found == expected
    assert epochs + detector.take_epochs() == whole.take_epochs()
    assert gaps + detector.take_gaps() == whole.take_gaps()


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["noise", "rails", "constant", "holes"]))
def test_no_signal_breaks_it(seed, style):
    rng = np.random.default_rng(seed)
    x = rng.integers(-32768, 32768, (2000, 13)).astype(np.int16)
    if style == "rails":
        x = rng.choice(np.array([-32768, -32767, 32767], np.int16), (2000, 13))
    elif style == "constant":
        x[:] = x[0]
    elif style == "holes":
        x[rng.random((2000, 13)) < 0.1] = MISSING
    for m in run(x):
        assert 0 <= m.onset_tick < m.end_tick <= 2000
        assert m.p_patient is None or 0.0 <= m.p_patient <= 1.0
        assert m.peak_mg is None or np.isfinite(m.peak_mg)


def test_a_night_goes_on_with_the_calibration_it_began_with():
    learnt = BedCalibration(patient_db=3.0, partner_db=-18.0, lag_ms=20.0, ring_down_s=1.2)
    samples = busy()
    whole = run(samples, calibration=learnt)
    detector = Detector(GAINS, OFFSETS, learnt)
    found = detector.feed(0, samples[:6000])
    detector = Detector.restore(detector.snapshot(), GAINS, OFFSETS)
    assert found + detector.feed(6000, samples[6000:]) + detector.finish() == whole


@pytest.mark.parametrize(("ring_s", "ticks"), [(None, 50), (0.05, 20), (1.2, 120), (9.0, 200)])
def test_the_calibrated_ring_down_is_how_long_the_bed_rings(ring_s, ticks):
    assert in_this_bed(PARAMETERS, BedCalibration(ring_down_s=ring_s)).ring_ticks == ticks


def test_only_the_scale_of_the_strip_changes_nothing_but_its_reading():
    samples = busy()
    gains = GAINS.copy()
    gains[12] *= -0.01
    detector = Detector(gains, OFFSETS)
    found = detector.feed(0, samples) + detector.finish()
    key = [(m.onset_tick, m.kind, m.owner) for m in run(samples)]
    assert [(m.onset_tick, m.kind, m.owner) for m in found] == key


def test_thresholds_are_arguments():
    deaf = replace(PARAMETERS, onset_min_dps=1e6, onset_unbiased_dps=1e6)
    assert legs(run(busy(), parameters=deaf)) == []
