"""Every dial of the bed does what its name says, up to the hostile end."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from drivers.simulated.bed import (
    SCENARIOS,
    AnkleSensor,
    Bed,
    Mattress,
    Sleeper,
    StripSensor,
    bed_block,
    coupled,
)

PERFECT = AnkleSensor(
    noise_mg=0.0, noise_dps=0.0, gyro_bias_dps=0.0, gyro_drift_dps=0.0, scale_error=0.0,
    offset_mg=0.0, accel_range_g=100.0, gyro_range_dps=1e5,
)  # fmt: skip
SILENT = StripSensor(heart_mv=0.0, breath_mv=0.0, noise_mv=0.0, rail_mv=1e9)
QUIET = replace(SCENARIOS["quiet"], left=PERFECT, right=PERFECT, strip=SILENT)
CALM = QUIET.patient
KICKER = replace(CALM, isolated_per_h=30.0, short_interval=0.0)


def planned(scenario, seed=1, until_s=2 * 3600.0):
    bed = Bed(scenario, seed)
    bed.plan_until(until_s)
    return bed


def partner_only(mattress=None, **dials):
    partner = replace(CALM, **(dials or {"isolated_per_h": 30.0}))
    return replace(QUIET, partner=partner, mattress=mattress or Mattress(contact=0.0))


def spectrum(values, rate_hz):
    values = (values - values.mean()) * np.hanning(values.size)
    return np.fft.rfftfreq(values.size, 1.0 / rate_hz), np.abs(np.fft.rfft(values))


def patient_kicks(bed):
    return [m for m in bed.truth if m.who == "patient" and m.kind == "kick"]


def test_all_the_nights_of_the_issue_have_a_name():
    assert set(SCENARIOS) == {
        "typical", "severe", "near_normal", "restless_partner", "partner_plms", "alone",
        "loose_strap", "ringing_bed", "soft_kicks", "restless_patient", "unplugged_ankle",
        "blind_strip", "no_strip", "quiet", "demo",
        "sit_calm", "sit_restless", "sit_stands_up", "sit_couple",
    }  # fmt: skip
    assert all(scenario.name == name for name, scenario in SCENARIOS.items())


def test_in_a_quiet_night_nothing_moves():
    bed = planned(SCENARIOS["quiet"], until_s=8 * 3600.0)
    assert bed.truth == ()
    assert np.ptp(bed_block(bed, 0, 6000)[:, :6], axis=0).max() < 200


# ---------------------------------------------------------------------- sensors
@pytest.mark.parametrize("mg", [1.0, 10.0])
def test_the_noise_floor_is_the_one_asked_for(mg):
    bed = Bed(replace(QUIET, left=replace(PERFECT, noise_mg=mg, noise_dps=0.1 * mg)), 1)
    x = bed.left.sample(np.arange(0.0, 100.0, 1.0 / 104.2))
    assert x[:, :3].std(axis=0) * 1000.0 == pytest.approx([mg] * 3, rel=0.05)
    assert x[:, 3:].std(axis=0) == pytest.approx([0.1 * mg] * 3, rel=0.05)
    steps = np.diff(x[:, 0])
    assert np.corrcoef(x[1:, 0], x[:-1, 0])[0, 1] == pytest.approx(0.0, abs=0.04), "white"
    assert np.count_nonzero(steps == 0.0) == 0, "no sample twice"


def test_gyro_bias_stays_and_drift_wanders():
    def level(dials, t0):
        bed = Bed(replace(QUIET, left=dials), 3)
        return bed.left.sample(t0 + np.arange(0.0, 2.0, 0.01))[:, 3:].mean(axis=0)

    biased = replace(PERFECT, gyro_bias_dps=4.0)
    assert np.abs(level(biased, 0.0)).max() > 2.0
    assert level(biased, 0.0) == pytest.approx(level(biased, 20000.0), abs=1e-9)
    drifting = replace(PERFECT, gyro_drift_dps=3.0)
    away = np.abs(level(drifting, 0.0) - level(drifting, 7200.0))
    assert 1.0 < away.max() <= 6.0


def test_scale_and_offset_errors_show_at_rest():
    t = np.arange(0.0, 1.0, 0.01)
    wrong = Bed(replace(QUIET, left=replace(PERFECT, scale_error=0.03, offset_mg=30.0)), 2)
    right = Bed(QUIET, 2)
    off = np.linalg.norm(wrong.left.sample(t)[:, :3] - right.left.sample(t)[:, :3], axis=1)
    assert 0.005 < off.mean() < 0.2
    assert np.linalg.norm(right.left.sample(t)[:, :3], axis=1) == pytest.approx(1.0, abs=1e-3)


def test_gravity_comes_from_any_direction():
    directions = [Bed(QUIET, seed).left.sample(np.array([1.0]))[0, :3] for seed in range(40)]
    assert np.abs(np.mean(directions, axis=0)).max() < 0.35
    assert np.min(directions) < -0.9
    assert np.max(directions) > 0.9


def test_hard_kicks_saturate_at_the_sensors_ranges():
    hard = replace(KICKER, kick_deg=40.0, kick_min_deg=35.0)
    sensor = replace(PERFECT, accel_range_g=2.0, gyro_range_dps=250.0)
    bed = planned(replace(QUIET, patient=hard, left=sensor, right=sensor))
    x = np.concatenate([_around(bed, m) for m in patient_kicks(bed)])
    assert x[:, :3].max() == 2.0
    assert x[:, 3:].max() == 250.0
    assert (np.abs(x[:, 3:]) == 250.0).sum() > 20


def _around(bed, movement, margin_s=1.0):
    t = np.arange(movement.onset_s - margin_s, movement.end_s + margin_s, 0.01)
    source = bed.left if movement.side in ("left", None) else bed.right
    return source.sample(t)


def test_a_stuck_sensor_repeats_its_value_and_recovers():
    stuck = AnkleSensor(stuck_s=((50.0, 70.0),))
    bed = Bed(replace(QUIET, right=stuck), 1)
    t = np.arange(40.0, 80.0, 0.01)
    x = bed.right.sample(t)
    inside = (t >= 50.0) & (t < 70.0)
    assert np.ptp(x[inside], axis=0).max() == 0.0
    assert np.ptp(x[~inside], axis=0).min() > 0.0


def test_a_late_sensor_shows_everything_late():
    scenario = replace(QUIET, patient=KICKER)
    late = replace(scenario, left=replace(PERFECT, late_ms=120.0))
    kick = next(m for m in patient_kicks(planned(scenario)) if m.side != "right")
    t = np.arange(kick.onset_s, kick.end_s, 0.01)
    on_time, behind = Bed(scenario, 1).left.sample(t), Bed(late, 1).left.sample(t + 0.12)
    assert behind == pytest.approx(on_time, abs=1e-9)
    first = round(kick.onset_s * 100)
    tardy = Bed(late, 1)
    assert np.array_equal(
        tardy.on_grid("left", first, 500),
        tardy.sample("left", np.arange(first, first + 500) / 100.0),
    )


def test_a_loose_strap_wobbles_after_the_leg_has_stopped_and_rattles():
    scenario = replace(QUIET, patient=KICKER, mattress=Mattress(cross_leg=0.0))
    loose = replace(PERFECT, loose_hz=5.0, loose_damping=0.1)
    rattling = replace(PERFECT, rattle_mg=60.0)

    def after(dials):
        bed = planned(replace(scenario, left=dials, right=dials))
        swings = []
        for m in patient_kicks(bed):
            for part in m.parts:
                end = part.onset_s + part.duration_s
                t = end + np.arange(0.05, 0.4, 0.01)
                swings.append(np.abs(bed.sample(part.side, t)[:, 3:]).max())
        return np.median(swings)

    assert after(PERFECT) < 0.2
    assert after(loose) > 2.0
    kick = patient_kicks(planned(scenario))[0]
    tight, rattled = (
        np.diff(_around(planned(replace(scenario, left=d, right=d)), kick)[:, :3], axis=0).std()
        for d in (PERFECT, rattling)
    )
    assert rattled > 1.2 * tight


def test_a_loose_strap_still_shows_a_true_rotation():
    """The gyroscope's integral returns to zero with the leg."""
    loose = replace(PERFECT, loose_hz=5.0)
    bed = planned(replace(QUIET, patient=KICKER, left=loose, right=loose))
    for m in patient_kicks(bed)[:5]:
        t = np.arange(m.onset_s - 0.5, m.end_s + 3.0, 0.005)
        turned = bed.sample(m.parts[0].side, t)[:, 3:].sum(axis=0) * 0.005
        assert np.abs(turned).max() < 0.5


# ---------------------------------------------------------------------- strip
def test_mains_rides_on_the_strip_at_its_own_frequency():
    bed = Bed(replace(QUIET, strip=replace(SILENT, mains_mv=40.0)), 1)
    x = bed.strip.sample(np.arange(0.0, 60.0, 0.002))[:, 0]
    frequency, size = spectrum(x, 500.0)
    assert frequency[size.argmax()] == pytest.approx(49.97, abs=0.03)
    assert x.std() * np.sqrt(2.0) == pytest.approx(40.0, rel=0.01)


@pytest.mark.parametrize(("stuck", "level"), [("mid", 0.0), ("rail", 1650.0)])
def test_a_dead_strip_sits_still_whatever_happens(stuck, level):
    bed = Bed(replace(SCENARIOS["severe"], strip=StripSensor(stuck=stuck)), 1)
    x = bed.strip.sample(np.arange(0.0, 3600.0, 0.01))
    assert np.abs(x - level).max() < 0.5
    assert x.max() <= 1650.0


def test_the_strip_clips_at_its_rails():
    loud = Mattress(patient_strip_mv_per_g=20000.0)
    bed = planned(replace(QUIET, patient=KICKER, mattress=loud, strip=StripSensor(rail_mv=900.0)))
    kick = max(patient_kicks(bed), key=lambda m: m.peak_mg)
    x = bed.strip.sample(np.arange(kick.onset_s, kick.end_s, 0.01))
    assert x.max() == 900.0
    assert x.min() == -900.0


def test_the_strip_feels_heart_and_breath_in_their_bands():
    bed = Bed(replace(QUIET, strip=replace(SILENT, heart_mv=6.0, breath_mv=10.0)), 1)
    x = bed.strip.sample(np.arange(0.0, 300.0, 0.01))[:, 0]
    frequency, size = spectrum(x, 100.0)
    slow = (frequency > 0.1) & (frequency < 0.6)
    fast = (frequency > 0.8) & (frequency < 20.0)
    assert frequency[slow][size[slow].argmax()] == pytest.approx(14.0 / 60.0, abs=0.06)
    heart = (frequency > 2.9) & (frequency < 7.8)
    assert (size[heart] ** 2).sum() > 0.6 * (size[fast] ** 2).sum()
    beats = size[(frequency > 4.0) & (frequency < 6.0)]
    assert beats.max() > 5.0 * np.median(beats), "harmonics of the pulse"


def test_two_sleepers_breathe_on_the_strip_and_one_when_the_patient_is_up():
    strip = replace(SILENT, breath_mv=10.0)
    both = replace(QUIET, partner=CALM, strip=strip, bathroom_s=(600.0,))
    bed = planned(both, until_s=1500.0)
    ((_, up), (back, _)) = bed.truth_in_bed
    assert 600.0 < up < 610.0
    assert 120.0 < back - up < 400.0
    gone = bed.strip.sample(np.arange(up + 10.0, back - 10.0, 0.05)).std()
    here = bed.strip.sample(np.arange(100.0, 500.0, 0.05)).std()
    assert gone < 0.6 * here
    assert gone > 1.0


# ---------------------------------------------------------------------- mattress
@pytest.mark.parametrize("hz", [5.0, 12.0])
def test_the_bed_rings_at_its_own_frequency_and_dies_away(hz):
    damping = 0.03
    bed = planned(partner_only(Mattress(ring_hz=hz, ring_damping=damping, contact=0.0)))
    kick = max((m for m in bed.truth if m.kind == "kick"), key=lambda m: m.peak_mg)
    t = np.arange(kick.end_s + 0.1, kick.end_s + 2.1, 0.005)
    x = bed.strip.sample(t)[:, 0]
    frequency, size = spectrum(x, 200.0)
    assert frequency[size.argmax()] == pytest.approx(hz, abs=0.6)
    early, late = x[:200].std(), x[200:].std()
    expected = np.exp(-damping * 2.0 * np.pi * hz * 1.0)
    assert late / early == pytest.approx(expected, rel=0.35)


def test_coupling_is_the_size_of_the_partners_jolt_up_to_that_of_a_soft_kick():
    peaks = [
        np.array([m.peak_mg for m in planned(coupled(partner_only(), c)).truth])
        for c in (0.04, 0.08, 0.25)
    ]
    assert peaks[1] == pytest.approx(2.0 * peaks[0], rel=0.02)
    assert 3.0 < np.median(peaks[0]) < 40.0
    soft = np.median(
        [
            m.peak_mg
            for m in patient_kicks(
                planned(
                    replace(QUIET, patient=replace(SCENARIOS["soft_kicks"].patient, plm_per_h=60.0))
                )
            )
        ]
    )
    assert 0.5 * soft < np.median(peaks[2]) < 3.0 * soft


def test_a_jolt_translates_both_ankles_alike_and_hardly_turns_them():
    bed = planned(partner_only(Mattress(coupling=0.1, contact=0.0, leg_imbalance=0.0)))
    kick = sorted(bed.truth, key=lambda m: m.peak_mg)[len(bed.truth) // 2]
    t = np.arange(kick.onset_s, kick.end_s + 1.0, 0.005)
    legs = [s.sample(t) for s in (bed.left, bed.right)]
    size = [np.abs(np.linalg.norm(x[:, :3], axis=1) - 1.0) for x in legs]
    assert np.corrcoef(*size)[0, 1] > 0.98
    for x in legs:
        turned = np.linalg.norm(np.cumsum(np.radians(x[:, 3:]) * 0.005, axis=0), axis=1)
        assert np.degrees(turned.max()) < 1.5


def test_the_ankles_feel_a_jolt_after_the_strip():
    at = {}
    for lag in (0.0, 40.0):
        bed = planned(partner_only(Mattress(lag_ms=lag, contact=0.0)))
        kick = max(bed.truth, key=lambda m: m.peak_mg)
        t = np.arange(kick.onset_s, kick.end_s + 1.0, 0.001)
        x = np.linalg.norm(bed.left.sample(t)[:, :3], axis=1) - 1.0
        at[lag] = t[np.abs(x).argmax()]
    assert at[40.0] - at[0.0] == pytest.approx(0.04, abs=0.003)


def test_legs_that_touch_are_pushed_and_the_truth_says_which():
    bed = planned(partner_only(Mattress(contact=1.0, push_deg=8.0)))
    pushes = [m for m in bed.truth if m.kind == "push"]
    assert len(pushes) == len(bed.truth) > 30
    assert {m.who for m in pushes} == {"partner"}
    assert {m.side for m in pushes} == {"left", "right"}
    assert np.mean([m.visible for m in pushes]) > 0.8
    for m in pushes[:10]:
        (part,) = m.parts
        t = np.arange(part.onset_s, part.onset_s + part.duration_s, 0.01)
        other = "right" if part.side == "left" else "left"
        pushed, still = (np.abs(bed.sample(side, t)[:, 3:]).max() for side in (part.side, other))
        assert pushed > 5.0 * still


def test_a_turning_partner_rolls_the_patient_and_leaves_both_legs_tilted():
    rolls = Mattress(partner_rolls=1.0)
    bed = planned(partner_only(rolls, turns_per_h=10.0))
    tilts = []
    for m in bed.truth:
        x = bed.left.sample(np.array([m.onset_s - 0.1, m.end_s + 4.0]))[:, :3]
        tilts.append(np.degrees(np.arccos(np.clip(x[0] @ x[1], -1.0, 1.0))))
    assert len(tilts) > 8
    assert 0.5 < np.median(tilts) < 4.5


def test_a_kick_reaches_the_other_leg_weakly():
    bed = planned(replace(QUIET, patient=replace(KICKER, both_legs=0.0)))
    for m in patient_kicks(bed):
        t = np.arange(m.onset_s, m.end_s, 0.01)
        (part,) = m.parts
        other = "right" if part.side == "left" else "left"
        own = np.abs(bed.sample(part.side, t)[:, 3:]).max()
        assert np.abs(bed.sample(other, t)[:, 3:]).max() < 0.2 * own


# ---------------------------------------------------------------------- sleepers
def test_soft_kicks_are_soft_and_hard_ones_reach_three_g():
    soft = patient_kicks(planned(SCENARIOS["soft_kicks"], until_s=4 * 3600.0))
    assert np.median([m.peak_dps for m in soft]) < 35.0
    assert 25.0 < min(m.peak_mg for m in soft) < 60.0
    hard = replace(KICKER, kick_deg=45.0, isolated_per_h=100.0)
    assert max(m.peak_mg for m in patient_kicks(planned(replace(QUIET, patient=hard)))) > 3000.0


@pytest.mark.parametrize(("share", "sides"), [(0.0, {"left", "right"}), (1.0, {"both"})])
def test_one_leg_or_both(share, sides):
    bed = planned(replace(QUIET, patient=replace(KICKER, both_legs=share)))
    assert {m.side for m in patient_kicks(bed)} == sides


def test_alternating_series_take_turns():
    dials = replace(CALM, plm_per_h=60.0, both_legs=0.0, alternating=1.0, short_interval=0.0)
    kicks = patient_kicks(planned(replace(QUIET, patient=dials)))
    same = [a.side == b.side for a, b in pairwise(kicks)
            if b.onset_s - a.onset_s < 89.0]  # fmt: skip
    assert len(same) > 30
    assert not any(same)


def test_holds_are_still_or_tremble():
    def shaking(still):
        dials = replace(KICKER, still_hold=still, duration_s=6.0, duration_gsd=1.1, both_legs=0.0)
        bed = planned(replace(QUIET, patient=dials, mattress=Mattress(ring_damping=0.3)))
        sizes = []
        for m in patient_kicks(bed):
            middle = (m.onset_s + m.end_s) / 2.0 + np.arange(-0.5, 0.5, 0.01)
            sizes.append(bed.sample(m.side, middle)[:, 3:].std(axis=0).max())
        return np.median(sizes)

    assert shaking(1.0) < 0.01
    assert shaking(0.0) > 0.5


def test_legs_may_come_back_to_a_slightly_different_place():
    def missed(error):
        dials = replace(KICKER, return_error=error, both_legs=0.0)
        bed = planned(replace(QUIET, patient=dials))
        tilts = []
        for m in patient_kicks(bed):
            ends = np.array([m.onset_s - 0.1, m.end_s + 5.0])
            a, b = bed.sample(m.side, ends)[:, :3]
            tilts.append(np.degrees(np.arccos(np.clip(a @ b, -1.0, 1.0))))
        return np.median(tilts)

    assert missed(0.0) < 0.1
    assert 0.5 < missed(0.15) < 4.0


def test_short_intervals_come_two_to_four_seconds_apart():
    dials = replace(KICKER, short_interval=1.0, isolated_per_h=5.0, duration_s=1.0)
    bed = planned(replace(QUIET, patient=replace(dials, duration_gsd=1.05)), until_s=300.0 * 12)
    notes = [m.note for m in patient_kicks(bed)]
    assert "short_interval" in notes
    gaps = [b.onset_s - a.onset_s for a, b in pairwise(bed.truth)
            if b.note == "short_interval"]  # fmt: skip
    assert np.mean([1.9 < gap < 4.1 for gap in gaps]) > 0.9, "but for those in each other's way"


def test_walking_swings_the_legs_in_turn_and_leaves_the_strip_silent():
    bed = planned(replace(QUIET, bathroom_s=(300.0,)), until_s=900.0)
    (walk,) = bed.truth
    assert (walk.kind, walk.side, walk.visible) == ("walk", "both", True)
    t = np.arange(walk.onset_s + 5.0, walk.onset_s + 12.0, 0.01)
    left, right = (np.linalg.norm(s.sample(t)[:, 3:], axis=1) for s in (bed.left, bed.right))
    for rate in (left, right):
        assert 180.0 < rate.max() < 400.0
    assert not np.any((left > 180.0) & (right > 180.0))
    assert np.abs(bed.strip.sample(t)).max() < 0.5
    x = [bed.left.sample(np.array([at]))[0, :3] for at in (299.0, 340.0, walk.end_s + 5.0)]
    tilt = [np.degrees(np.arccos(np.clip(x[0] @ v, -1.0, 1.0))) for v in x[1:]]
    assert tilt[0] > 50.0
    assert tilt[1] < 1.0


def test_the_partner_does_not_shake_a_patient_who_is_up():
    partner = replace(CALM, isolated_per_h=600.0, short_interval=0.0)
    bed = planned(replace(QUIET, partner=partner, bathroom_s=(300.0,)), until_s=900.0)
    ((_, up), (back, _)) = bed.truth_in_bed
    inside = [m for m in bed.truth if m.kind == "kick" and up + 2.0 < m.onset_s < back - 5.0]
    assert len(inside) > 5
    assert max(m.peak_mg for m in inside) < 1.0
    assert max(m.peak_mg for m in bed.truth if m.kind == "kick" and m.onset_s < 299.0) > 1.0


def test_arms_move_the_strip_and_hardly_the_ankles():
    bed = planned(replace(QUIET, patient=replace(CALM, arms_per_h=30.0)))
    assert bed.truth
    for m in bed.truth:
        assert (m.kind, m.side, m.visible) == ("arm", None, False)
        assert m.peak_mg < 50.0
        t = np.arange(m.onset_s, m.end_s, 0.01)
        assert np.abs(bed.strip.sample(t)).max() > 3.0


def test_a_cough_shakes_both_ankles_alike_and_is_no_movement_of_a_leg():
    bed = planned(replace(QUIET, patient=replace(CALM, coughs_per_h=20.0)))
    assert len(bed.truth) > 20
    for m in bed.truth:
        assert (m.kind, m.side, m.visible, m.note) == ("arm", None, False, "cough")
    m = bed.truth[0]
    t = np.arange(m.onset_s, m.end_s, 0.005)
    shakes = [np.linalg.norm(s.sample(t)[:, :3], axis=1) - 1.0 for s in (bed.left, bed.right)]
    assert np.corrcoef(*shakes)[0, 1] > 0.95
    assert np.abs(bed.strip.sample(t)).max() > 30.0


def test_a_partner_who_always_answers_and_a_patient_who_is_always_disturbed():
    both = replace(
        QUIET, patient=replace(KICKER, isolated_per_h=15.0), partner=replace(CALM, turns_per_h=3.0),
        answers=1.0, disturbed=1.0,
    )  # fmt: skip
    bed = planned(both, until_s=4 * 3600.0)
    caused = {m.caused_by for m in bed.truth if m.caused_by is not None}
    causes = [
        i for i, m in enumerate(bed.truth)
        if m.onset_s < 4 * 3600.0 - 60.0
        and ((m.who == "patient" and m.kind == "kick") or (m.who == "partner" and m.kind == "turn"))
    ]  # fmt: skip
    assert len(causes) > 40
    assert set(causes) <= caused
    for m in bed.truth:
        if m.caused_by is not None:
            cause = bed.truth[m.caused_by]
            assert cause.who != m.who
            assert 0.3 < m.onset_s - cause.onset_s < 30.0


def test_a_partner_with_plms_keeps_the_same_rhythm():
    bed = planned(SCENARIOS["partner_plms"], seed=3, until_s=8 * 3600.0)
    tempo = {}
    for who in ("patient", "partner"):
        onsets = [m.onset_s for m in bed.truth if m.who == who and m.kind in ("kick", "push")]
        gaps = np.diff(onsets)
        tempo[who] = np.exp(np.log(gaps[(gaps > 10.0) & (gaps < 90.0)]).mean())
        assert len(onsets) > 80
    assert tempo["partner"] == pytest.approx(tempo["patient"], rel=0.25)


def test_a_sleeper_alone_has_no_partner_in_the_truth():
    assert {m.who for m in planned(SCENARIOS["alone"]).truth} == {"patient"}


def test_dials_are_frozen():
    with pytest.raises(AttributeError):
        SCENARIOS["typical"].name = "mine"
    with pytest.raises(AttributeError):
        Sleeper().plm_per_h = 3.0
