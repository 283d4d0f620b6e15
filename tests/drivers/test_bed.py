"""The simulated bed: consistent with physics, with itself, and with the literature's figures."""

from dataclasses import replace
from itertools import chain, pairwise

import numpy as np
import pytest

from drivers.channels import MISSING, NightScale
from drivers.simulated.bed import (
    SCENARIOS,
    VISIBLE_DPS,
    VISIBLE_MG,
    AnkleSensor,
    Bed,
    StripSensor,
    bed_block,
    bed_night,
)
from drivers.simulated.bed.plan import Planner

PERFECT = AnkleSensor(
    noise_mg=0.0, noise_dps=0.0, gyro_bias_dps=0.0, gyro_drift_dps=0.0, scale_error=0.0,
    offset_mg=0.0, accel_range_g=100.0, gyro_range_dps=1e5,
)  # fmt: skip
SILENT_STRIP = StripSensor(heart_mv=0.0, breath_mv=0.0, noise_mv=0.0, rail_mv=1e9)


def perfect(name, **changes):
    return replace(SCENARIOS[name], left=PERFECT, right=PERFECT, strip=SILENT_STRIP, **changes)


@pytest.fixture(scope="module")
def clean_bed():
    bed = Bed(perfect("typical"), 3)
    bed.plan_until(3 * 3600.0)
    return bed


def alone(bed, movement, margin_s=3.0):
    return not any(
        other is not movement
        and other.onset_s < movement.end_s + margin_s
        and other.end_s > movement.onset_s - margin_s
        for other in bed.truth
    )


def turned(gravity, rate_dps, dt):
    """Turn a vector by a sensor's angular rates: dg/dt = -omega x g (Rodrigues, midpoints)."""
    omega = np.radians((rate_dps[1:] + rate_dps[:-1]) / 2.0) * dt
    for step in omega:
        angle = np.linalg.norm(step)
        if angle > 0.0:
            k = step / angle
            gravity = (
                gravity * np.cos(angle)
                - np.cross(k, gravity) * np.sin(angle)
                + k * (k @ gravity) * (1.0 - np.cos(angle))
            )
    return gravity


# ---------------------------------------------------------------------- physics
def test_the_integral_of_the_gyroscope_is_the_change_of_gravitys_direction(clean_bed):
    dt = 0.005
    own = [m for m in clean_bed.truth if m.who == "patient" and alone(clean_bed, m)]
    chosen = [[m for m in own if m.kind == kind][:4] for kind in ("kick", "posture", "turn")]
    assert all(chosen)
    for movement in chain.from_iterable(chosen):
        first = round((movement.onset_s - 0.2) / dt)
        t = np.arange(first, round((movement.end_s + 2.0) / dt)) * dt
        for source in (clean_bed.left, clean_bed.right):
            x = source.sample(t)
            expected = turned(x[0, :3], x[:, 3:], dt)
            assert np.degrees(np.arccos(np.clip(expected @ x[-1, :3], -1, 1))) < 0.15, movement
            assert np.linalg.norm(x[-1, :3]) == pytest.approx(1.0, abs=1e-3)


def test_at_rest_the_ankles_feel_gravity_and_nothing_else(clean_bed):
    busy = [(m.onset_s, m.end_s) for m in clean_bed.truth]
    t = np.arange(600.0, 3600.0, 0.37)
    rest = np.array([all(not a - 1.0 < s < b + 5.0 for a, b in busy) for s in t])
    assert rest.sum() > 2000
    for source in (clean_bed.left, clean_bed.right):
        x = source.sample(t)[rest]
        assert np.abs(np.linalg.norm(x[:, :3], axis=1) - 1.0).max() < 1e-3
        assert np.abs(x[:, 3:]).max() < 0.05


def test_a_kick_comes_back_and_a_posture_change_does_not(clean_bed):
    def tilt(movement):
        source = clean_bed.left if movement.side == "left" else clean_bed.right
        x = source.sample(np.array([movement.onset_s - 0.05, movement.end_s + 3.0]))[:, :3]
        return np.degrees(np.arccos(np.clip(x[0] @ x[1], -1.0, 1.0)))

    single = [m for m in clean_bed.truth if m.side in ("left", "right") and alone(clean_bed, m, 4)]
    kicks = [tilt(m) for m in single if m.kind == "kick" and m.who == "patient"]
    postures = [tilt(m) for m in single if m.kind == "posture"]
    assert len(kicks) > 10
    assert max(kicks) < 0.2
    assert postures
    assert min(postures) > 3.0


def test_the_truth_is_where_the_ankle_moves(clean_bed):
    """Inside a visible part an ankle turns at 15 deg/s; outside only the mattress moves it.

    A hard kick of the other leg (3 g) turns an ankle passively by up to some 20 deg/s.
    """
    t = np.arange(0.0, 3600.0, 0.01)
    for side, source in (("left", clean_bed.left), ("right", clean_bed.right)):
        rate = np.linalg.norm(
            np.concatenate([source.sample(part)[:, 3:] for part in np.array_split(t, 100)]), axis=1
        )
        inside = np.zeros(t.size, dtype=bool)
        for movement in clean_bed.truth:
            for part in movement.parts:
                if part.side == side:
                    a, b = np.searchsorted(t, (part.onset_s, part.onset_s + part.duration_s))
                    inside[a:b] = True
                    if part.visible and b < t.size:
                        assert rate[a:b].max() > 0.9 * VISIBLE_DPS
        assert rate[~inside].max() < 2.0 * VISIBLE_DPS
        assert np.quantile(rate[~inside], 0.999) < 0.5 * VISIBLE_DPS


def test_the_visible_are_those_above_the_stated_floor(clean_bed):
    assert clean_bed.truth
    for m in clean_bed.truth:
        assert m.visible == (m.peak_mg >= VISIBLE_MG and m.peak_dps >= VISIBLE_DPS)


# ---------------------------------------------------------------------- consistency
@pytest.mark.parametrize("device", ["left", "right", "strip"])
def test_the_signal_does_not_depend_on_how_it_is_asked_for(device):
    t = np.cumsum(np.full(9000, 1.0 / 104.3)) + 850.0
    whole = Bed(SCENARIOS["demo"], 5).sample(device, t)
    bed = Bed(SCENARIOS["demo"], 5)
    bed.right.sample(np.array([910.0]))
    cuts = np.sort(np.random.default_rng(0).choice(t.size, 200, replace=False))
    chunks = [bed.sample(device, part) for part in np.split(t, cuts) if part.size]
    assert np.array_equal(np.concatenate(chunks), whole)


def test_the_truth_does_not_depend_on_how_far_it_was_planned_at_once():
    at_once = Bed(SCENARIOS["restless_partner"], 7)
    at_once.plan_until(4000.0)
    bit_by_bit = Bed(SCENARIOS["restless_partner"], 7)
    for t in np.arange(0.0, 4000.1, 13.0):
        bit_by_bit.plan_until(float(t))
    bit_by_bit.plan_until(4000.0)
    assert at_once.truth == bit_by_bit.truth
    assert [m.onset_s for m in at_once.truth] == sorted(m.onset_s for m in at_once.truth)


def test_no_times_no_samples():
    bed = Bed(SCENARIOS["typical"], 1)
    assert bed.left.sample(np.empty(0)).shape == (0, 6)
    assert bed.strip.sample(np.empty(0)).shape == (0, 1)
    assert bed_block(bed, 5, 0).shape == (0, 13)


def test_seeds_are_different_nights():
    a, b = Bed(SCENARIOS["typical"], 1), Bed(SCENARIOS["typical"], 2)
    a.plan_until(3600.0)
    b.plan_until(3600.0)
    assert {m.onset_s for m in a.truth}.isdisjoint(m.onset_s for m in b.truth)


def test_blocks_are_the_samples_on_the_grid_rounded_to_the_nights_scale():
    bed = Bed(SCENARIOS["typical"], 9)
    block = bed_block(bed, 5990, 1500)
    scale = NightScale()
    t = np.arange(5990, 7490) / 100.0
    for device, columns in (("left", range(6)), ("right", range(6, 12)), ("strip", [12])):
        physical = bed.sample(device, t)
        for k, column in enumerate(columns):
            decoded = block[:, column] * scale.gains()[column] + scale.offsets()[column]
            assert np.abs(decoded - physical[:, k]).max() <= 0.51 * scale.gains()[column]


def test_unplugged_intervals_are_missing_to_the_tick():
    scenario = replace(SCENARIOS["quiet"], unplugged=(("right", 1.0, 2.5), ("strip", 2.0, 2.01)))
    block = bed_block(Bed(scenario, 1), 50, 300)
    missing = block == MISSING
    assert not missing[:, :6].any()
    assert np.array_equal(np.flatnonzero(missing[:, 6]), np.arange(50, 200))
    assert np.array_equal(missing[:, 6:12].all(axis=1), missing[:, 6])
    assert np.array_equal(np.flatnonzero(missing[:, 12]), [150])


def test_a_night_may_be_any_length():
    samples, truth = bed_night(SCENARIOS["typical"], 1, hours=0.2601)
    assert samples.shape == (93636, 13)
    assert samples.dtype == np.int16
    assert all(m.onset_s < 936.36 for m in truth)


def test_the_future_goes_on_for_ever():
    bed = Bed(SCENARIOS["alone"], 1)
    x = bed.left.sample(np.array([20 * 3600.0, 20 * 3600.0 + 0.01]))
    assert np.isfinite(x).all()
    assert bed.truth_until_s >= 20 * 3600.0
    assert any(m.onset_s > 19 * 3600.0 for m in bed.truth)


def test_a_series_can_be_had_to_order_but_not_in_the_past():
    bed = Bed(SCENARIOS["near_normal"], 2)
    bed.plan_until(1000.0)
    bed.force_series(2000.0, 600.0)
    bed.plan_until(2700.0)
    kicks = [m.onset_s for m in bed.truth if m.kind == "kick" and 2000.0 <= m.onset_s < 2600.0]
    assert len(kicks) >= 12
    assert kicks[0] - 2000.0 < 20.0
    with pytest.raises(ValueError, match=r"100\.0 s is planned already \(up to 2700\.0 s\)"):
        bed.force_series(100.0)


def test_the_demo_kicks_when_it_goes_live():
    bed = Bed(SCENARIOS["demo"], 1)
    bed.plan_until(8 * 3600.0 + 700.0)
    live = [
        m.onset_s - 8 * 3600.0
        for m in bed.truth
        if m.who == "patient" and m.kind == "kick" and m.onset_s > 8 * 3600.0
    ]
    assert live[0] < 60.0
    assert live[3] < 120.0
    assert len(live) > 15


# ---------------------------------------------------------------------- figures
@pytest.fixture(scope="module")
def typical_nights():
    beds = [Bed(SCENARIOS["typical"], seed) for seed in range(5)]
    for bed in beds:
        bed.plan_until(8 * 3600.0)
    return [bed.truth for bed in beds]


def patient_kicks(truth):
    return [m for m in truth if m.who == "patient" and m.kind == "kick"]


def test_intervals_are_log_normal_as_published(typical_nights):
    intervals = np.concatenate(
        [np.diff([m.onset_s for m in patient_kicks(truth)]) for truth in typical_nights]
    )
    logs = np.log(intervals[(intervals >= 10.0) & (intervals <= 90.0)])
    assert 22.0 < np.exp(logs.mean()) < 30.0
    assert 1.36 < np.exp(logs.std()) < 1.66
    skew = ((logs - logs.mean()) ** 3).mean() / logs.std() ** 3
    assert abs(skew) < 0.5


def test_durations_and_amplitudes_are_those_of_the_literature(typical_nights):
    kicks = [m for truth in typical_nights for m in patient_kicks(truth)]
    parts = [part for m in kicks for part in m.parts]
    assert 2.0 < np.median([m.duration_s for m in kicks]) < 3.5
    assert min(part.duration_s for part in parts) >= 0.5
    assert max(part.duration_s for part in parts) <= 10.0
    assert 300.0 < np.median([m.peak_mg for m in kicks]) < 600.0
    assert min(m.peak_dps for m in kicks) > 10.0
    assert 0.25 < np.mean([m.side == "both" for m in kicks]) < 0.45


def test_rates_fall_across_the_night_and_have_the_mean_asked_for():
    onsets = []
    for seed in range(30):
        rows = []

        def place(motion, who, kind, caused_by, note, rows=rows):
            rows.append((motion.onset_s, who, kind))
            return len(rows) - 1

        Planner(SCENARIOS["typical"], seed, place).plan_until(8 * 3600.0)
        onsets += [at for at, who, kind in rows if (who, kind) == ("patient", "kick")]
    onsets = np.array(onsets)
    asked = SCENARIOS["typical"].patient
    per_h = onsets.size / (30 * 8)
    assert per_h == pytest.approx(asked.plm_per_h + asked.isolated_per_h, rel=0.2)
    early, late = (onsets < 4 * 3600.0).sum(), (onsets >= 4 * 3600.0).sum()
    assert late < 0.85 * early


def test_two_movements_of_one_leg_rest_at_least_half_a_second(typical_nights):
    for truth in typical_nights:
        for side in ("left", "right"):
            parts = sorted(
                (part.onset_s, part.onset_s + part.duration_s)
                for m in truth
                if m.who == "patient"
                for part in m.parts
                if part.side == side
            )
            assert all(b[0] - a[1] >= 0.5 for a, b in pairwise(parts))


def test_hypnic_jerks_come_around_sleep_onset_and_are_short(typical_nights):
    jerks = [m for truth in typical_nights for m in truth if m.note == "hypnic"]
    own = [m for m in jerks if m.who == "patient"]
    assert len(own) == 5 * SCENARIOS["typical"].patient.hypnic_jerks
    assert all(m.duration_s < 0.5 for m in own)
    assert abs(np.mean([m.onset_s for m in own]) - 900.0) < 200.0


def test_the_partner_answers_kicks_and_the_truth_says_which():
    bed = Bed(SCENARIOS["restless_partner"], 4)
    bed.plan_until(8 * 3600.0)
    answers = [m for m in bed.truth if m.caused_by is not None and m.who == "partner"]
    assert answers
    for m in answers:
        cause = bed.truth[m.caused_by]
        assert (m.who, cause.who, cause.kind) == ("partner", "patient", "kick")
        assert m.onset_s > cause.onset_s
    share = len(answers) / len(patient_kicks(bed.truth))
    assert share == pytest.approx(SCENARIOS["restless_partner"].answers, abs=0.06)
