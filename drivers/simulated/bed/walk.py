"""A visit to the bathroom: up, there, back, down."""

from __future__ import annotations

import numpy as np

from drivers.simulated.bed.elements import (
    FLEX,
    LEFT,
    RIGHT,
    ROLL,
    TRUNK,
    Element,
    Flexion,
    Impact,
    Oscillation,
)
from drivers.simulated.bed.moves import LegPart, Motion, heave


def bathroom(rng: np.random.Generator, onset_s: float) -> Motion:
    """Sit up, walk there, stand, walk back, lie down. The strip feels only the first and last."""
    elements = heave(rng, TRUNK, onset_s, 3.0, 0.8)
    up, walk_s = onset_s + 3.0, rng.uniform(12.0, 25.0)
    stand = rng.uniform(100.0, 250.0)
    down = up + 2.0 * walk_s + stand + 4.0
    for body in (LEFT, RIGHT):
        late = rng.uniform(0.0, 0.4)
        rise = down - up
        upright = float(np.radians(-rng.uniform(70.0, 85.0)))
        elements.append(Flexion(body, FLEX, onset_s + late, 2.2, rise, 2.2, upright, 0.4, 0.2))
        for start in (up + 1.0, up + 2.0 + walk_s + stand):
            elements += gait(rng, body, start, walk_s)
    elements += heave(rng, TRUNK, down - 0.5, 3.5, 0.8)
    end = down + 3.0
    legs = (LegPart(LEFT, onset_s, end), LegPart(RIGHT, onset_s, end))
    return Motion(onset_s, end, tuple(elements), legs)


def gait(rng: np.random.Generator, body: int, start_s: float, duration_s: float) -> list[Element]:
    """Strides of one leg at about 0.9 Hz: swing rates of 100 to 400 deg/s and heel strikes."""
    stride_hz = rng.uniform(0.8, 0.95)
    phase = 0.0 if body == LEFT else np.pi
    swing = np.radians(rng.uniform(22.0, 32.0))
    elements: list[Element] = [
        Oscillation(body, FLEX, start_s, duration_s, stride_hz, phase, swing, 0.4, 0.0, 0.5),
        Oscillation(body, FLEX, start_s, duration_s, 2.0 * stride_hz, phase + rng.uniform(0.0, 1.0),
                    swing * 0.3, 0.35, 0.0, 0.5),
        Oscillation(body, ROLL, start_s, duration_s, stride_hz, phase + 0.7, swing * 0.2, 0.05, 0.0,
                    0.5),
    ]  # fmt: skip
    first = start_s + (0.55 if body == LEFT else 0.05) / stride_hz
    strikes = np.arange(first, start_s + duration_s - 0.3, 1.0 / stride_hz)
    elements += [
        Impact(body, float(at + rng.normal(0.0, 0.02)), 0.03, rng.uniform(0.6, 1.8), 0.0)
        for at in strikes
    ]
    return elements
