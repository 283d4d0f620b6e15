"""What a sitting teaches, from samples whose truth is written down here."""

from __future__ import annotations

import numpy as np
import pytest

from detect.learn import LearnError, learn_bed
from drivers.channels import NightScale

SCALE = NightScale()
STEPS = {
    "still": (0, 6000),
    "patient": (6000, 13500),
    "partner": (13500, 21000),
    "tap": (21000, 23500),
}
TICKS = 24000
KICKS_S = (65, 72, 79, 86, 93, 100)
MOVES_S = (140, 148, 156, 164, 172, 180)
TAPS_S = (212, 218, 224)


class Sitting:
    """Two ankles, a strip, and nothing in them but noise until somebody moves."""

    def __init__(self, seed=1):
        rng = np.random.default_rng(seed)
        self.values = np.zeros((TICKS, 13))
        self.values[:, 0:3] = [0.1, 0.3, 0.95]
        self.values[:, 6:9] = [0.2, -0.3, 0.93]
        self.values[:, [0, 1, 2, 6, 7, 8]] += rng.normal(0, 0.002, (TICKS, 6))
        self.values[:, [3, 4, 5, 9, 10, 11]] += rng.normal(0, 0.1, (TICKS, 6))
        self.values[:, 12] = rng.normal(0, 0.5, TICKS)

    def ring(self, at_s, columns, size, frequency_hz, decay_s, late_ticks=0):
        begin = round(at_s * 100) + late_ticks
        t = np.arange(min(600, TICKS - begin)) / 100
        swing = size * np.exp(-t / decay_s) * np.sin(2 * np.pi * frequency_hz * t)
        for column in columns:
            self.values[begin : begin + len(t), column] += swing

    def kick(self, at_s, side, strip_mv):
        first = 0 if side == "left" else 6
        begin, n = round(at_s * 100), 150
        t = np.arange(n) / 100
        angle = np.radians(15) * np.sin(np.pi * t / 1.5) ** 2
        self.values[begin : begin + n, first + 3] += np.degrees(np.gradient(angle, 0.01))
        self.values[begin : begin + n, first] += np.sin(angle)
        self.ring(at_s, [first + 1], 0.15, 9.0, 0.12)
        self.ring(at_s, [12], strip_mv, 6.0, 0.15)

    def samples(self):
        counts = (self.values - SCALE.offsets()) / SCALE.gains()
        return np.clip(np.round(counts), -32767, 32767).astype(np.int16)

    def learn(self):
        return learn_bed(self.samples(), STEPS, SCALE.gains(), SCALE.offsets())


def sitting(*, strip_of_partner_mv=150.0, late_ticks=0, kicks=KICKS_S, moves=MOVES_S):
    made = Sitting()
    for number, at_s in enumerate(kicks):
        made.kick(at_s, "left" if number % 2 else "right", 30.0)
    for at_s in moves:
        made.ring(at_s, [1, 7], 0.012, 8.0, 0.3)
        made.ring(at_s, [12], strip_of_partner_mv, 6.0, 0.5)
    for at_s in TAPS_S:
        made.ring(at_s, [12], 400.0, 7.0, 0.3)
        made.ring(at_s, [1, 7], 0.1, 7.0, 0.2, late_ticks=late_ticks)
    return made


def test_both_sleepers_ratios_are_learnt_in_the_right_order():
    learnt = sitting().learn()
    assert learnt.patient_db > learnt.partner_db + 10.0
    assert learnt.clocks_agree


def test_a_partner_felt_twice_as_strongly_is_6_db_lower():
    weak, strong = sitting().learn(), sitting(strip_of_partner_mv=300.0).learn()
    assert weak.partner_db - strong.partner_db == pytest.approx(6.0, abs=1.0)
    assert weak.patient_db == pytest.approx(strong.patient_db, abs=0.5)


def test_ring_down_is_the_time_to_a_tenth():
    # exp(-t / 0.3) is a tenth after 0.69 s; windows of 0.1 s round it up
    assert sitting().learn().ring_down_s == pytest.approx(0.75, abs=0.15)


def test_taps_that_reach_the_ankles_late_say_that_clocks_disagree():
    assert not sitting(late_ticks=14).learn().clocks_agree
    assert sitting(late_ticks=2).learn().clocks_agree


def test_too_few_movements_are_said_whose():
    with pytest.raises(LearnError, match="patient's kicks were felt"):
        sitting(kicks=KICKS_S[:1]).learn()
    with pytest.raises(LearnError, match="partner's movements were felt"):
        sitting(moves=()).learn()


def test_without_a_strip_nothing_can_be_learnt():
    made = sitting()
    samples = made.samples()
    samples[:, 12] = -32768
    with pytest.raises(LearnError):
        learn_bed(samples, STEPS, SCALE.gains(), SCALE.offsets())


def test_same_samples_same_answer():
    assert sitting().learn() == sitting().learn()
