"""A simulated hour of the evening test through detector and scorer, against the truth."""

from functools import cache
from itertools import pairwise

import pytest

from appliance.replay import detect_all
from detect.detector import Detector
from detect.movement import Gap, Movement, Part
from detect.posture import PostureWatch
from detect.sit import TEST_TICKS, Away, SitInput
from detect.sitscore import score_sit
from drivers.channels import NightScale
from drivers.simulated.bed import SCENARIOS, Bed, bed_block

SCALE = NightScale()
KINDS = {"kick": "leg", "jerk": "jerk", "posture": "body", "turn": "body", "walk": "walk"}


def tick(seconds):
    return round(seconds * 100)


def true_movements(bed):
    """What a perfect detector would say of the patient's legs."""
    found = []
    for t in bed.truth:
        if t.who != "patient" or not t.visible or t.kind not in KINDS:
            continue
        parts = [p for p in t.parts if p.visible] if t.kind != "walk" else []
        found.append(
            Movement(
                tick(t.onset_s), tick(t.end_s), KINDS[t.kind], t.side, "patient", 1.0, None, None,
                tuple(Part(p.side, tick(p.onset_s), tick(p.onset_s + p.duration_s)) for p in parts),
                note="posture" if t.kind == "posture" else None,
            )
        )  # fmt: skip
    return tuple(found)


@cache
def both(name, seed):
    """The score of what was detected, and of what really happened."""
    bed = Bed(SCENARIOS[name], seed)
    watch = PostureWatch(SCALE.gains(), SCALE.offsets())

    def blocks():
        for first in range(0, TEST_TICKS, 6000):
            samples = bed_block(bed, first, 6000)
            watch.feed(first, samples)
            yield first, samples

    found = detect_all(Detector(SCALE.gains(), SCALE.offsets()), blocks())
    got = SitInput(TEST_TICKS, found.movements, found.epochs, found.gaps, watch.finish())
    edges = bed.truth_in_bed
    out = [(a[1], b[0]) for a, b in pairwise(edges)]
    truth = SitInput(
        TEST_TICKS,
        true_movements(bed),
        (),
        tuple(Gap(d, tick(a), tick(b)) for d, a, b in bed.scenario.unplugged),
        tuple(Away("standing", tick(a), tick(b)) for a, b in out),
    )
    return score_sit(got), score_sit(truth)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_restless_hour_is_counted_as_it_was(seed):
    got, truth = both("sit_restless", seed)
    assert truth.movements > 60
    assert got.movements == pytest.approx(truth.movements, rel=0.06)
    assert got.leg_movements == pytest.approx(truth.leg_movements, rel=0.06)
    assert got.counted_s == 3600.0
    assert got.imi_median_s == pytest.approx(truth.imi_median_s, abs=0.7)
    assert 9.0 <= got.imi_mode_s <= 14.0
    for mine, true in zip(got.slots, truth.slots, strict=True):
        assert abs(mine.movements - true.movements) <= 4
    early = sum(slot.movements for slot in got.slots[:3])
    assert sum(slot.movements for slot in got.slots[3:]) > early


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_calm_hour_has_hardly_a_movement_in_rhythm(seed):
    got, truth = both("sit_calm", seed)
    assert got.movements_per_counted_hour < 8.0
    assert abs(got.movements - truth.movements) <= 4
    assert abs(got.leg_movements - truth.leg_movements) <= 3
    assert got.counted_s == 3600.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_standing_up_twice_and_a_dropped_sensor_leave_the_count(seed):
    got, truth = both("sit_stands_up", seed)
    assert got.excluded_s["sensor_gap"] == pytest.approx(180.0, abs=1.0)
    assert truth.excluded_s["standing"] > 240.0
    assert got.excluded_s["standing"] == pytest.approx(truth.excluded_s["standing"], abs=75.0)
    assert got.excluded_s["posture"] <= 30.0
    rate, true_rate = got.movements_per_counted_hour, truth.movements_per_counted_hour
    assert rate == pytest.approx(true_rate, rel=0.1)
    stood = SCENARIOS["sit_stands_up"].bathroom_s
    assert all(got.slots[int(at // 600)].counted_s < 600.0 for at in stood)


@pytest.mark.parametrize("seed", [1, 2])
def test_somebody_else_in_the_bed_is_not_counted(seed):
    got, truth = both("sit_couple", seed)
    assert got.movements == pytest.approx(truth.movements, rel=0.06)
    low, high = got.movements_per_counted_hour_low, got.movements_per_counted_hour_high
    assert low <= truth.movements_per_counted_hour * 1.05
    assert high >= truth.movements_per_counted_hour * 0.95


def test_without_leaving_the_count_the_number_would_be_wrong():
    got, _ = both("sit_stands_up", 1)
    assert got.movements / 1.0 < 0.9 * got.movements_per_counted_hour
